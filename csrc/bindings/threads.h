// Threads for the kernels outside TensorFlow. Includes cpu and the standard library only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <system_error>
#include <thread>
#include <vector>

#include "cpu/parallel.h"

namespace upsample {

// Shares the work out to at most num_threads threads, each with at least 50 us of it, which is
// several times what starting a thread costs. The calling thread is one of them.
inline ParallelFor Threads(int num_threads) {
  return [num_threads](int64_t total, int64_t cost_ns, const RangeWork& work) {
    constexpr int64_t kNanosecondsPerThread = 50000;
    const int64_t units_per_thread = std::max<int64_t>(1, kNanosecondsPerThread / cost_ns);
    const int64_t shares =
        std::clamp<int64_t>(total / units_per_thread, 1, std::min<int64_t>(num_threads, total));
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
