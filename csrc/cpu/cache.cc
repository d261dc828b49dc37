#include "cpu/cache.h"

#include <algorithm>
#include <atomic>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "cpu/tuning.h"

namespace upsample {
namespace {

#if defined(__x86_64__)
// Both makers' leaves have the same layout: there is a subleaf per cache, until one of type 0.
int64_t LargestCacheOfLeaf(unsigned leaf) {
  int64_t largest = 0;
  unsigned eax, ebx, ecx, edx;
  for (unsigned subleaf = 0; __get_cpuid_count(leaf, subleaf, &eax, &ebx, &ecx, &edx); ++subleaf) {
    if ((eax & 0x1f) == 0) break;
    const int64_t ways = (ebx >> 22) + 1;
    const int64_t partitions = (ebx >> 12 & 0x3ff) + 1;
    const int64_t line = (ebx & 0xfff) + 1;
    const int64_t bytes = ways * partitions * line * (int64_t{ecx} + 1);
    if (bytes > largest) largest = bytes;
  }
  return largest;
}

int64_t Stated() {
  constexpr unsigned kIntelCaches = 4, kAmdCaches = 0x8000001d;
  const int64_t bytes = LargestCacheOfLeaf(kAmdCaches);
  return bytes > 0 ? bytes : LargestCacheOfLeaf(kIntelCaches);
}
#else
int64_t Stated() { return 0; }
#endif

int64_t Initial() {
  const int64_t stated = Stated();
  return stated > 0 ? std::min(stated, tuning::kMostCacheBytes) : tuning::kMostCacheBytes;
}

std::atomic<int64_t>& Current() {
  static std::atomic<int64_t> current(Initial());
  return current;
}

}  // namespace

int64_t LastLevelCacheBytes() { return Current().load(std::memory_order_relaxed); }

void SetLastLevelCacheBytes(int64_t bytes) { Current().store(bytes > 0 ? bytes : Initial()); }

}  // namespace upsample
