// Marks functions that run both on the host and on a GPU. This file includes nothing.
#pragma once

#if defined(__CUDACC__)
#define UPSAMPLE_HOST_DEVICE __host__ __device__ __forceinline__
#else
#define UPSAMPLE_HOST_DEVICE inline
#endif

#if defined(__CUDA_ARCH__)
#define UPSAMPLE_UNROLL _Pragma("unroll")
#else
#define UPSAMPLE_UNROLL
#endif
