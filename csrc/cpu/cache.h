// The size of the cache that decides whether results are streamed. Includes the standard library
// only.
#pragma once

#include <cstdint>

namespace upsample {

// Bytes of the largest cache that a core reaches, as the processor states it; 32 MiB where it
// doesn't. (glibc's sysconf is no help: on AMD it multiplies by the number of core complexes.)
int64_t LastLevelCacheBytes();

// From now on LastLevelCacheBytes() is this number, or the processor's own if it isn't positive.
void SetLastLevelCacheBytes(int64_t bytes);

}  // namespace upsample
