// The size of the cache that decides whether results are streamed. Includes the standard library
// and core only.
#pragma once

#include <cstdint>

#include "core/export.h"

namespace upsample {

// Bytes that a call may count on of the largest cache that a core reaches: as many as the processor
// states, but 32 MiB at most, and where it states none. A larger cache is shared by many cores,
// most of them perhaps of other virtual machines. glibc's sysconf is no help: on AMD it multiplies
// by the number of core complexes.
UPSAMPLE_EXPORT int64_t LastLevelCacheBytes();

// From now on LastLevelCacheBytes() is this number, or the machine's own if it isn't positive.
UPSAMPLE_EXPORT void SetLastLevelCacheBytes(int64_t bytes);

}  // namespace upsample
