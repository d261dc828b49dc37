// The weighted sums of rows, which are the vertical pass of the gradient. This file is compiled per
// instruction set and includes cpu and the standard library only.
#pragma once

#include <algorithm>
#include <cstdint>

#include "cpu/simd/convert.h"
#include "cpu/simd/terms.h"
#include "cpu/simd/vector.h"

namespace upsample {
namespace UPSAMPLE_ISA {

// The vertical pass. It computes the weighted sums, in their order, of `count` rows that lie
// row_elements apart, for elements begin <= i < end. The sums before `begin` are there already, and
// there is room for two vectors behind `end`. From the start of the last row on, `readable`
// elements may be read. It prefetches from row first_new on.
template <typename T, typename A>
UPSAMPLE_FLATTEN void SumRows(const T* rows, int64_t row_elements, int64_t readable,
                              const A* weights, int64_t count, int64_t first_new, int64_t begin,
                              int64_t end, A* sums) {
  constexpr int64_t kPair = 2 * kLanes<A>;
  WithCount(count, [&](auto unrolled) {
    const Terms<A, unrolled> terms(weights, count);
    const auto sum_at = [&](int64_t i, auto load) {
      const Pair<A> sum =
          InOrder<T>(terms.Sum([&](int64_t r) { return load(rows + r * row_elements + i); }));
      Store(sum.first, sums + i);
      Store(sum.second, sums + i + kLanes<A>);
    };
    int64_t i = begin;
    for (; i < end && i + kPair <= readable; i += kPair) {
      for (int64_t r = 0; r < terms.count(); ++r) {
        if (r < first_new) continue;
        for (int64_t j = 0; j < kPair; j += kLineBytes / int64_t{sizeof(T)}) {
          Prefetch(rows + r * row_elements + i + j);
        }
      }
      sum_at(i, [](const T* from) { return WidenedPair(from); });
    }
    for (; i < end; i += kPair) {
      sum_at(i, [&](const T* from) { return WidenedFew(from, end - i); });
    }
  });
}

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
