// From a problem to one of the kernels. Includes core, kernels and cuda.
#include "core/validate.h"
#include "cuda/kernels.h"
#include "cuda/upsample.h"

namespace upsample {
namespace {

Launcher* SelectKernel(Direction direction, Interpolation interpolation) {
  if (interpolation == Interpolation::kNearest) {
    return direction == Direction::kForward ? LaunchNearestForward : LaunchNearestBackward;
  }
  return direction == Direction::kForward ? LaunchBilinearForward : LaunchBilinearBackward;
}

std::string ImagesOf(const Problem& p) {
  const auto times = [](int64_t a, int64_t b) {
    return std::to_string(a) + " x " + std::to_string(b);
  };
  return times(p.batch, p.channels) + " images of " + times(p.in_h, p.in_w) + " pixels";
}

Status CudaError(cudaError_t error) {
  cudaGetLastError();  // clears it, where it isn't one that ends the context
  return {Code::kInternal, std::string("CUDA can't be used: ") + cudaGetErrorString(error)};
}

}  // namespace

Status UpsampleCuda(Direction direction, const Problem& problem, DType dtype, const void* in,
                    void* out, CUstream_st* stream) {
  UPSAMPLE_RETURN_IF_ERROR(CheckDType(dtype, problem.interpolation, direction));
  if (problem.empty()) return {};
  const Plan plan = MakePlan(direction, problem, dtype, in, out);
  Status status = SelectKernel(direction, problem.interpolation)(plan, in, out, stream);
  if (!status.ok()) status.message += ", for " + ImagesOf(problem);
  return status;
}

DeviceGuard::DeviceGuard(const void* memory) {
  cudaPointerAttributes attributes = {};
  cudaError_t error = cudaPointerGetAttributes(&attributes, memory);
  if (error == cudaSuccess && attributes.type == cudaMemoryTypeUnregistered) {
    status_ = InvalidArgument("the array's memory is not a GPU's");
    return;
  }
  int current = -1;
  if (error == cudaSuccess) error = cudaGetDevice(&current);
  device_ = attributes.device;
  if (error == cudaSuccess && current != device_) {
    error = cudaSetDevice(device_);
    if (error == cudaSuccess) previous_ = current;
  }
  if (error != cudaSuccess) status_ = CudaError(error);
}

DeviceGuard::~DeviceGuard() {
  if (previous_ >= 0) cudaSetDevice(previous_);
}

Status OrderStreams(CUstream_st* first, CUstream_st* then) {
  cudaEvent_t event;
  cudaError_t error = cudaEventCreateWithFlags(&event, cudaEventDisableTiming);
  if (error != cudaSuccess) return CudaError(error);
  error = cudaEventRecord(event, first);
  if (error == cudaSuccess) error = cudaStreamWaitEvent(then, event, 0);
  cudaEventDestroy(event);  // which CUDA puts off until the event is no longer needed
  return error == cudaSuccess ? Status() : CudaError(error);
}

}  // namespace upsample
