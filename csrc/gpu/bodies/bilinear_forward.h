// Bilinear upsampling, forward: an item walks down the gaps between input rows. It interpolates
// each row at its column once, keeps it for two gaps, and blends it into the output rows of both.
// This file includes core and gpu/bodies only.
#pragma once

#include "core/taps.h"
#include "gpu/bodies/elements.h"
#include "gpu/bodies/walk.h"

namespace upsample {

// The horizontally interpolated vector at a column, from a row of the input.
template <typename V, bool kAlongRow = V::kIsAlongRow>
class BilinearColumn;

// Inside of a pixel: a blend of the vectors at the same place in two pixels.
template <typename V>
class BilinearColumn<V, false> {
  using Index = typename V::Index;
  using T = typename V::T;
  using Real = RealOf<T>;
  static constexpr int kVector = V::kVectorElements;

 public:
  UPSAMPLE_HOST_DEVICE BilinearColumn(const Walk<Index>& walk, Index column) {
    const Index x = walk.vectors_in_pixel.Quotient(column);
    const Tap<Index> tap = TapOf(x, walk.in_w, V::SizeW(walk));
    low_ = tap.low * walk.inner + (column - x * walk.vectors_per_pixel) * kVector;
    high_ = tap.is_copy ? low_ : low_ + walk.inner;
    is_copy_ = tap.is_copy;
    weight_of_high_ = WeightOfHigh<Real>(tap.k, V::SizeW(walk));
  }

  struct Inputs {
    Vector<T, kVector> low, high;
  };

  template <typename In>
  UPSAMPLE_HOST_DEVICE Inputs Fetch(const In& row) const {
    return {row.template Load<kVector>(low_), row.template Load<kVector>(high_)};
  }

  UPSAMPLE_HOST_DEVICE Reals<Real, kVector> Interpolate(const Inputs& inputs) const {
    const Reals<Real, kVector> low = WidenAll(inputs.low);
    return Choose(is_copy_, low, BlendAll(weight_of_high_, low, WidenAll(inputs.high)));
  }

 private:
  Index low_, high_;
  Real weight_of_high_;
  bool is_copy_;
};

// Along a row: it makes kVector pixels of the output from a window of inputs, which are those at
// the ends of the gaps in which the outputs lie. first_gap_ is the gap of the first output, and
// phase_ its phase there. If a pixel has several elements, each has a window of its own.
template <typename V>
class BilinearColumn<V, true> {
  using Index = typename V::Index;
  using T = typename V::T;
  using Real = RealOf<T>;
  static constexpr int kVector = V::kVectorElements;
  static constexpr int kPixel = V::kVectorsAtOnce;
  static constexpr int kSize = V::kUnrolledW;
  static constexpr bool kIsAligned = kVector % kSize == 0;
  static_assert(kIsAligned || kPixel == 1);
  static constexpr int kInner = kIsAligned ? kVector / kSize : (kVector - 1) / kSize + 1;

 public:
  // For output o, o - FirstOfGap(-1) = (gap + 1) * kSize + phase, which is never negative.
  UPSAMPLE_HOST_DEVICE BilinearColumn(const Walk<Index>& walk, Index column)
      : first_gap_((column * kVector - FirstOfGap(-1, kSize)) / kSize - 1),
        phase_(kIsAligned ? -FirstOfGap(-1, kSize) % kSize
                          : (column * kVector - FirstOfGap(-1, kSize)) % kSize),
        in_w_(walk.in_w) {}

  // The inner inputs are vectors if they are aligned, and single elements otherwise. There is one
  // more input at either side.
  struct Inputs {
    Vectors<T, 1, kPixel> before, after;
    Vectors<T, kIsAligned ? kInner : 1, kIsAligned ? kPixel : kInner> inner;
  };

  template <typename In>
  UPSAMPLE_HOST_DEVICE Inputs Fetch(const In& row) const {
    Inputs inputs;
    inputs.before = FetchPixel(row, first_gap_);
    if constexpr (kIsAligned) {
      inputs.inner = LoadVectors<T, kInner, kPixel>(row, (first_gap_ + 1) * kPixel);
    } else {
      UPSAMPLE_UNROLL
      for (int n = 0; n < kInner; ++n) {
        inputs.inner.vectors[n] = FetchPixel(row, first_gap_ + 1 + n).vectors[0];
      }
    }
    inputs.after = FetchPixel(row, first_gap_ + kInner + 1);
    return inputs;
  }

  UPSAMPLE_HOST_DEVICE Reals<Real, kVector * kPixel> Interpolate(const Inputs& inputs) const {
    const auto inner = WidenAll(inputs.inner);
    Reals<Real, kVector * kPixel> outputs;
    UPSAMPLE_UNROLL
    for (int c = 0; c < kPixel; ++c) {
      Real window[kInner + 2];
      window[0] = Widen(inputs.before[c]);
      UPSAMPLE_UNROLL
      for (int n = 0; n < kInner; ++n) window[n + 1] = inner.values[n * kPixel + c];
      window[kInner + 1] = Widen(inputs.after[c]);
      UPSAMPLE_UNROLL
      for (int i = 0; i < kVector; ++i) outputs.values[i * kPixel + c] = Output(window, i);
    }
    return outputs;
  }

 private:
  template <typename In>
  UPSAMPLE_HOST_DEVICE Vectors<T, 1, kPixel> FetchPixel(const In& row, Index x) const {
    const Index inside = Greatest<Index>(0, Least<Index>(x, in_w_ - 1));
    return LoadVectors<T, 1, kPixel>(row, inside * kPixel);
  }

  // Output i lies in gap n of the window or in the one after it. The compiler knows both if it
  // knows the phase. Otherwise a choice is made between them, because a window stays in registers
  // only while no index into it depends on the thread.
  UPSAMPLE_HOST_DEVICE Real Output(const Real (&window)[kInner + 2], int i) const {
    if constexpr (kIsAligned) {
      constexpr int kPhase = -FirstOfGap(-1, kSize) % kSize;
      return BlendInGap(window, (kPhase + i) / kSize, (kPhase + i) % kSize);
    } else {
      const int n = i / kSize;
      Real output = window[n];
      UPSAMPLE_UNROLL
      for (int phase = 0; phase < kSize; ++phase) {
        const int from_gap = phase + i % kSize;
        if (phase == phase_) output = BlendInGap(window, n + from_gap / kSize, from_gap % kSize);
      }
      return output;
    }
  }

  UPSAMPLE_HOST_DEVICE Real BlendInGap(const Real (&window)[kInner + 2], int n, int k) const {
    const Index gap = first_gap_ + n;
    const Real low = window[n];
    const Real blend = Blend(WeightOfHigh<Real>(k, kSize), low, window[n + 1]);
    // The inner inputs of aligned windows are all in the image, and so are the gaps between them.
    const bool may_be_first = !kIsAligned || n == 0;
    const bool may_be_last = !kIsAligned || n == kInner;
    const bool is_border = (may_be_first && gap < 0) || (may_be_last && gap >= in_w_ - 1);
    return k < FirstBlendedPhase(kSize) || is_border ? low : blend;
  }

  Index first_gap_;
  Index phase_;
  Index in_w_;
};

template <typename V>
struct BilinearForward {
  using Index = typename V::Index;
  using T = typename V::T;
  using Real = RealOf<T>;

  template <typename In, typename Out>
  static UPSAMPLE_HOST_DEVICE void Run(const Walk<Index>& walk, Index item, const In& in,
                                       const Out& out) {
    const Position<Index> at = walk.Locate(item);
    const BilinearColumn<V> column(walk, at.column);
    const Index out_x = at.column * (V::kVectorElements * V::kVectorsAtOnce);
    const Index size_h = V::SizeH(walk);
    const int64_t first_row = static_cast<int64_t>(at.plane) * walk.in_h;
    // The first gap is the one before the first row, numbered -1. Where one end of a gap has no
    // row, copies of the other end's row fill the gap.
    const Index begin = at.strip * walk.rows_per_item - 1;
    const Index end = Least<Index>(begin + walk.rows_per_item, walk.in_h);
    const auto row = [&](Index y) {
      const Index inside = Greatest<Index>(0, Least<Index>(y, walk.in_h - 1));
      return in.Shifted((first_row + inside) * walk.in_row);
    };
    Out to = out.Shifted((first_row * size_h + FirstOfGap(begin, size_h)) * walk.out_row);
    auto low = column.Interpolate(column.Fetch(row(begin)));
    auto ahead = column.Fetch(row(begin + 1));
    for (Index gap = begin; gap < end; ++gap) {
      const auto high = column.Interpolate(ahead);
      ahead = column.Fetch(row(Least<Index>(gap + 2, end)));  // it is on its way during the stores
      const bool is_border = gap < 0 || gap == walk.in_h - 1;
      UPSAMPLE_UNROLL
      for (Index k = 0; k < size_h; ++k, to = to.Shifted(walk.out_row)) {
        const bool is_copy = is_border || k < FirstBlendedPhase(size_h);
        const auto blend = BlendAll(WeightOfHigh<Real>(k, size_h), low, high);
        const Index y = FirstOfGap(gap, size_h) + k;
        const bool is_inside = y >= 0 && y < walk.in_h * size_h;
        const auto vectors = NarrowToVectors<T, V::kVectorsAtOnce>(Choose(is_copy, low, blend));
        if (is_inside) StoreVectors(to, out_x, vectors);
      }
      low = high;
    }
  }
};

}  // namespace upsample
