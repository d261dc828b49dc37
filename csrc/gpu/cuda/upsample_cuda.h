// The CUDA kernels' front door, for host compilers too: needs no CUDA header.
// Includes core and the standard library only.
#pragma once

#include <string>

#include "core/dtype.h"
#include "core/export.h"
#include "core/problem.h"
#include "core/status.h"

struct CUstream_st;  // what a cudaStream_t, or the driver's CUstream, points to

namespace upsample {

// UpsampleCpu on a GPU: `in` and `out` are memory of the current device. One kernel is launched on
// the stream, and nothing waits for it. kInternal, with what was asked for, if it can't be
// launched.
UPSAMPLE_EXPORT Status UpsampleCuda(Direction direction, const Problem& problem, DType dtype,
                                    const void* in, void* out, CUstream_st* stream);

// The variant of a kernel that it would launch for memory at these addresses, in words; "" where
// there is nothing to do.
UPSAMPLE_EXPORT std::string DescribeCuda(Direction direction, const Problem& problem, DType dtype,
                                         const void* in, const void* out);

}  // namespace upsample
