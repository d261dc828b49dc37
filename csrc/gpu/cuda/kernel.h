// The kernel on the GPU, and how a plan finds the one of its variant. This file includes
// gpu/bodies, gpu/cuda and CUDA.
#pragma once

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

// Returns the address of the kernel for a plan, or null if there is none. Body either moves the
// bytes of elements or computes with elements.
template <template <typename> class Body, bool kMovesBytes>
const void* FindKernel(const Plan& plan) {
  const void* found = nullptr;
  VisitVariant<kMovesBytes>(plan, [&](auto variant) {
    using V = decltype(variant);
    const auto kernel = &UpsampleKernel<Body<V>, typename V::IndexType, typename V::Element>;
    found = reinterpret_cast<const void*>(kernel);
  });
  return found;
}

}  // namespace upsample
