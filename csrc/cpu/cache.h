// The size of the cache that decides whether results are streamed. This file includes the standard
// library and core only.
#pragma once

#include <cstdint>

#include "core/export.h"

namespace upsample {

// Returns how many bytes a call may count on in the largest cache that a core reaches: as many as
// the processor states, but 32 MiB at most, and 32 MiB where it states none. A larger cache is
// shared by many cores, most of them perhaps of other virtual machines. glibc's sysconf doesn't
// help, because on AMD it multiplies by the number of core complexes.
UPSAMPLE_EXPORT int64_t LastLevelCacheBytes();

// Sets what LastLevelCacheBytes() returns from now on. If the number isn't positive, it is the
// machine's own.
UPSAMPLE_EXPORT void SetLastLevelCacheBytes(int64_t bytes);

}  // namespace upsample
