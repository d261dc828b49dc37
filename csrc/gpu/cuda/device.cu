// The functions of device.h. This file includes core, gpu/cuda and CUDA.
#include <cuda_runtime.h>

#include "gpu/cuda/device.h"

namespace upsample {
namespace {

Status CudaError(cudaError_t error) {
  cudaGetLastError();  // clears it, unless it is one that ends the context
  return {Code::kInternal, std::string("CUDA can't be used: ") + cudaGetErrorString(error)};
}

}  // namespace

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
  cudaEventDestroy(event);  // CUDA puts this off until the event is no longer needed
  return error == cudaSuccess ? Status() : CudaError(error);
}

}  // namespace upsample
