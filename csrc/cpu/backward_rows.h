// The gradient of both interpolations: each input pixel gathers its readers, first down the rows
// of the output's gradient, then along the row of sums. Nothing is written twice, and the order of
// the sum is fixed, so the result has the same bits whatever the threads.
// Compiled per instruction set. Includes core, cpu and the standard library only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <utility>

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

// The vertical pass: the weighted sums, in their order, of `count` rows that lie row_elements
// apart, for elements begin <= i < end. Elements before `begin` are there already, and the same if
// they are summed again; there is room for two vectors more. Prefetches from row first_new on.
template <bool kApart, typename T, typename A>
void SumRows(const T* rows, int64_t row_elements, const A* weights, int64_t count,
             int64_t first_new, int64_t begin, int64_t end, SumsOfRow<A> sums) {
  constexpr int64_t kPair = 2 * kLanes<A>;
  constexpr int64_t kLineElements = kLineBytes / int64_t{sizeof(T)};
  constexpr int64_t kStep = std::max(kPair, kLineElements);
  WithCount(count, [&](auto unrolled) {
    const Terms<A, unrolled> terms(weights, count);
    const auto sum_at = [&](int64_t i, auto load) {
      const Pair<A> sum = terms.Sum([&](int64_t r) { return load(rows + r * row_elements + i); });
      if constexpr (kApart) {
        const Pair<A> pair = EvenAndOdd<T>(sum);
        Store(pair.first, sums.elements + (i >> 1));
        Store(pair.second, sums.elements + sums.odd + (i >> 1));
      } else {
        const Pair<A> pair = InOrder<T>(sum);
        Store(pair.first, sums.elements + i);
        Store(pair.second, sums.elements + i + kLanes<A>);
      }
    };
    const auto widened = [](const T* from) { return WidenedPair(from); };
    int64_t i = begin;
    for (; i + kStep <= end; i += kStep) {
      for (int64_t r = 0; r < terms.count(); ++r) {
        if (r < first_new) continue;
        for (int64_t j = 0; j < kStep; j += kLineElements)
          Prefetch(rows + r * row_elements + i + j);
      }
      for (int64_t j = 0; j < kStep; j += kPair) sum_at(i + j, widened);
    }
    for (; i + kPair <= end; i += kPair) sum_at(i, widened);
    if (i == end) return;
    if (end >= kPair) {
      sum_at(end - kPair, widened);
    } else {
      sum_at(i, [&](const T* from) { return WidenedFew(from, end - i); });
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
        interior_count_(InteriorCount(interpolation, size)),
        interior_(interior_count_),
        first_(2 * size),
        last_(2 * size) {
    for (int64_t m = 0; m < interior_count_; ++m) {
      interior_[m] = static_cast<A>(InteriorWeight(interpolation, m, size));
    }
    for (const auto& [i, weights] : {std::pair(int64_t{0}, &first_), std::pair(in - 1, &last_)}) {
      const Readers readers = ReadersOf(interpolation, i, in, size);
      for (int64_t o = readers.begin; o < readers.end; ++o) {
        (*weights)[o - readers.begin] = static_cast<A>(WeightOf(interpolation, o, i, in, size));
      }
    }
  }

  const A* interior() const { return interior_.get(); }
  int64_t interior_count() const { return interior_count_; }

  // One weight for each reader of input i.
  const A* Of(int64_t i) const {
    if (!IsBorder(interpolation_, i, in_)) return interior_.get();
    return i == 0 ? first_.get() : last_.get();
  }

 private:
  const Interpolation interpolation_;
  const int64_t in_;
  const int64_t interior_count_;
  Scratch<A> interior_;
  Scratch<A> first_;
  Scratch<A> last_;
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
        rows_are_short_(g.out_w() * g.inner <= (g.inner * int64_t{sizeof(T)} <= kLineBytes
                                                    ? kTileElements
                                                    : kShortRowElements)),
        rows_at_once_(std::max<int64_t>(1, kShortRowElements / 2 / (g.out_w() * g.inner))),
        weights_h_(g.interpolation, g.in_h, g.size_h),
        weights_w_(g.interpolation, g.in_w, g.size_w),
        pixel_sum_(g.interpolation, g.inner, g.size_w, weights_w_.interior(),
                   weights_w_.interior_count()),
        margin_(g.size_w * g.inner),
        room_for_sums_(margin_ + (rows_at_once_ * pixels_per_tile_ + 2) * margin_ +
                       PixelSum<A>::RoomBehind(g.inner, g.size_w)),
        sums_are_apart_(SumsOfRow<A>::AreApart(g.inner, g.size_w)),
        sums_((sums_are_apart_ ? 2 : 1) * room_for_sums_),
        results_(rows_at_once_ * pixels_per_tile_ * g.inner + 2 * kLanes<A>) {}

  int64_t pixels_per_tile() const { return pixels_per_tile_; }
  int64_t rows_at_once() const { return rows_at_once_; }

  // Writes pixels [begin, end) of `rows` rows of grad_in from `row` on; of one row or of whole
  // rows.
  void Run(const T* grad_out, int64_t row, int64_t rows, int64_t begin, int64_t end, T* grad_in) {
    // Sums are kept of whole pixels' columns: so their number is even where they are apart.
    const int64_t sums_begin = FloorTo(g_.size_w, ReadersOfPixel(begin).begin);
    const SumsOfRow<A> sums = {sums_.get() + margin_, sums_are_apart_ ? room_for_sums_ : 0};
    T* const to = grad_in + (row * g_.in_w + begin) * g_.inner;
    A* const results = ResultsFor(to);
    // Span by span, what is read, computed and written stays in L1.
    int64_t summed = 0, written = 0;
    for (int64_t x = begin; x < end;) {
      const int64_t span_end = rows_are_short_ ? end : std::min(end, x + pixels_per_span_);
      const int64_t sums_end = FloorTo(g_.size_w, ReadersOfPixel(span_end - 1).end + g_.size_w - 1);
      const int64_t to_sum = (sums_end - sums_begin) * g_.inner;
      for (int64_t r = 0; r < rows; ++r) {
        SumColumns(grad_out, row + r, sums_begin, summed, to_sum,
                   {sums.elements + (sums_are_apart_ ? r * to_sum / 2 : r * to_sum), sums.odd});
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
  static int64_t FloorTo(int64_t multiple_of, int64_t i) { return i / multiple_of * multiple_of; }

  Readers<int64_t> ReadersOfPixel(int64_t x) const {
    return ReadersOf(g_.interpolation, x, g_.in_w, g_.size_w);
  }

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
                  SumsOfRow<A> sums) {
    const int64_t y = row % g_.in_h, plane_row = row / g_.in_h * g_.out_h();
    const Readers readers = ReadersOf(g_.interpolation, y, g_.in_h, g_.size_h);
    const int64_t row_elements = g_.out_w() * g_.inner;
    const T* from = grad_out + (plane_row + readers.begin) * row_elements + sums_begin * g_.inner;
    const int64_t count = readers.end - readers.begin;
    const auto sum_rows = sums_are_apart_ ? SumRows<true, T, A> : SumRows<false, T, A>;
    sum_rows(from, row_elements, weights_h_.Of(y), count, rows_are_short_ ? count : count - g_.size_h,
             begin, end, sums);
  }

  // The first row that is not among the readers of an input row above this one.
  const T* NewRows(const T* grad_out, int64_t row) const {
    const Readers readers = ReadersOf(g_.interpolation, row % g_.in_h, g_.in_h, g_.size_h);
    const int64_t first = row / g_.in_h * g_.out_h() + readers.end - g_.size_h;
    return grad_out + first * g_.out_w() * g_.inner;
  }

  // The horizontal pass for pixels [begin, end) of each row, borders included. `sums` begins with
  // output pixel sums_begin, and there is room before it.
  void Gather(SumsOfRow<A> sums, int64_t rows, int64_t begin, int64_t end, int64_t sums_begin,
              const T* next_rows, A* out) {
    // Several rows are taken for a long one, as if none had borders, which are done again.
    const int64_t first_reader = InteriorBegin(g_.interpolation, g_.size_w) + begin * g_.size_w;
    const int64_t first = first_reader - sums_begin;
    const int64_t pixels = rows * (end - begin);
    // The memory would have nothing to do meanwhile: the rows to come are prefetched here.
    const int64_t block =
        rows_are_short_ ? std::max<int64_t>(1, kElementsPerPrefetch / g_.inner) : pixels;
    for (int64_t done = 0; done < pixels; done += block) {
      const int64_t count = std::min(block, pixels - done);
      if (rows_are_short_) {
        const int64_t elements_per_pixel = g_.size_h * g_.size_w * g_.inner;
        const T* const ahead = next_rows + done * elements_per_pixel;
        for (int64_t i = 0; i < count * elements_per_pixel; i += kLineBytes / sizeof(T)) {
          Prefetch(ahead + i);
        }
      }
      pixel_sum_.Run(sums, first + done * g_.size_w, count, out + done * g_.inner);
    }
    for (const int64_t j : {int64_t{0}, g_.in_w - 1}) {
      if (!IsBorder(g_.interpolation, j, g_.in_w) || j < begin || j >= end) continue;
      const Readers readers = ReadersOfPixel(j);
      const A* weights = weights_w_.Of(j);
      for (int64_t r = 0; r < rows; ++r) {
        pixel_sum_.OfOne(sums, r * g_.out_w() + readers.begin - sums_begin, weights,
                         readers.end - readers.begin, out + (r * g_.in_w + j - begin) * g_.inner);
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
  static constexpr int64_t kElementsPerPrefetch = 256;

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
  const GatherWeights<A> weights_h_;
  const GatherWeights<A> weights_w_;
  const PixelSum<A> pixel_sum_;
  const int64_t margin_;  // of sums before the first: what a border would read outside of the image
  const int64_t room_for_sums_;
  const bool sums_are_apart_;
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
