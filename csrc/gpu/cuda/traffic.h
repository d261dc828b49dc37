// Memory traffic with hardly any computing, as a bound on what a GPU kernel can reach. A copy reads
// as much as it writes, while a kernel may write sixteen times as much, and memory may be slower at
// that. Host compilers may include this file. It includes core only.
#pragma once

#include <cstdint>

#include "core/export.h"
#include "core/status.h"

struct CUstream_st;  // what a cudaStream_t points to

namespace upsample {

// Reads and writes so many bytes of the current device's memory, rounded down to vectors of 16
// bytes.
UPSAMPLE_EXPORT Status MoveCuda(const void* in, int64_t in_bytes, void* out, int64_t out_bytes,
                                CUstream_st* stream);

}  // namespace upsample
