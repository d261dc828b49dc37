// How the CPU kernels ask for threads; they own none. Includes the standard library only.
#pragma once

#include <cstdint>
#include <functional>

namespace upsample {

// Calls work(begin, end) on disjoint ranges that cover [0, total), on any threads, and returns
// when all are done. One unit takes about cost_ns nanoseconds on one thread.
using RangeWork = std::function<void(int64_t begin, int64_t end)>;
using ParallelFor = std::function<void(int64_t total, int64_t cost_ns, const RangeWork& work)>;

// Where a share begins when `total` units are split into `shares` as even as can be.
inline int64_t BeginOfShare(int64_t share, int64_t shares, int64_t total) {
  const int64_t longer_ones = total % shares;
  return total / shares * share + (share < longer_ones ? share : longer_ones);
}

}  // namespace upsample
