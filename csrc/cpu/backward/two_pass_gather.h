// The gradient of both interpolations: each input pixel gathers its readers, first down the rows of
// the output's gradient, then along the row of sums. Nothing is written twice, and the order of the
// sum is fixed, so the result has the same bits whatever the threads. This file is compiled per
// instruction set and includes core, cpu and the standard library only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "core/taps.h"
#include "cpu/backward/column_sum.h"
#include "cpu/backward/gather_weights.h"
#include "cpu/backward/pixel_sum.h"
#include "cpu/row_kernels.h"
#include "cpu/scratch.h"
#include "cpu/simd/convert.h"
#include "cpu/simd/results.h"
#include "cpu/simd/stream.h"
#include "cpu/simd/vector.h"
#include "cpu/tuning.h"

namespace upsample {
namespace UPSAMPLE_ISA {

// The two passes. They work on spans of a row, or on several short rows at once. Sum, which is
// PermutedSum or ElementSum, sums along a row.
template <typename T, typename Sum>
class TwoPassGather {
 public:
  using A = Accumulator<T>;

  static constexpr bool kFitsAny = Sum::kFitsAny;
  static bool Fits(const Geometry& g, const void* /*grad_in*/) {
    return Sum::Fits(g.inner, g.size_w);
  }

  // The object serves rows of grad_in before `end`.
  TwoPassGather(const Geometry& g, const T* grad_out, T* grad_in, int64_t end)
      : g_(g),
        grad_out_(grad_out),
        grad_in_(grad_in),
        grad_out_end_(grad_out + EndOfReaders(g, end - 1) * g.out_w() * g.inner),
        is_plain_(std::is_same_v<T, A> && g.inner >= kLanes<A>),
        span_elements_(is_plain_ ? tuning::kPlainSpanElements : tuning::kSpanElements),
        pixels_per_span_(std::max<int64_t>(1, span_elements_ / (g.size_w * g.inner))),
        pixels_per_tile_(
            std::max<int64_t>(1, std::min(g.in_w, tuning::kSumTileBytes / int64_t{sizeof(A)} /
                                                      span_elements_ * pixels_per_span_))),
        rows_are_short_(g.out_w() * g.inner <= (g.inner * int64_t{sizeof(T)} <= kLineBytes
                                                    ? tuning::kTileElements
                                                    : tuning::kShortRowElements)),
        pixels_per_prefetch_(std::max<int64_t>(1, tuning::kElementsPerPrefetch / g.inner)),
        rows_at_once_(std::max<int64_t>(1, tuning::kShortRowElements / 2 / (g.out_w() * g.inner))),
        weights_h_(g.interpolation, g.in_h, g.size_h),
        weights_w_(g.interpolation, g.in_w, g.size_w),
        pixel_sum_(g.interpolation, g.inner, g.size_w, weights_w_.interior(),
                   weights_w_.interior_count()),
        margin_(g.size_w * g.inner),
        sums_(margin_ + (rows_at_once_ * pixels_per_tile_ + 2) * margin_ +
              RoomBehind(g.inner, g.size_w)),
        results_(rows_at_once_ * pixels_per_tile_ * g.inner + 2 * kLanes<A>) {}

  bool has_room() const {
    return weights_h_.has_room() && weights_w_.has_room() && pixel_sum_.has_room() &&
           sums_.has_room() && results_.has_room();
  }

  int64_t pixels_per_tile() const { return pixels_per_tile_; }
  int64_t rows_at_once() const { return rows_at_once_; }

  // Writes pixels [begin, end) of `rows` rows of grad_in from `row` on. These are pixels of one
  // row, or whole rows.
  void Run(int64_t row, int64_t rows, int64_t begin, int64_t end) {
    const int64_t sums_begin = ReadersOfPixel(begin).begin;
    A* const sums = sums_.get() + margin_;
    T* const to = grad_in_ + (row * g_.in_w + begin) * g_.inner;
    A* const results = ResultsFor(to);
    // What is read, computed and written for a span stays in L1.
    int64_t summed = 0, written = 0;
    for (int64_t x = begin; x < end;) {
      const int64_t span_end = rows_are_short_ ? end : std::min(end, x + pixels_per_span_);
      const int64_t to_sum = (ReadersOfPixel(span_end - 1).end - sums_begin) * g_.inner;
      for (int64_t r = 0; r < rows; ++r) {
        SumColumns(row + r, sums_begin, summed, to_sum, sums + r * to_sum);
      }
      summed = to_sum;
      Gather(sums, rows, x, span_end, sums_begin, NewRows(row + rows),
             results + (x - begin) * g_.inner);
      x = span_end;
      if (IsInPlace(results, to)) continue;
      const int64_t gathered = rows * (x - begin) * g_.inner;
      const int64_t to_write = x == end ? gathered : EndOfWholeLines(to, gathered);
      WriteElements(to, written, to_write, g_.streams,
                    [=](int64_t i) { return Load(results + i); });
      written = to_write;
    }
  }

 private:
  Readers<int64_t> ReadersOfPixel(int64_t x) const {
    return ReadersOf(g_.interpolation, x, g_.in_w, g_.size_w);
  }

  // Returns where to gather: in place if nothing else is left to do afterwards.
  A* ResultsFor(T* to) {
    if constexpr (std::is_same_v<T, A>) {
      if (!g_.streams) return to;
    }
    return results_.get();
  }
  static bool IsInPlace(const void* results, const void* to) { return results == to; }

  // The vertical pass for the readers of an input row. It sums elements [begin, end), which are
  // counted from output pixel sums_begin on; those before `begin` are there already.
  void SumColumns(int64_t row, int64_t sums_begin, int64_t begin, int64_t end, A* sums) {
    const int64_t y = row % g_.in_h;
    const Readers readers = ReadersOf(g_.interpolation, y, g_.in_h, g_.size_h);
    const int64_t count = readers.end - readers.begin;
    const int64_t row_elements = g_.out_w() * g_.inner;
    const T* const rows_end = grad_out_ + EndOfReaders(g_, row) * row_elements;
    const T* const from = rows_end - count * row_elements + sums_begin * g_.inner;
    const int64_t readable = grad_out_end_ - (from + (count - 1) * row_elements);
    SumRows(from, row_elements, readable, weights_h_.Of(y), count,
            rows_are_short_ ? count : count - g_.size_h, begin, end, sums);
  }

  // Returns the first row that is not among the readers of an input row above this one.
  const T* NewRows(int64_t row) const {
    return grad_out_ + (EndOfReaders(g_, row) - g_.size_h) * g_.out_w() * g_.inner;
  }

  // The horizontal pass for pixels [begin, end) of each row, borders included. `sums` begins with
  // output pixel sums_begin, and there is room before it.
  void Gather(const A* sums, int64_t rows, int64_t begin, int64_t end, int64_t sums_begin,
              const T* next_rows, A* out) {
    // Several rows are treated as one long row without borders inside; the borders are done again
    // below.
    const int64_t first_reader = InteriorBegin(g_.interpolation, g_.size_w) + begin * g_.size_w;
    const int64_t first = first_reader - sums_begin;
    const int64_t pixels = rows * (end - begin);
    // The memory would have nothing to do meanwhile, so the next rows are prefetched here.
    const int64_t block = rows_are_short_ ? pixels_per_prefetch_ : pixels;
    for (int64_t done = 0; done < pixels; done += block) {
      const int64_t count = std::min(block, pixels - done);
      if (rows_are_short_) {
        const int64_t elements_per_pixel = g_.size_h * g_.size_w * g_.inner;
        const T* const ahead = next_rows + done * elements_per_pixel;
        for (int64_t i = 0; i < count * elements_per_pixel; i += kLineBytes / sizeof(T)) {
          Prefetch(ahead + i);
        }
      }
      pixel_sum_.Run(sums + (first + done * g_.size_w) * g_.inner, count, out + done * g_.inner);
    }
    for (int64_t border = 0; border < BordersOf(g_.interpolation); ++border) {
      for (const int64_t j : {border, g_.in_w - 1 - border}) {
        if (begin <= j && j < end) GatherBorder(sums, rows, j, begin, sums_begin, out);
      }
    }
  }

  // Writes pixel j of each row.
  void GatherBorder(const A* sums, int64_t rows, int64_t j, int64_t begin, int64_t sums_begin,
                    A* out) {
    const Readers readers = ReadersOfPixel(j);
    const A* const weights = weights_w_.Of(j);
    for (int64_t r = 0; r < rows; ++r) {
      SumPixels<0, 0, 0>(sums + (r * g_.out_w() + readers.begin - sums_begin) * g_.inner, 1,
                         g_.inner, g_.size_w, weights, readers.end - readers.begin,
                         out + (r * g_.in_w + j - begin) * g_.inner);
    }
  }

  const Geometry& g_;
  const T* const grad_out_;
  T* const grad_in_;
  const T* const grad_out_end_;
  const bool is_plain_;
  const int64_t span_elements_;
  const int64_t pixels_per_span_;
  const int64_t pixels_per_tile_;
  const bool rows_are_short_;
  const int64_t pixels_per_prefetch_;
  const int64_t rows_at_once_;
  const GatherWeights<A> weights_h_;
  const GatherWeights<A> weights_w_;
  const Sum pixel_sum_;
  const int64_t margin_;  // room before the first sum, which borders read
  Scratch<A> sums_;
  Scratch<A> results_;
};

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
