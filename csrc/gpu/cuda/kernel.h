// The kernel on the GPU, and how a plan finds the one of its variant. This file includes
// gpu/bodies, gpu/cuda and CUDA.
#pragma once

#include "gpu/bodies/body.h"
#include "gpu/bodies/plan.h"
#include "gpu/bodies/variants.h"
#include "gpu/cuda/device_memory.h"

namespace upsample {

// Its arguments are those of Plan, so a kernel's name says what it is for. Since room for two
// blocks is asked for, no kernel spills (tests/package/test_machine_code.py). Without that, ptxas
// spilled in a dozen of them to fit one block more (nvcc 13.0, 2026-11).
template <Direction kDirection, Interpolation kInterpolation, Element kElement, int kVector,
          int kRowPixel, int kUnrolledH, int kUnrolledW, bool kWideIndex>
__global__ void __launch_bounds__(kThreadsPerBlock, 2)
    UpsampleKernel(const Walk<IndexOf<kWideIndex>> walk, const void* in, void* out) {
  using V = Variant<kElement, kVector, kRowPixel, kUnrolledH, kUnrolledW, kWideIndex>;
  using Body = typename BodyOf<kDirection, kInterpolation>::template Type<V>;
  using T = typename V::T;
  using Index = typename V::Index;
  const Index stride = static_cast<Index>(gridDim.x) * kThreadsPerBlock;
  Index item = static_cast<Index>(blockIdx.x) * kThreadsPerBlock + threadIdx.x;
  for (; item < walk.items; item += stride) {
    Body::Run(walk, item, DeviceMemory<const T>(static_cast<const T*>(in)),
              DeviceMemory<T>(static_cast<T*>(out)));
  }
}

// Returns the address of the kernel for a plan, or null if there is none.
template <Direction kDirection, Interpolation kInterpolation>
const void* FindKernel(const Plan& plan) {
  const void* found = nullptr;
  ForEachVariant<BodyOf<kDirection, kInterpolation>::kMovesBytes>([&](auto variant) {
    using V = decltype(variant);
    const auto kernel = &UpsampleKernel<kDirection, kInterpolation, V::kElement, V::kVectorElements,
                                        V::kRowPixel, V::kUnrolledH, V::kUnrolledW, V::kIsWide>;
    if (IsFor<V>(plan)) found = reinterpret_cast<const void*>(kernel);
  });
  return found;
}

}  // namespace upsample
