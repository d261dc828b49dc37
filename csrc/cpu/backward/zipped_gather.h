// The gradient by 2, 3 or 4 along rows where a pixel fits a vector of accumulators. Columns are
// summed down the rows, taken apart by phase, and summed along the row, all in registers; nothing
// is stored in between (backward/vector_gather.h says why). This file is compiled per instruction
// set and includes core, cpu and the standard library only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "core/taps.h"
#include "cpu/backward/gather_weights.h"
#include "cpu/backward/zipped_row.h"
#include "cpu/row_kernels.h"
#include "cpu/scratch.h"
#include "cpu/simd/convert.h"
#include "cpu/simd/pixel_phases.h"
#include "cpu/simd/results.h"
#include "cpu/simd/stream.h"
#include "cpu/simd/terms.h"
#include "cpu/simd/vector.h"
#include "cpu/tables/gather_steps.h"
#include "cpu/tuning.h"

namespace upsample {
namespace UPSAMPLE_ISA {

template <typename T, int kSize>
class ZippedGather {
 public:
  using A = Accumulator<T>;

  // For shorter rows, a kernel that works on several at once is faster.
  static constexpr bool kFitsAny = PixelPhases<T, kSize>::kFitsAny;
  static bool Fits(const Geometry& g, const void* /*grad_in*/) {
    return g.size_w == kSize && PixelPhases<T, kSize>::Fits(g.inner) &&
           g.in_w * g.inner >= kLanes<A>;
  }

  // The object serves rows of grad_in before `end`.
  ZippedGather(const Geometry& g, const T* grad_out, T* grad_in, int64_t end)
      : g_(g),
        grad_out_(grad_out),
        grad_in_(grad_in),
        grad_out_end_(grad_out + EndOfReaders(g, end - 1) * g.out_w() * g.inner),
        row_elements_(g.in_w * g.inner),
        steps_(g),
        weights_h_(g.interpolation, g.in_h, g.size_h),
        is_direct_(steps_.step() == kLanes<A> &&
                   (!g.streams || (reinterpret_cast<uintptr_t>(grad_in) % kVectorBytes == 0 &&
                                   row_elements_ % kElements == 0))),
        rows_at_once_(
            std::max<int64_t>(1, is_direct_ ? 0 : tuning::kGatheredElements / row_elements_)),
        results_(is_direct_ ? 0
                            : rows_at_once_ * std::min(row_elements_, elements_per_tile()) +
                                  2 * kLanes<A>) {}

  bool has_room() const { return weights_h_.has_room() && results_.has_room(); }

  int64_t pixels_per_tile() const { return elements_per_tile() / g_.inner; }

  int64_t rows_at_once() const { return rows_at_once_; }

  // Writes pixels [begin, end) of `rows` rows of grad_in from `row` on. These are pixels of one
  // row, or whole rows. `begin` is the first pixel of a tile.
  void Run(int64_t row, int64_t rows, int64_t begin, int64_t end) {
    const int64_t elements = (end - begin) * g_.inner;
    for (int64_t r = 0; r < rows; ++r) {
      SumRow(row + r, begin * g_.inner, end * g_.inner, results_.get() + r * elements);
    }
    if (is_direct_) return;
    const A* const results = results_.get();
    WriteElements(grad_in_ + row * row_elements_ + begin * g_.inner, 0, rows * elements, g_.streams,
                  [=](int64_t i) { return Load(results + i); });
  }

 private:
  // The elements of T in a vector.
  static constexpr int64_t kElements = kVectorBytes / int64_t{sizeof(T)};

  // A tile is a number of whole steps, and that number is even.
  int64_t elements_per_tile() const {
    const int64_t two = 2 * steps_.step();
    return std::max<int64_t>(1, tuning::kTileElements / kSize / two) * two;
  }

  // Sums elements [begin, end) of a row into grad_in or, if not is_direct_, into `results`.
  void SumRow(int64_t row, int64_t begin, int64_t end, A* results) {
    const int64_t plane = row / g_.in_h, y = row - plane * g_.in_h;
    const Readers readers = ReadersOf(g_.interpolation, y, g_.in_h, g_.size_h);
    const int64_t count = readers.end - readers.begin, out_elements = kSize * row_elements_;
    const T* const last = grad_out_ + (plane * g_.out_h() + readers.end - 1) * out_elements;
    const ReaderRows<T> rows = {last - (count - 1) * out_elements, out_elements,
                                grad_out_end_ - last, g_.streams};
    const auto run = [&](auto interpolation, auto pixels_are_elements) {
      constexpr int64_t kCount = InteriorCount(interpolation(), int64_t{kSize});
      const auto run_with = [&](auto unrolled) {
        const Terms<A, unrolled()> down(weights_h_.Of(y), count);
        WriteRow<interpolation(), pixels_are_elements()>(rows, down, row, begin, end, results);
      };
      if (count == kCount) return run_with(std::integral_constant<int64_t, kCount>());
      return run_with(std::integral_constant<int64_t, 0>());
    };
    VisitInterpolation(g_.interpolation, [&](auto interpolation) {
      if constexpr (PixelPhases<T, kSize>::kFitsElements) {
        if (g_.inner == 1) return run(interpolation, std::true_type());
      }
      if constexpr (PixelPhases<T, kSize>::kFitsPixels) run(interpolation, std::false_type());
    });
  }

  template <Interpolation kInterpolation, bool kPixelsAreElements, int64_t kRows>
  UPSAMPLE_FLATTEN void WriteRow(const ReaderRows<T>& rows, const Terms<A, kRows>& down,
                                 int64_t row, int64_t begin, int64_t end, A* results) {
    ZippedRow<T, kSize, kInterpolation, kPixelsAreElements, kRows> steps(steps_, rows, down, begin);
    while (!is_direct_ && steps.at() < end) {
      A* const at = results + (steps.at() - begin);
      Store(steps.Next(), at);
    }
    T* const to = grad_in_ + row * row_elements_;
    while (steps.at() < end) {
      const int64_t at = steps.at();
      const auto vector = [&]() __attribute__((always_inline)) {
        if constexpr (std::is_same_v<T, A>) {
          return steps.Next();
        } else {
          const Vector<A> first = steps.Next();
          return Narrowed(first, steps.at() < end ? steps.Next() : first, T());
        }
      }();
      WriteUpTo(end - at, vector, g_.streams, to + at);
    }
  }

  const Geometry& g_;
  const T* const grad_out_;
  T* const grad_in_;
  const T* const grad_out_end_;
  const int64_t row_elements_;
  const GatherSteps<T, kSize> steps_;
  const GatherWeights<A> weights_h_;
  const bool is_direct_;  // whether results need no buffer
  const int64_t rows_at_once_;
  Scratch<A> results_;
};

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
