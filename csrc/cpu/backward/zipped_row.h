// The sums along a row of the gradient, one vector at a time: columns are summed down the rows,
// taken apart by phase, and summed along the row. This file is compiled per instruction set and
// includes core, cpu and the standard library only.
#pragma once

#include <cstdint>

#include "core/taps.h"
#include "cpu/simd/convert.h"
#include "cpu/simd/terms.h"
#include "cpu/simd/vector.h"
#include "cpu/tables/gather_steps.h"

namespace upsample {
namespace UPSAMPLE_ISA {

// The rows of grad_out that read an input row: the first of them, the elements of each, how many
// elements may be read from the start of the last one on, and whether they come from memory.
template <typename T>
struct ReaderRows {
  const T* first;
  int64_t elements;
  int64_t readable;
  bool streams;
};

// The class keeps the columns of the step before and of the step behind too, because the pixels at
// a step's ends read them.
template <typename T, int kSize, Interpolation kInterpolation, bool kPixelsAreElements,
          int64_t kRows>
class ZippedRow {
 public:
  using A = Accumulator<T>;

  // The object starts with element `begin` of the result, which is the first of a step.
  ZippedRow(const GatherSteps<T, kSize>& table, const ReaderRows<T>& rows,
            const Terms<A, kRows>& down, int64_t begin)
      : table_(table),
        phases_(table.phases()),
        shift_(table.shift()),
        rows_(rows),
        down_(down),
        step_(kPixelsAreElements ? kLanes<A> : table.step()),
        last_step_(table.last_step()),
        at_(begin),
        before_(Nothing()) {
    if (!kReadsNeighbours) return;
    here_ = ColumnSums(begin);
    if (begin > 0) before_ = ColumnSums(begin - step_);
  }

  // Returns the first element of the next step.
  int64_t at() const { return at_; }

  // Returns a vector whose first elements are those of the step; behind them there may be anything.
  UPSAMPLE_INLINE Vector<A> Next() {
    Sums next = Nothing();
    if (!kReadsNeighbours) {
      here_ = ColumnSums(at_);
    } else if (at_ != last_step_) {
      next = ColumnSums(at_ + step_);
    } else {
#pragma GCC unroll 4
      for (Vector<A>& sums : here_.at) sums = table_.is_in_row() ? sums : -Vector<A>{};
    }
    const Vector<A> sum = SumAlong(table_.WeightsOf(at_), next);
    // The vectors are copied one by one, because GCC 12 copies a whole struct through memory, in
    // pieces.
#pragma GCC unroll 4
    for (int i = 0; i < kSize; ++i) {
      before_.at[i] = here_.at[i];
      here_.at[i] = next.at[i];
    }
    at_ += step_;
    return sum;
  }

 private:
  using Sums = Vectors<A, kSize>;  // sums of columns, by phase
  static constexpr int64_t kBegin = InteriorBegin(kInterpolation, int64_t{kSize});
  static constexpr int64_t kCount = InteriorCount(kInterpolation, int64_t{kSize});
  static constexpr bool kReadsNeighbours = kCount > kSize;
  static_assert(-kSize <= kBegin && kBegin + kCount <= 2 * kSize,
                "no step beyond the next is read");

  // What lies outside of the image weighs 0 and adds -0, which leaves a sum of -0 as it is.
  static Sums Nothing() {
    Sums nothing;
#pragma GCC unroll 4
    for (Vector<A>& sums : nothing.at) sums = -Vector<A>{};
    return nothing;
  }

  // Returns as many sums of each phase as belong to a step of the result.
  UPSAMPLE_INLINE Sums ColumnSums(int64_t step) const {
    constexpr int64_t kRead = kSize * kLanes<A>;
    const T* const at = rows_.first + kSize * step;
    if (kSize * step + kRead > rows_.readable) {
      return phases_.template Of<kPixelsAreElements>(down_.Sum([&](int64_t r) {
        return WidenedFew<T, kSize>(at + r * rows_.elements, rows_.readable - kSize * step);
      }));
    }
    if (rows_.streams || kPixelsAreElements) PrefetchNew(at);
    return phases_.template Of<kPixelsAreElements>(
        down_.Sum([&](int64_t r) { return WidenedVectors<T, kSize>(at + r * rows_.elements); }));
  }

  // Prefetches the rows that the result's row above doesn't read. Where a step is not a whole
  // vector, steps ask for some lines twice, which costs more than it gains where a cache holds
  // them.
  UPSAMPLE_INLINE void PrefetchNew(const T* at) const {
    const int64_t new_rows = (down_.count() + TapsOf(kInterpolation) - 1) / TapsOf(kInterpolation);
    for (int64_t r = down_.count() - new_rows; r < down_.count(); ++r) {
      for (int64_t j = 0; j < kSize * kLanes<A>; j += kLineBytes / int64_t{sizeof(T)}) {
        Prefetch(at + r * rows_.elements + j);
      }
    }
  }

  // Sums a pixel's readers in their order. Those of a negative phase belong to the pixel before.
  UPSAMPLE_INLINE Vector<A> SumAlong(const Vector<A>* weights, const Sums& next) const {
    Vector<A> sum;
#pragma GCC unroll 8
    for (int64_t m = 0; m < kCount; ++m) {
      const int64_t phase = kBegin + m;
      const Vector<A> columns = phase < 0 ? shift_.template OneBack<kPixelsAreElements>(
                                                before_.at[phase + kSize], here_.at[phase + kSize])
                                : phase < kSize
                                    ? here_.at[phase]
                                    : shift_.template OneOn<kPixelsAreElements>(
                                          here_.at[phase - kSize], next.at[phase - kSize]);
      const Vector<A> term =
          kInterpolation == Interpolation::kNearest ? columns : weights[m] * columns;
      sum = m == 0 ? term : sum + term;
    }
    return sum;
  }

  const GatherSteps<T, kSize>& table_;
  const PixelPhases<T, kSize> phases_;
  const PixelShift<A> shift_;
  const ReaderRows<T> rows_;
  const Terms<A, kRows> down_;
  const int64_t step_;
  const int64_t last_step_;
  int64_t at_;
  Sums before_, here_;
};

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
