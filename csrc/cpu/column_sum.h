// The weighted sums of rows, which are the vertical pass of the gradient. Compiled per instruction
// set. Includes cpu and the standard library only.
#pragma once

#include <algorithm>
#include <cstdint>

#include "cpu/convert.h"
#include "cpu/pixel_zip.h"
#include "cpu/terms.h"
#include "cpu/vector.h"

namespace upsample {
namespace UPSAMPLE_ISA {

// A row of sums. Even pixels and odd ones may lie apart, so that the pass along the row need not
// move any.
template <typename A>
struct SumsOfRow {
  A* elements;
  int64_t odd;  // where the odd pixels begin; 0 if they aren't apart

  // Where they are apart: a pixel, whose number may be negative, and behind it every second one.
  A* EverySecondFrom(int64_t pixel, int64_t inner) const {
    return elements + (pixel & 1) * odd + (pixel >> 1) * inner;
  }
};

// How the vertical pass leaves its sums: by a factor of 2 along the row, even and odd pixels go
// apart if they are smaller than a vector, so that the horizontal pass need not move any.
enum class Columns { kInOrder, kElementsApart, kPixelsApart };

template <typename T>
Columns ColumnsOf(int64_t inner, int64_t size) {
  if (size != 2 || !PixelZip<T>::Fits(inner)) return Columns::kInOrder;
  return inner == 1 ? Columns::kElementsApart : Columns::kPixelsApart;
}

// The vertical pass: the weighted sums, in their order, of `count` rows that lie row_elements
// apart, for elements begin <= i < end. Sums before `begin` are there already, and there is room
// for two vectors behind them. The last row and what follows it in memory are `readable` elements.
// Prefetches from row first_new on.
template <Columns kColumns, typename T, typename A>
void SumRows(const T* rows, int64_t row_elements, int64_t readable, const A* weights, int64_t count,
             int64_t first_new, int64_t begin, int64_t end, const PixelZip<T>& zip_,
             SumsOfRow<A> sums) {
  constexpr int64_t kPair = 2 * kLanes<A>;
  const PixelZip<T> zip = zip_;  // nothing that is stored could change a copy
  constexpr bool kApart = kColumns != Columns::kInOrder;
  const int64_t step = kColumns == Columns::kPixelsApart ? 2 * zip.step() : kPair;
  WithCount(count, [&](auto unrolled) {
    const Terms<A, unrolled> terms(weights, count);
    const auto sum_at = [&](int64_t i, auto load) {
      const Pair<A> sum = terms.Sum([&](int64_t r) { return load(rows + r * row_elements + i); });
      const Pair<A> pair = kColumns == Columns::kInOrder         ? InOrder<T>(sum)
                           : kColumns == Columns::kElementsApart ? EvenAndOdd<T>(sum)
                                                                 : zip.Unzip(sum);
      Store(pair.first, sums.elements + (kApart ? i >> 1 : i));
      Store(pair.second, sums.elements + (kApart ? sums.odd + (i >> 1) : i + kLanes<A>));
    };
    int64_t i = begin;
    for (; i < end && i + kPair <= readable; i += step) {
      for (int64_t r = 0; r < terms.count(); ++r) {
        if (r < first_new) continue;
        for (int64_t j = 0; j < kPair; j += kLineBytes / int64_t{sizeof(T)}) {
          Prefetch(rows + r * row_elements + i + j);
        }
      }
      sum_at(i, [](const T* from) { return WidenedPair(from); });
    }
    for (; i < end; i += step) {
      sum_at(i, [&](const T* from) { return WidenedFew(from, end - i); });
    }
  });
}

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
