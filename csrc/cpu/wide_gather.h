// The gradient where a pixel is a number of whole vectors: each vector of the result is summed from
// all its readers, with nothing stored in between: a store waits behind the streamed ones before
// it, and so do the loads of what it has stored. (6 x 128 x 128 x 64 floats by 2, nearest, one
// thread of an AMD EPYC 9004, 2026-11: 5.7 ms with the sums of columns kept, 3.2 so.) Compiled per
// instruction set. Includes core, cpu and the standard library only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "core/taps.h"
#include "cpu/convert.h"
#include "cpu/gather_weights.h"
#include "cpu/row_kernels.h"
#include "cpu/stream.h"
#include "cpu/terms.h"
#include "cpu/vector.h"

namespace upsample {
namespace UPSAMPLE_ISA {

template <typename T>
class WideGather {
 public:
  using A = Accumulator<T>;

  static bool Fits(const Geometry& g, const T* grad_in) {
    if (reinterpret_cast<uintptr_t>(grad_in) % kVectorBytes != 0 || g.inner % kElements != 0) {
      return false;
    }
    if (g.interpolation == Interpolation::kNearest) return g.size_h * g.size_w <= 16;
    // Where the sums of columns don't stay in registers, they are computed twice. That is too much
    // for large factors, for elements that are widened for it, and for narrow vectors; but for
    // AVX2's the memory is slower still.
    const bool is_cheap = std::is_same_v<T, A> && kVectorBytes >= (g.streams ? 32 : 64);
    const int64_t most = g.inner == kElements ? 4 : is_cheap ? 3 : 0;
    return g.size_h == g.size_w && g.size_w <= most;
  }

  WideGather(const Geometry& g, const T* grad_out, T* grad_in)
      : g_(g),
        grad_out_(grad_out),
        grad_in_(grad_in),
        weights_h_(g.interpolation, g.in_h, g.size_h),
        weights_w_(g.interpolation, g.in_w, g.size_w),
        has_one_size_(g.size_h == g.size_w) {}

  // Rows that are wider would not be in L2 any more when they are read again.
  int64_t pixels_per_tile() const {
    return std::max<int64_t>(1, kTileElements / (g_.size_w * g_.inner));
  }

  // Writes pixels [begin, end) of a row.
  void Run(int64_t row, int64_t begin, int64_t end) const {
    const int64_t borders = IsBorder(g_.interpolation, int64_t{0}, g_.in_w) ? 1 : 0;
    const int64_t first = std::clamp(borders, begin, end);
    const int64_t last = std::clamp(g_.in_w - borders, first, end);
    if (begin < first) SumAny(row, begin);
    if (IsBorder(g_.interpolation, row % g_.in_h, g_.in_h) || !has_one_size_) {
      for (int64_t x = first; x < last; ++x) SumAny(row, x);
    } else if (g_.interpolation == Interpolation::kNearest) {
      SumInterior<Interpolation::kNearest>(row, first, last);
    } else {
      SumInterior<Interpolation::kBilinear>(row, first, last);
    }
    if (last < end) SumAny(row, last);
  }

 private:
  // Of T in a vector.
  static constexpr int64_t kElements = kVectorBytes / int64_t{sizeof(T)};

  // The first reader of a pixel.
  const T* FirstReader(int64_t row, int64_t x) const {
    const int64_t y = row % g_.in_h, plane_row = row / g_.in_h * g_.out_h();
    const int64_t out_row = plane_row + ReadersOf(g_.interpolation, y, g_.in_h, g_.size_h).begin;
    const int64_t out_x = ReadersOf(g_.interpolation, x, g_.in_w, g_.size_w).begin;
    return grad_out_ + (out_row * g_.out_w() + out_x) * g_.inner;
  }
  T* ResultAt(int64_t row, int64_t x) const { return grad_in_ + (row * g_.in_w + x) * g_.inner; }

  void Write(decltype(NarrowedVector(WidenedVector((const T*)nullptr), T())) result, T* to) const {
    if (g_.streams) {
      StreamVector(result, to);
    } else {
      Store(result, to);
    }
  }

  // Any pixel, with whatever readers it has.
  void SumAny(int64_t row, int64_t x) const {
    const int64_t y = row % g_.in_h, inner = g_.inner, row_elements = g_.out_w() * inner;
    const Readers readers_h = ReadersOf(g_.interpolation, y, g_.in_h, g_.size_h);
    const Readers readers_w = ReadersOf(g_.interpolation, x, g_.in_w, g_.size_w);
    const Terms<A, 0> rows(weights_h_.Of(y), readers_h.end - readers_h.begin);
    const Terms<A, 0> columns(weights_w_.Of(x), readers_w.end - readers_w.begin);
    const T* const from = FirstReader(row, x);
    T* const to = ResultAt(row, x);
    for (int64_t c = 0; c < inner; c += kElements) {
      const auto sum = columns.Sum([&](int64_t m) {
        return rows.Sum(
            [&](int64_t r) { return WidenedVector(from + r * row_elements + m * inner + c); });
      });
      Write(NarrowedVector(sum, T()), to + c);
    }
  }

  // Pixels that are no borders, of factors that are the same along both axes.
  template <Interpolation kInterpolation>
  void SumInterior(int64_t row, int64_t begin, int64_t end) const {
    switch (g_.size_w) {
      case 2:
        return SumInteriorBy<kInterpolation, 2>(row, begin, end);
      case 3:
        return SumInteriorBy<kInterpolation, 3>(row, begin, end);
      case 4:
        return SumInteriorBy<kInterpolation, 4>(row, begin, end);
    }
    for (int64_t x = begin; x < end; ++x) SumAny(row, x);
  }

  template <Interpolation kInterpolation, int64_t kSize>
  void SumInteriorBy(int64_t row, int64_t begin, int64_t end) const {
    // Neighbouring pixels share columns, whose sums stay in registers from one pixel to the next
    // where it is a single vector. (With more, memory would not be read in its order.)
    if (begin >= end) return;
    constexpr int64_t kCount = InteriorCount(kInterpolation, kSize), kShared = kCount - kSize;
    const int64_t inner = g_.inner, row_elements = g_.out_w() * inner;
    const Terms<A, kCount> rows(weights_h_.interior(), kCount);
    const Terms<A, kCount> columns(weights_w_.interior(), kCount);
    const int64_t pixels_at_once = inner == kElements ? end - begin : 1;
    const T* first_reader = FirstReader(row, begin);
    T* first_result = ResultAt(row, begin);
    for (int64_t x = begin; x < end; x += pixels_at_once) {
      for (int64_t c = 0; c < inner; c += kElements) {
        const T* from = first_reader + c;
        T* to = first_result + c;
        const auto column_sum = [&](int64_t m) {
          return rows.Sum([&](int64_t r) {
            const T* const at = from + r * row_elements + m * inner;
            if (r >= kShared && m >= kShared) Prefetch(at);
            return WidenedVector(at);
          });
        };
        decltype(column_sum(0)) sums[kCount];
        for (int64_t m = 0; m < kShared; ++m) sums[kSize + m] = column_sum(m);
        for (int64_t i = 0; i < pixels_at_once; ++i, from += kSize * inner, to += inner) {
          for (int64_t m = 0; m < kShared; ++m) sums[m] = sums[kSize + m];
          for (int64_t m = kShared; m < kCount; ++m) sums[m] = column_sum(m);
          Write(NarrowedVector(columns.Sum([&](int64_t m) { return sums[m]; }), T()), to);
        }
      }
      first_reader += pixels_at_once * kSize * inner;
      first_result += pixels_at_once * inner;
    }
  }

  // Of a row of the output's gradient.
  static constexpr int64_t kTileElements = 128 * 1024 / int64_t{sizeof(T)};

  const Geometry& g_;
  const T* const grad_out_;
  T* const grad_in_;
  const GatherWeights<A> weights_h_;
  const GatherWeights<A> weights_w_;
  const bool has_one_size_;  // along both axes
};

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
