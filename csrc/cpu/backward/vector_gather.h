// The gradient where a pixel is a number of whole vectors. Each vector of the result is summed from
// all its readers, and nothing is stored in between, because a store waits behind the streamed ones
// before it, and so do the loads of what it has stored. This file is compiled per instruction set
// and includes core, cpu and the standard library only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "core/taps.h"
#include "cpu/backward/gather_weights.h"
#include "cpu/row_kernels.h"
#include "cpu/simd/convert.h"
#include "cpu/simd/stream.h"
#include "cpu/simd/terms.h"
#include "cpu/simd/vector.h"
#include "cpu/tuning.h"

namespace upsample {
namespace UPSAMPLE_ISA {

template <typename T>
class VectorGather {
 public:
  using A = Accumulator<T>;

  static constexpr bool kFitsAny = true;
  static bool Fits(const Geometry& g, const void* grad_in) {
    if (reinterpret_cast<uintptr_t>(grad_in) % kVectorBytes != 0 || g.inner % kElements != 0) {
      return false;
    }
    if (g.interpolation == Interpolation::kNearest) return g.size_h * g.size_w <= 16;
    if (g.size_h != g.size_w || g.size_w > 4) return false;
    const int64_t vectors = g.inner / kElements;
    if (vectors <= kMostCarried && kMostCarried % vectors == 0) return true;
    // Where the sums of columns don't stay in registers, some are computed twice. That costs too
    // much for a factor of 4, and with narrower vectors for any factor, unless the memory is slower
    // still.
    const bool waits_for_memory = std::is_same_v<T, A> && g.streams;
    if (kHasManyRegisters) return g.size_w <= 3 || waits_for_memory;
    return kVectorBytes >= 32 && g.size_w <= 3 && waits_for_memory;
  }

  VectorGather(const Geometry& g, const T* grad_out, T* grad_in, int64_t /*end*/)
      : g_(g),
        grad_out_(grad_out),
        grad_in_(grad_in),
        weights_h_(g.interpolation, g.in_h, g.size_h),
        weights_w_(g.interpolation, g.in_w, g.size_w),
        has_one_size_(g.size_h == g.size_w) {}

  bool has_room() const { return weights_h_.has_room() && weights_w_.has_room(); }

  // Wider rows would no longer be in L2 when they are read again.
  int64_t pixels_per_tile() const {
    return std::max<int64_t>(
        1, tuning::kRegisterTileBytes / int64_t{sizeof(T)} / (g_.size_w * g_.inner));
  }

  static constexpr int64_t rows_at_once() { return 1; }

  // Writes pixels [begin, end) of a row.
  void Run(int64_t row, int64_t /*rows*/, int64_t begin, int64_t end) const {
    const int64_t borders = BordersOf(g_.interpolation);
    const int64_t first = std::clamp(borders, begin, end);
    const int64_t last = std::clamp(g_.in_w - borders, first, end);
    SumAll(row, begin, first);
    if (IsBorder(g_.interpolation, row % g_.in_h, g_.in_h) || !has_one_size_) {
      SumAll(row, first, last);
    } else {
      VisitInterpolation(g_.interpolation, [&](auto interpolation) {
        SumInterior<interpolation()>(row, first, last);
      });
    }
    SumAll(row, last, end);
  }

 private:
  // The elements of T in a vector.
  static constexpr int64_t kElements = kVectorBytes / int64_t{sizeof(T)};

  // The most vectors of a pixel for which the sums of columns may stay in registers.
  static constexpr int64_t kMostCarried = kHasManyRegisters ? 4 : 1;

  // Returns the address of a pixel's first reader.
  const T* FirstReader(int64_t row, int64_t x) const {
    const int64_t y = row % g_.in_h, plane_row = row / g_.in_h * g_.out_h();
    const int64_t out_row = plane_row + ReadersOf(g_.interpolation, y, g_.in_h, g_.size_h).begin;
    const int64_t out_x = ReadersOf(g_.interpolation, x, g_.in_w, g_.size_w).begin;
    return grad_out_ + (out_row * g_.out_w() + out_x) * g_.inner;
  }
  T* ResultAt(int64_t row, int64_t x) const { return grad_in_ + (row * g_.in_w + x) * g_.inner; }

  // Writes any pixels, whatever readers they have.
  UPSAMPLE_APART void SumAll(int64_t row, int64_t begin, int64_t end) const {
    for (int64_t x = begin; x < end; ++x) SumAny(row, x);
  }
  UPSAMPLE_FLATTEN void SumAny(int64_t row, int64_t x) const {
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
      WriteVector(NarrowedVector(sum, T()), g_.streams, to + c);
    }
  }

  // Writes pixels away from the borders, where the factor is the same along both axes.
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
    SumAll(row, begin, end);
  }

  template <Interpolation kInterpolation, int64_t kSize>
  void SumInteriorBy(int64_t row, int64_t begin, int64_t end) const {
    constexpr int64_t kShared = InteriorCount(kInterpolation, kSize) - kSize;
    constexpr int64_t kRegisters = kShared * int64_t{sizeof(A) / sizeof(T)};  // of a vector's sums
    const int64_t vectors = g_.inner / kElements;
    if constexpr (kMostCarried >= 4 && 0 < kRegisters && kRegisters <= 4) {
      if (vectors % 4 == 0) return SumVectors<kInterpolation, kSize, 4>(row, begin, end);
    }
    if constexpr (kMostCarried >= 2 && 0 < kRegisters) {
      if (vectors % 2 == 0) return SumVectors<kInterpolation, kSize, 2>(row, begin, end);
    }
    SumVectors<kInterpolation, kSize, 1>(row, begin, end);
  }

  // Writes kVectors vectors of each pixel at a time.
  template <Interpolation kInterpolation, int64_t kSize, int64_t kVectors>
  UPSAMPLE_APART UPSAMPLE_FLATTEN void SumVectors(int64_t row, int64_t begin, int64_t end) const {
    if (begin >= end) return;
    using Sums = Interior<kInterpolation, kSize>;
    const int64_t inner = g_.inner;
    const Sums interior = {typename Sums::Weights(weights_h_.interior(), Sums::kCount),
                           typename Sums::Weights(weights_w_.interior(), Sums::kCount), inner,
                           g_.out_w() * inner, g_.streams};
    // Neighbouring pixels share columns, whose sums stay in registers from one pixel to the next.
    // Where these are not all vectors of a pixel, that is done for a few pixels only, because
    // memory is read fastest in its order. Where elements are widened, computing twice costs more
    // than leaving that order.
    const bool is_whole = inner == kVectors * kElements;
    const int64_t most_at_once = Sums::kShared == 0     ? 1
                                 : is_whole             ? end - begin
                                 : std::is_same_v<T, A> ? 1
                                                        : tuning::kResultsPerVector / inner;
    const T* from = FirstReader(row, begin);
    T* to = ResultAt(row, begin);
    for (int64_t x = begin; x < end;) {
      const int64_t pixels = std::clamp<int64_t>(most_at_once, 1, end - x);
      for (int64_t c = 0; c < inner; c += kVectors * kElements) {
        interior.template Sum<kVectors>(from + c, pixels, to + c);
      }
      x += pixels;
      from += pixels * kSize * inner;
      to += pixels * inner;
    }
  }

  // What is the same for all of a row's interior. It is a copy, which no store could change.
  template <Interpolation kInterpolation, int64_t kSize>
  struct Interior {
    static constexpr int64_t kCount = InteriorCount(kInterpolation, kSize);
    static constexpr int64_t kShared = kCount - kSize;  // columns that the next pixel reads too
    using Weights = Terms<A, kCount, kInterpolation != Interpolation::kNearest>;

    const Weights rows, columns;
    const int64_t inner, row_elements;
    const bool streams;

    // Writes kVectors vectors of each of some neighbouring pixels. The first pixel's readers begin
    // at `from`.
    template <int64_t kVectors>
    UPSAMPLE_INLINE void Sum(const T* from, int64_t pixels, T* to) const {
      const T* row_from[kCount];
      const auto move_to = [&](const T* at) {
        for (int64_t r = 0; r < kCount; ++r) row_from[r] = Opaque(at + r * row_elements);
      };
      const auto column_sum = [&](int64_t m, int64_t v) {
        return rows.Sum([&](int64_t r) {
          const T* const at = row_from[r] + m * inner + v * kElements;
          if (r >= kShared && m >= kShared) Prefetch(at);
          return WidenedVector(at);
        });
      };
      decltype(column_sum(0, 0)) sums[kVectors][kCount];
      move_to(from);
      for (int64_t v = 0; v < kVectors; ++v) {
        for (int64_t m = 0; m < kShared; ++m) sums[v][kSize + m] = column_sum(m, v);
      }
      for (int64_t i = 0; i < pixels; ++i, from += kSize * inner, to += inner) {
        move_to(from);
        for (int64_t v = 0; v < kVectors; ++v) {
          for (int64_t m = 0; m < kShared; ++m) sums[v][m] = sums[v][kSize + m];
          for (int64_t m = kShared; m < kCount; ++m) sums[v][m] = column_sum(m, v);
          const auto sum = columns.Sum([&](int64_t m) { return sums[v][m]; });
          WriteVector(NarrowedVector(sum, T()), streams, to + v * kElements);
        }
      }
    }
  };

  const Geometry& g_;
  const T* const grad_out_;
  T* const grad_in_;
  const GatherWeights<A> weights_h_;
  const GatherWeights<A> weights_w_;
  const bool has_one_size_;  // whether the factor is the same along both axes
};

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
