// The gradient of both interpolations: each input pixel gathers its readers, first down the rows
// of the output's gradient, then along the row of sums. Nothing is written twice, and the order of
// the sum is fixed, so the result has the same bits whatever the threads.
// Compiled per instruction set. Includes core, cpu and the standard library only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "core/taps.h"
#include "cpu/convert.h"
#include "cpu/pixel_sum.h"
#include "cpu/results.h"
#include "cpu/row_kernels.h"
#include "cpu/scratch.h"
#include "cpu/stream.h"
#include "cpu/vector.h"

namespace upsample {
namespace UPSAMPLE_ISA {

// The vertical pass: sums[i] = the weighted sum, in their order, of `count` rows that lie
// row_elements apart, for begin <= i < end. Elements before `begin` are there already, and the same
// if they are summed again; `sums` has room for a vector more. Prefetches from row first_new on.
template <typename T, typename A>
void SumRows(const T* rows, int64_t row_elements, const A* weights, int64_t count,
             int64_t first_new, int64_t begin, int64_t end, A* sums) {
  constexpr int64_t kLineElements = kLineBytes / int64_t{sizeof(T)};
  WithCount(count, [=](auto unrolled) {
    const Terms<A, unrolled> terms(weights, count);
    const auto sum_at = [=](int64_t i, auto load) {
      const auto row_at = [=](int64_t r) { return load(rows + r * row_elements + i); };
      Store(terms.Sum(row_at), sums + i);
    };
    const auto widened = [](const T* from) { return Widened(from); };
    int64_t i = begin;
    for (; i + kLineElements <= end; i += kLineElements) {
      for (int64_t r = 0; r < terms.count(); ++r) {
        if (r >= first_new) Prefetch(rows + r * row_elements + i);
      }
      for (int64_t j = 0; j < kLineElements; j += kLanes<A>) sum_at(i + j, widened);
    }
    for (; i + kLanes<A> <= end; i += kLanes<A>) sum_at(i, widened);
    if (i == end) return;
    if (end >= kLanes<A>) {
      sum_at(end - kLanes<A>, widened);
    } else {
      sum_at(i, [=](const T* from) { return WidenedFew(from, end - i); });
    }
  });
}

// The weights of an input in its readers along one axis.
template <typename A>
class GatherWeights {
 public:
  GatherWeights(Interpolation interpolation, int64_t in, int64_t size)
      : interpolation_(interpolation),
        in_(in),
        size_(size),
        interior_count_(InteriorCount(interpolation, size)),
        interior_(interior_count_),
        border_(2 * size) {
    for (int64_t m = 0; m < interior_count_; ++m) {
      interior_[m] = static_cast<A>(InteriorWeight(interpolation, m, size));
    }
  }

  const A* interior() { return interior_.get(); }
  int64_t interior_count() const { return interior_count_; }

  // For any input, with one weight for each of its readers; valid until the next call.
  const A* Of(int64_t i, const Readers<int64_t>& readers) {
    if (!IsBorder(interpolation_, i, in_)) return interior_.get();
    for (int64_t o = readers.begin; o < readers.end; ++o) {
      border_[o - readers.begin] = static_cast<A>(WeightOf(interpolation_, o, i, in_, size_));
    }
    return border_.get();
  }

 private:
  const Interpolation interpolation_;
  const int64_t in_;
  const int64_t size_;
  const int64_t interior_count_;
  Scratch<A> interior_;
  Scratch<A> border_;
};

// The two passes. They work on spans of a row, or on several short rows at once.
template <typename T>
class BackwardPasses {
 public:
  using A = Accumulator<T>;

  explicit BackwardPasses(const Geometry& g)
      : g_(g),
        is_plain_(std::is_same_v<T, A> && g.inner >= kLanes<A>),
        span_elements_(is_plain_ ? kPlainSpanElements : kSpanElements),
        pixels_per_span_(std::max<int64_t>(1, span_elements_ / (g.size_w * g.inner))),
        pixels_per_tile_(std::max<int64_t>(
            1,
            std::min(g.in_w, kTileBytes / int64_t{sizeof(A)} / span_elements_ * pixels_per_span_))),
        rows_are_short_(g.out_w() * g.inner <=
                        (g.inner < kLanes<A> ? kTileElements : kShortRowElements)),
        rows_at_once_(std::max<int64_t>(1, kShortRowElements / 2 / (g.out_w() * g.inner))),
        weights_h_(g.interpolation, g.in_h, g.size_h),
        weights_w_(g.interpolation, g.in_w, g.size_w),
        pixel_sum_(g.interpolation, g.inner, g.size_w, weights_w_.interior(),
                   weights_w_.interior_count()),
        margin_(g.size_w * g.inner),
        sums_(margin_ + rows_at_once_ * pixels_per_tile_ * margin_ +
              PixelSum<A>::RoomBehind(g.inner, g.size_w)),
        results_(rows_at_once_ * pixels_per_tile_ * g.inner + kLanes<A>) {}

  int64_t pixels_per_tile() const { return pixels_per_tile_; }
  int64_t rows_at_once() const { return rows_at_once_; }

  // Writes pixels [begin, end) of `rows` rows of grad_in from `row` on; of one row or of whole
  // rows.
  void Run(const T* grad_out, int64_t row, int64_t rows, int64_t begin, int64_t end, T* grad_in) {
    const int64_t sums_begin = ReadersOf(g_.interpolation, begin, g_.in_w, g_.size_w).begin;
    A* const sums = sums_.get() + margin_;
    T* const to = grad_in + (row * g_.in_w + begin) * g_.inner;
    A* const results = ResultsFor(to);
    // Span by span, what is read, computed and written stays in L1.
    int64_t summed = 0, written = 0;
    for (int64_t x = begin; x < end;) {
      const int64_t span_end = rows_are_short_ ? end : std::min(end, x + pixels_per_span_);
      const int64_t readers_end = ReadersOf(g_.interpolation, span_end - 1, g_.in_w, g_.size_w).end;
      const int64_t to_sum = (readers_end - sums_begin) * g_.inner;
      for (int64_t r = 0; r < rows; ++r) {
        SumColumns(grad_out, row + r, sums_begin, summed, to_sum, sums + r * to_sum);
      }
      summed = to_sum;
      const T* const next_rows = NewRows(grad_out, row + rows);
      Gather(sums, rows, x, span_end, sums_begin, next_rows, results + (x - begin) * g_.inner);
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
  // Where to gather: in place if nothing is left to do then.
  A* ResultsFor(T* to) {
    if constexpr (std::is_same_v<T, A>) {
      if (!g_.streams) return to;
    }
    return results_.get();
  }
  static bool IsInPlace(const void* results, const void* to) { return results == to; }

  // The vertical pass for the readers of an input row: elements [begin, end), counted from output
  // pixel sums_begin on, of which those before `begin` are there.
  void SumColumns(const T* grad_out, int64_t row, int64_t sums_begin, int64_t begin, int64_t end,
                  A* sums) {
    const int64_t y = row % g_.in_h, plane_row = row / g_.in_h * g_.out_h();
    const Readers readers = ReadersOf(g_.interpolation, y, g_.in_h, g_.size_h);
    const int64_t row_elements = g_.out_w() * g_.inner;
    const T* from = grad_out + (plane_row + readers.begin) * row_elements + sums_begin * g_.inner;
    const int64_t count = readers.end - readers.begin;
    const bool prefetches = !is_plain_ && !rows_are_short_;
    SumRows(from, row_elements, weights_h_.Of(y, readers), count,
            prefetches ? count - g_.size_h : count, begin, end, sums);
  }

  // The first row that is not among the readers of an input row above this one.
  const T* NewRows(const T* grad_out, int64_t row) const {
    const Readers readers = ReadersOf(g_.interpolation, row % g_.in_h, g_.in_h, g_.size_h);
    const int64_t first = row / g_.in_h * g_.out_h() + readers.end - g_.size_h;
    return grad_out + first * g_.out_w() * g_.inner;
  }

  // The horizontal pass for pixels [begin, end) of each row, borders included. `sums` begins with
  // output pixel sums_begin, and there is room before it.
  void Gather(const A* sums, int64_t rows, int64_t begin, int64_t end, int64_t sums_begin,
              const T* next_rows, A* out) {
    // Several rows are taken for a long one, as if none had borders, which are done again.
    const int64_t first_reader = InteriorBegin(g_.interpolation, g_.size_w) + begin * g_.size_w;
    const A* const from = sums + (first_reader - sums_begin) * g_.inner;
    const int64_t pixels = rows * (end - begin);
    // The memory would have nothing to do meanwhile: the rows to come are prefetched here.
    const int64_t block = rows_are_short_ ? kPixelsPerPrefetch : pixels;
    for (int64_t done = 0; done < pixels; done += block) {
      const int64_t count = std::min(block, pixels - done);
      if (rows_are_short_) {
        const int64_t elements_per_pixel = g_.size_h * g_.size_w * g_.inner;
        const T* const ahead = next_rows + done * elements_per_pixel;
        for (int64_t i = 0; i < count * elements_per_pixel; i += kLineBytes / sizeof(T)) {
          Prefetch(ahead + i);
        }
      }
      pixel_sum_.Run(from + done * g_.size_w * g_.inner, count, out + done * g_.inner);
    }
    for (const int64_t j : {int64_t{0}, g_.in_w - 1}) {
      if (!IsBorder(g_.interpolation, j, g_.in_w) || j < begin || j >= end) continue;
      const Readers readers = ReadersOf(g_.interpolation, j, g_.in_w, g_.size_w);
      const A* weights = weights_w_.Of(j, readers);
      for (int64_t r = 0; r < rows; ++r) {
        SumPixels<0, 0, 0>(sums + (r * g_.out_w() + readers.begin - sums_begin) * g_.inner, 1,
                           g_.inner, g_.size_w, weights, readers.end - readers.begin,
                           out + (r * g_.in_w + j - begin) * g_.inner);
      }
    }
  }

  // Where next to nothing is computed between loads, the processor looks ahead by itself, best in
  // long spans. (8 x 128 x 128 x 64 floats by 2, one thread of an AMD EPYC 9005, 2026-11: nearest
  // 4.2 ms, 6.5 with prefetches and short spans; bilinear 6.7 and 9.0. All else gains from them:
  // NCHW 5.9 ms with, 10.6 without, bilinear 8.2 and 15.1; bfloat16 5.4 and 10.0, 6.8 and 13.3.)
  static constexpr int64_t kPlainSpanElements = 4096;

  // That pays for longer rows, too, where pixels are smaller than a vector and so there is much to
  // compute. ([10, 720, 728, 3] bfloat16 by 2, 2 threads: nearest 6.4 ms span by span, 4.4 so;
  // bilinear 7.0 and 5.5. With 16 channels bilinear takes 4.3 ms span by span, 5.4 so.)
  static constexpr int64_t kPixelsPerPrefetch = 128;

  // Of a row of sums. Rows narrower than a tile are read from end to end; a wider tile's rows would
  // not be in L2 when they are read again. ([10, 77, 80, 256] bfloat16 by 2, bilinear, 2 threads:
  // 3.7 ms, 4.2 with half as many bytes, 4.6 with a quarter.)
  static constexpr int64_t kTileBytes = 256 * 1024;

  const Geometry& g_;
  const bool is_plain_;
  const int64_t span_elements_;
  const int64_t pixels_per_span_;
  const int64_t pixels_per_tile_;
  const bool rows_are_short_;
  const int64_t rows_at_once_;
  GatherWeights<A> weights_h_;
  GatherWeights<A> weights_w_;
  const PixelSum<A> pixel_sum_;
  const int64_t margin_;  // of sums before the first: what a border would read outside of the image
  Scratch<A> sums_;
  Scratch<A> results_;
};

template <typename T>
void BackwardRows(const Geometry& g, const void* grad_out, void* grad_in, int64_t begin,
                  int64_t end) {
  BackwardPasses<T> passes(g);
  for (int64_t x = 0; x < g.in_w; x += passes.pixels_per_tile()) {
    const int64_t x_end = std::min(g.in_w, x + passes.pixels_per_tile());
    for (int64_t row = begin; row < end; row += passes.rows_at_once()) {
      passes.Run(static_cast<const T*>(grad_out), row, std::min(passes.rows_at_once(), end - row),
                 x, x_end, static_cast<T*>(grad_in));
    }
  }
  if (g.streams) StreamFence();
}

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
