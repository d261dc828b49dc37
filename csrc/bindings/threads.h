// Threads for the kernels outside TensorFlow. Includes cpu and the standard library only.
#pragma once

#include <cstdint>
#include <system_error>
#include <thread>
#include <vector>

#include "cpu/parallel.h"

namespace upsample {

// Shares the work out to at most num_threads threads, of which the calling one is the first.
inline ParallelFor Threads(int num_threads) {
  return [num_threads](int64_t total, int64_t cost_ns, const RangeWork& work) {
    const int64_t shares = CountShares(total, cost_ns, num_threads);
    const auto begin_of = [=](int64_t share) { return BeginOfShare(share, shares, total); };
    std::vector<std::thread> threads;
    threads.reserve(shares - 1);
    int64_t share = 1;
    try {
      for (; share < shares; ++share) {
        threads.emplace_back(work, begin_of(share), begin_of(share + 1));
      }
    } catch (const std::system_error&) {
      // The system has no more threads: the calling one does what is left.
    }
    work(0, begin_of(1));
    if (share < shares) work(begin_of(share), total);
    for (std::thread& thread : threads) thread.join();
  };
}

}  // namespace upsample
