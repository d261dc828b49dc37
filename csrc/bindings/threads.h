// Threads for the kernels outside TensorFlow. This file includes bindings, cpu and the standard
// library only.
#pragma once

#include <cstdint>

#include "bindings/thread_pool.h"
#include "cpu/parallel.h"

namespace upsample {

// Splits the work among at most num_threads threads, of which the calling one is the first.
inline ParallelFor Threads(int num_threads) {
  return [num_threads](int64_t total, int64_t cost_ns, const RangeWork& work) {
    // A thread that waits awake takes 2 us to start, and one that sleeps 50 or more. (300 KiB on 2
    // threads, of 20 us, took 13 to 45 us when they were shared out, AMD EPYC 9004, 2026-11.)
    constexpr int64_t kLeastNanoseconds = 25000;
    const int64_t shares = CountShares(total, cost_ns, num_threads, kLeastNanoseconds);
    if (shares == 1) return work(0, total);
    ThreadPool::Run(shares, num_threads, [&](int64_t share) {
      work(BeginOfShare(share, shares, total), BeginOfShare(share + 1, shares, total));
    });
  };
}

}  // namespace upsample
