// The CUDA kernels' front door. Host compilers may include it, since it needs no CUDA header. This
// file includes core and the standard library only.
#pragma once

#include <string>

#include "core/dtype.h"
#include "core/export.h"
#include "core/problem.h"
#include "core/status.h"

struct CUstream_st;  // what a cudaStream_t, or the driver's CUstream, points to

namespace upsample {

// This is UpsampleCpu on a GPU: `in` and `out` are memory of the current device. One kernel is
// launched on the stream, and nothing waits for it. If it can't be launched, the status is
// kInternal and says what was asked for.
UPSAMPLE_EXPORT Status UpsampleCuda(Direction direction, const Problem& problem, DType dtype,
                                    const void* in, void* out, CUstream_st* stream);

// Returns in words the variant of a kernel that it would launch for memory at these addresses, or
// "" if there is nothing to do.
UPSAMPLE_EXPORT std::string DescribeCuda(Direction direction, const Problem& problem, DType dtype,
                                         const void* in, const void* out);

}  // namespace upsample
