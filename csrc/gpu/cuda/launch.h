// How a plan becomes a kernel on a stream. This file includes core, gpu and CUDA.
#pragma once

#include <cuda_runtime.h>

#include "core/status.h"
#include "gpu/bodies/plan.h"
#include "gpu/bodies/variants.h"
#include "gpu/cuda/device_memory.h"

namespace upsample {

// Since room for two blocks is asked for, no kernel spills (tests/package/test_machine_code.py).
// Without that, ptxas spilled in a dozen of them to fit one block more (nvcc 13.0, 2026-11).
template <typename Body, typename Index, typename T>
__global__ void __launch_bounds__(kThreadsPerBlock, 2)
    UpsampleKernel(const Walk<Index> walk, const T* in, T* out) {
  const Index stride = static_cast<Index>(gridDim.x) * kThreadsPerBlock;
  Index item = static_cast<Index>(blockIdx.x) * kThreadsPerBlock + threadIdx.x;
  for (; item < walk.items; item += stride) {
    Body::Run(walk, item, DeviceMemory<const T>(in), DeviceMemory<T>(out));
  }
}

// Launches the variant of Body that the plan asks for. Body either moves the bytes of elements or
// computes with elements.
template <template <typename> class Body, bool kMovesBytes>
Status Launch(const Plan& plan, const void* in, void* out, cudaStream_t stream) {
  cudaError_t error = cudaSuccess;
  const bool is_there = VisitVariant<kMovesBytes>(plan, [&](auto variant) {
    using V = decltype(variant);
    using T = typename V::Element;
    using Index = typename V::IndexType;
    const Walk<Index> walk = MakeWalk<Index>(plan);
    const T* from = static_cast<const T*>(in);
    T* to = static_cast<T*>(out);
    void* arguments[] = {const_cast<Walk<Index>*>(&walk), &from, &to};
    // The pointer is untyped, because CUDA 12 declares the typed overload differently from CUDA 13.
    const auto kernel = &UpsampleKernel<Body<V>, Index, T>;
    error = cudaLaunchKernel(reinterpret_cast<const void*>(kernel),
                             dim3(static_cast<unsigned>(plan.blocks)), dim3(kThreadsPerBlock),
                             arguments, 0, stream);
  });
  if (!is_there) return {Code::kInternal, "there is no kernel for " + Describe(plan)};
  if (error == cudaSuccess) return {};
  cudaGetLastError();  // clears it, unless it is one that ends the context
  return {Code::kInternal, "the kernel for " + Describe(plan) + " failed to launch: " +
                               cudaGetErrorString(error) + " (" + cudaGetErrorName(error) + ")"};
}

}  // namespace upsample
