// The function of traffic.h. This file includes core, gpu/cuda and CUDA.
#include <cuda_runtime.h>

#include <string>

#include "gpu/cuda/traffic.h"

namespace upsample {
namespace {

constexpr int kThreads = 256;

// A thread reads one vector, or `times` of them that are far apart, and writes one.
__global__ void Move(const uint4* in, int64_t in_vectors, uint4* out, int64_t out_vectors) {
  const int64_t i = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (i >= out_vectors) return;
  if (in_vectors <= out_vectors) {
    out[i] = __ldg(in + i / ((out_vectors + in_vectors - 1) / in_vectors));
    return;
  }
  uint4 mixed = {};
#pragma unroll 4
  for (int64_t at = i; at < in_vectors; at += out_vectors) {
    const uint4 read = __ldg(in + at);
    mixed = {mixed.x ^ read.x, mixed.y ^ read.y, mixed.z ^ read.z, mixed.w ^ read.w};
  }
  out[i] = mixed;
}

}  // namespace

Status MoveCuda(const void* in, int64_t in_bytes, void* out, int64_t out_bytes,
                CUstream_st* stream) {
  const int64_t in_vectors = in_bytes / 16, out_vectors = out_bytes / 16;
  if (in_vectors == 0 || out_vectors == 0) return {};
  const auto blocks = static_cast<unsigned>((out_vectors + kThreads - 1) / kThreads);
  Move<<<blocks, kThreads, 0, stream>>>(static_cast<const uint4*>(in), in_vectors,
                                        static_cast<uint4*>(out), out_vectors);
  const cudaError_t error = cudaGetLastError();
  if (error == cudaSuccess) return {};
  return {Code::kInternal, std::string("CUDA can't be used: ") + cudaGetErrorString(error)};
}

}  // namespace upsample
