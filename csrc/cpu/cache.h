// The size of the cache that decides whether results are streamed. Includes the standard library
// and core only.
#pragma once

#include <cstdint>

#include "core/export.h"

namespace upsample {

// Bytes that a call may count on of the largest cache that a core reaches: as many as the processor
// states, but 32 MiB at most, and where it states none. A larger cache is shared by many cores,
// most of them perhaps of other virtual machines. ([N, 32, 32, 64] floats by 2, nearest, on 2
// threads of a Xeon with 480 MiB, 2026-11; ms in the caches and streamed, a consumer that reads the
// result at once included: results of 12 MiB 1.65 and 1.84, 24 MiB 3.24 and 3.15, 48 MiB 7.2
// and 5.7, 192 MiB 29.9 and 22.0.) glibc's sysconf is no help: on AMD it multiplies by the number
// of core complexes.
UPSAMPLE_EXPORT int64_t LastLevelCacheBytes();

// From now on LastLevelCacheBytes() is this number, or the machine's own if it isn't positive.
UPSAMPLE_EXPORT void SetLastLevelCacheBytes(int64_t bytes);

}  // namespace upsample
