// The gradient of both interpolations: each input pixel gathers its readers, first down the rows
// of the output's gradient, then along the row of sums. Nothing is written twice, and the order of
// the sum is fixed, so the result has the same bits whatever the threads.
// Compiled per instruction set. Includes core, cpu and the standard library only.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/taps.h"
#include "cpu/convert.h"
#include "cpu/results.h"
#include "cpu/row_kernels.h"
#include "cpu/scratch.h"

namespace upsample {
namespace UPSAMPLE_ISA {

// sum[i] += or, if is_first, = the kRows weighted rows, which lie row_elements apart.
template <int kRows, typename T, typename A>
void AddRows(const T* rows, int64_t row_elements, const A* weights, bool is_first, int64_t n,
             A* __restrict sum) {
  A buffer[kRows][kBlockElements];
  for (int64_t begin = 0; begin < n; begin += kBlockElements) {
    const int64_t count = std::min(kBlockElements, n - begin);
    const A* row[kRows];
    for (int r = 0; r < kRows; ++r) {
      row[r] = Widened(rows + r * row_elements + begin, count, buffer[r]);
    }
    A* __restrict block = sum + begin;
    if (is_first) {
      for (int64_t i = 0; i < count; ++i) {
        A total = weights[0] * row[0][i];
        for (int r = 1; r < kRows; ++r) total += weights[r] * row[r][i];
        block[i] = total;
      }
    } else {
      for (int64_t i = 0; i < count; ++i) {
        A total = block[i];
        for (int r = 0; r < kRows; ++r) total += weights[r] * row[r][i];
        block[i] = total;
      }
    }
  }
}

// The vertical pass: sum = the `count` weighted rows, added in their order, four at a time so that
// `sum` is loaded and stored once for four rows.
template <typename T, typename A>
void SumRows(const T* rows, int64_t row_elements, const A* weights, int64_t count, int64_t n,
             A* sum) {
  for (int64_t r = 0; r < count; r += 4) {
    const T* from = rows + r * row_elements;
    switch (std::min<int64_t>(4, count - r)) {
      case 1:
        AddRows<1>(from, row_elements, weights + r, r == 0, n, sum);
        break;
      case 2:
        AddRows<2>(from, row_elements, weights + r, r == 0, n, sum);
        break;
      case 3:
        AddRows<3>(from, row_elements, weights + r, r == 0, n, sum);
        break;
      default:
        AddRows<4>(from, row_elements, weights + r, r == 0, n, sum);
    }
  }
}

// The horizontal pass for interior pixels: out[j] = the weighted sum of the kCount pixels from
// in[j * kSize] on. A template argument of 0 stands for the number given at run time.
template <int kInner, int kSize, int kCount, typename A>
void SumPixels(const A* __restrict in, int64_t pixels, int64_t inner_, int64_t size_,
               const A* __restrict weights, int64_t count_, A* __restrict out) {
  const int64_t inner = kInner == 0 ? inner_ : kInner;
  const int64_t size = kSize == 0 ? size_ : kSize;
  const int64_t count = kCount == 0 ? count_ : kCount;
  for (int64_t j = 0; j < pixels; ++j) {
    const A* __restrict from = in + j * size * inner;
    A* __restrict to = out + j * inner;
    if constexpr (kCount == 0) {
      for (int64_t c = 0; c < inner; ++c) to[c] = weights[0] * from[c];
      for (int64_t m = 1; m < count; ++m) {
        for (int64_t c = 0; c < inner; ++c) to[c] += weights[m] * from[m * inner + c];
      }
    } else {
      for (int64_t c = 0; c < inner; ++c) {
        A total = weights[0] * from[c];
        for (int64_t m = 1; m < kCount; ++m) total += weights[m] * from[m * inner + c];
        to[c] = total;
      }
    }
  }
}

template <typename A>
using PixelSum = void (*)(const A* in, int64_t pixels, int64_t inner, int64_t size,
                          const A* weights, int64_t count, A* out);

template <int kInner, typename A>
PixelSum<A> SelectPixelSumOfSize(Interpolation interpolation, int64_t size) {
  constexpr auto kBilinear = Interpolation::kBilinear;
  constexpr auto kNearest = Interpolation::kNearest;
  if (interpolation == kNearest) {
    if (size == 2) return SumPixels<kInner, 2, InteriorCount(kNearest, 2), A>;
    if (size == 3) return SumPixels<kInner, 3, InteriorCount(kNearest, 3), A>;
    if (size == 4) return SumPixels<kInner, 4, InteriorCount(kNearest, 4), A>;
  } else {
    if (size == 2) return SumPixels<kInner, 2, InteriorCount(kBilinear, 2), A>;
    if (size == 3) return SumPixels<kInner, 3, InteriorCount(kBilinear, 3), A>;
    if (size == 4) return SumPixels<kInner, 4, InteriorCount(kBilinear, 4), A>;
  }
  return SumPixels<kInner, 0, 0, A>;
}

template <typename A>
PixelSum<A> SelectPixelSum(Interpolation interpolation, int64_t inner, int64_t size) {
  if (inner == 1) return SelectPixelSumOfSize<1, A>(interpolation, size);
  if (inner == 2) return SelectPixelSumOfSize<2, A>(interpolation, size);
  if (inner == 3) return SelectPixelSumOfSize<3, A>(interpolation, size);
  if (inner == 4) return SelectPixelSumOfSize<4, A>(interpolation, size);
  return SelectPixelSumOfSize<0, A>(interpolation, size);
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

// Sums a row `sums` of the output pixels from sums_begin on to the input pixels [begin, end).
template <typename A>
void GatherRow(const Geometry& g, PixelSum<A> sum_pixels, GatherWeights<A>& weights, const A* sums,
               int64_t sums_begin, int64_t begin, int64_t end, A* out) {
  for (int64_t j = begin; j < end;) {
    const Readers readers = ReadersOf(g.interpolation, j, g.in_w, g.size_w);
    const A* from = sums + (readers.begin - sums_begin) * g.inner;
    A* to = out + (j - begin) * g.inner;
    if (IsBorder(g.interpolation, j, g.in_w)) {
      SumPixels<0, 0, 0>(from, 1, g.inner, g.size_w, weights.Of(j, readers),
                         readers.end - readers.begin, to);
      ++j;
    } else {
      const int64_t interior_end =
          std::min(end, IsBorder(g.interpolation, g.in_w - 1, g.in_w) ? g.in_w - 1 : g.in_w);
      sum_pixels(from, interior_end - j, g.inner, g.size_w, weights.interior(),
                 weights.interior_count(), to);
      j = interior_end;
    }
  }
}

template <typename T>
void BackwardRows(const Geometry& g, const void* grad_out, void* grad_in, int64_t begin,
                  int64_t end) {
  using A = Accumulator<T>;
  const int64_t in_row_elements = g.in_w * g.inner;
  const int64_t out_row_elements = g.out_w() * g.inner;
  const int64_t tile_pixels =
      std::min(g.in_w, std::max<int64_t>(1, kTileElements / (g.size_w * g.inner)));
  const PixelSum<A> sum_pixels = SelectPixelSum<A>(g.interpolation, g.inner, g.size_w);
  GatherWeights<A> weights_h(g.interpolation, g.in_h, g.size_h);
  GatherWeights<A> weights_w(g.interpolation, g.in_w, g.size_w);
  Scratch<A> sums((tile_pixels + 1) * g.size_w * g.inner);
  Scratch<A> results(tile_pixels * g.inner);
  for (int64_t x = 0; x < g.in_w; x += tile_pixels) {
    const int64_t x_end = std::min(g.in_w, x + tile_pixels);
    const int64_t sums_begin = ReadersOf(g.interpolation, x, g.in_w, g.size_w).begin;
    const int64_t sums_end = ReadersOf(g.interpolation, x_end - 1, g.in_w, g.size_w).end;
    for (int64_t row = begin; row < end; ++row) {
      const int64_t y = row % g.in_h;
      const int64_t plane_row = row / g.in_h * g.out_h();
      const Readers readers = ReadersOf(g.interpolation, y, g.in_h, g.size_h);
      const T* from = static_cast<const T*>(grad_out) +
                      (plane_row + readers.begin) * out_row_elements + sums_begin * g.inner;
      SumRows(from, out_row_elements, weights_h.Of(y, readers), readers.end - readers.begin,
              (sums_end - sums_begin) * g.inner, sums.get());
      T* out = static_cast<T*>(grad_in) + row * in_row_elements + x * g.inner;
      A* to = Destination(out, results.get(), g.streams);
      GatherRow(g, sum_pixels, weights_w, sums.get(), sums_begin, x, x_end, to);
      Finish(to, (x_end - x) * g.inner, out, g.streams);
    }
  }
  if (g.streams) StreamFence();
}

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
