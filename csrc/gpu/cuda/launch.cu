// The functions of launch.h. This file includes gpu/cuda and CUDA.
#include <map>
#include <mutex>
#include <utility>

#include "gpu/cuda/launch.h"

namespace upsample {
namespace {

int64_t AskForResidentThreads(const void* kernel, int device) {
  int blocks = 0;
  int multiprocessors = 0;
  if (cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, kernel, kThreadsPerBlock, 0) !=
          cudaSuccess ||
      cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device) !=
          cudaSuccess ||
      blocks < 1) {
    cudaGetLastError();  // The launch has the same error, and says so.
    return 1;
  }
  return int64_t{blocks} * multiprocessors * kThreadsPerBlock;
}

// All kernels have these parameters, with pointers to their elements.
template <typename Index>
cudaError_t LaunchAs(const void* kernel, const Plan& plan, const void* in, void* out,
                     cudaStream_t stream) {
  Walk<Index> walk = MakeWalk<Index>(plan);
  void* arguments[] = {&walk, &in, &out};
  return cudaLaunchKernel(kernel, dim3(static_cast<unsigned>(plan.blocks)), dim3(kThreadsPerBlock),
                          arguments, 0, stream);
}

}  // namespace

int64_t ResidentThreads(const void* kernel) {
  // A question takes some microseconds, as long as a small launch, so it is asked once.
  static std::mutex mutex;
  static std::map<std::pair<int, const void*>, int64_t>& known =
      *new std::map<std::pair<int, const void*>, int64_t>();
  int device = 0;
  if (cudaGetDevice(&device) != cudaSuccess) {
    cudaGetLastError();
    return 1;
  }
  const std::lock_guard<std::mutex> lock(mutex);
  const auto [found, is_new] = known.try_emplace({device, kernel}, 0);
  if (is_new) found->second = AskForResidentThreads(kernel, device);
  return found->second;
}

Status Launch(const void* kernel, const Plan& plan, const void* in, void* out,
              cudaStream_t stream) {
  if (kernel == nullptr) return {Code::kInternal, "there is no kernel for " + Describe(plan)};
  const cudaError_t error = plan.wide_index ? LaunchAs<int64_t>(kernel, plan, in, out, stream)
                                            : LaunchAs<int32_t>(kernel, plan, in, out, stream);
  if (error == cudaSuccess) return {};
  cudaGetLastError();  // clears it, unless it is one that ends the context
  return {Code::kInternal, "the kernel for " + Describe(plan) + " failed to launch: " +
                               cudaGetErrorString(error) + " (" + cudaGetErrorName(error) + ")"};
}

}  // namespace upsample
