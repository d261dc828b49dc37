// How the CPU kernels ask for threads; they own none. This file includes the standard library only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>

namespace upsample {

// Calls work(begin, end) on disjoint ranges that cover [0, total), on any threads, and returns
// when all are done. One unit takes about cost_ns nanoseconds on one thread.
using RangeWork = std::function<void(int64_t begin, int64_t end)>;
using ParallelFor = std::function<void(int64_t total, int64_t cost_ns, const RangeWork& work)>;

// Returns how many threads to split `total` units among, at most `most`. None gets less than
// least_ns of work, which should be what it takes a thread to start on it.
inline int64_t CountShares(int64_t total, int64_t cost_ns, int64_t most, int64_t least_ns) {
  const int64_t units_per_share = std::max<int64_t>(1, least_ns / cost_ns);
  return std::max<int64_t>(1, std::min({total / units_per_share, total, most}));
}

// Returns where a share begins when `total` units are split into `shares` as evenly as possible.
inline int64_t BeginOfShare(int64_t share, int64_t shares, int64_t total) {
  return total / shares * share + std::min(share, total % shares);
}

}  // namespace upsample
