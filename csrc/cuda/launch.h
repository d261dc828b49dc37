// The way from a plan to a kernel on a stream. Includes core, kernels, cuda and CUDA.
#pragma once

#include <cuda_runtime.h>

#include "core/status.h"
#include "cuda/device_memory.h"
#include "kernels/plan.h"
#include "kernels/variants.h"

namespace upsample {

// With room for two blocks asked for, no kernel spills (tests/package/test_machine_code.py); left
// to itself, ptxas spilled in a dozen of them, to fit one block more (nvcc 13.0, 2026-11).
template <typename Body, typename Index, typename T>
__global__ void __launch_bounds__(kThreadsPerBlock, 2)
    UpsampleKernel(const Walk<Index> walk, const T* in, T* out) {
  const Index stride = static_cast<Index>(gridDim.x) * kThreadsPerBlock;
  Index item = static_cast<Index>(blockIdx.x) * kThreadsPerBlock + threadIdx.x;
  for (; item < walk.items; item += stride) {
    Body::Run(walk, item, DeviceMemory<const T>(in), DeviceMemory<T>(out));
  }
}

// Launches the variant of Body that the plan, for elements of T, asks for.
template <template <typename> class Body, typename T>
Status Launch(const Plan& plan, const void* in, void* out, cudaStream_t stream) {
  cudaError_t error = cudaErrorInvalidDeviceFunction;  // if there is no such variant
  VisitVariant<T>(plan, [&](auto variant) {
    using V = decltype(variant);
    using Index = typename V::IndexType;
    const Walk<Index> walk = MakeWalk<Index>(plan);
    const T* from = static_cast<const T*>(in);
    T* to = static_cast<T*>(out);
    void* arguments[] = {const_cast<Walk<Index>*>(&walk), &from, &to};
    // An untyped pointer, for CUDA 12 declares the typed overload otherwise than CUDA 13.
    const auto kernel = &UpsampleKernel<Body<V>, Index, T>;
    error = cudaLaunchKernel(reinterpret_cast<const void*>(kernel),
                             dim3(static_cast<unsigned>(plan.blocks)), dim3(kThreadsPerBlock),
                             arguments, 0, stream);
  });
  if (error == cudaSuccess) return {};
  cudaGetLastError();  // clears it, where it isn't one that ends the context
  return {Code::kInternal, "the kernel for " + Describe(plan) + " failed to launch: " +
                               cudaGetErrorString(error) + " (" + cudaGetErrorName(error) + ")"};
}

// The same for a body that computes, whose elements the plan names.
template <template <typename> class Body>
Status LaunchReal(const Plan& plan, const void* in, void* out, cudaStream_t stream) {
  switch (plan.element) {
    case Element::kFloat16:
      return Launch<Body, Half>(plan, in, out, stream);
    case Element::kBFloat16:
      return Launch<Body, BFloat16>(plan, in, out, stream);
    case Element::kFloat32:
      return Launch<Body, float>(plan, in, out, stream);
    default:
      return Launch<Body, double>(plan, in, out, stream);
  }
}

}  // namespace upsample
