// The gradient of bilinear upsampling: an item walks down the gaps between low-resolution rows.
// What a row of grad_out gives to the item's column is summed once, and divided between the two
// rows at the ends of the gap. This file includes core and gpu/bodies only.
#pragma once

#include "core/taps.h"
#include "gpu/bodies/elements.h"
#include "gpu/bodies/walk.h"

namespace upsample {

// What a row of grad_out gives to the low-resolution elements of a column: each is the weighted sum
// of its readers (core/taps.h). Border inputs take the weights of interior ones, and readers
// outside of the image are reflected into it, so no lane branches differently from its neighbours.
template <typename V, bool kAlongRow = V::kIsAlongRow>
class BilinearSums;

// Inside of a pixel: a sum of the vectors at the same place in the pixels that read this one.
template <typename V>
class BilinearSums<V, false> {
  using Index = typename V::Index;
  using Real = RealOf<typename V::T>;
  static constexpr auto kBilinear = Interpolation::kBilinear;
  static constexpr int kVector = V::kVectorElements;
  static constexpr int kSize = V::kUnrolledW;
  static constexpr int kReaders = kSize == 0 ? 1 : InteriorCount(kBilinear, kSize);

 public:
  static constexpr int kElements = kVector;

  UPSAMPLE_HOST_DEVICE BilinearSums(const Walk<Index>& walk, Index column) {
    const Index x = walk.vectors_in_pixel.Quotient(column);
    in_pixel_ = (column - x * walk.vectors_per_pixel) * kVector;
    inner_ = walk.inner;
    size_ = V::SizeW(walk);
    out_w_ = walk.in_w * size_;
    begin_ = InteriorBegin(kBilinear, size_) + x * size_;
    UPSAMPLE_UNROLL
    for (int m = 0; m < kReaders; ++m) offsets_[m] = Offset(m);
  }

  template <typename In>
  UPSAMPLE_HOST_DEVICE Reals<Real, kElements> Read(const In& row) const {
    Reals<Real, kElements> sum = {};
    if constexpr (kSize != 0) {
      UPSAMPLE_UNROLL
      for (int m = 0; m < kReaders; ++m) {
        const Real weight = InteriorWeight<Real>(kBilinear, m, kSize);
        AddTimes(weight, WidenAll(row.template Load<kVector>(offsets_[m])), &sum);
      }
    } else {
      for (Index m = 0; m < InteriorCount(kBilinear, size_); ++m) {
        const Real weight = InteriorWeight<Real>(kBilinear, m, size_);
        AddTimes(weight, WidenAll(row.template Load<kVector>(Offset(m))), &sum);
      }
    }
    return sum;
  }

 private:
  UPSAMPLE_HOST_DEVICE Index Offset(Index m) const {
    return Reflect(begin_ + m, out_w_) * inner_ + in_pixel_;
  }

  Index in_pixel_, inner_, size_, out_w_, begin_;
  Index offsets_[kReaders];
};

// Along a row: it loads as few vectors of grad_out as hold whole groups of kSize pixels, and before
// and after them the kHalo pixels that also read the outermost inputs. At the ends of a row those
// are reflections of the vectors' own pixels.
template <typename V>
class BilinearSums<V, true> {
  using Index = typename V::Index;
  using T = typename V::T;
  using Real = RealOf<T>;
  static constexpr auto kBilinear = Interpolation::kBilinear;
  static constexpr int kVector = V::kVectorElements;
  static constexpr int kPixel = V::kVectorsAtOnce;
  static constexpr int kSize = V::kUnrolledW;
  static constexpr int kHalo = -InteriorBegin(kBilinear, kSize);
  static constexpr int kCentre = V::kPixelVectors * kVector;
  static_assert(kHalo > 0 && kHalo <= kCentre);

 public:
  static constexpr int kElements = kCentre / kSize * kPixel;

  UPSAMPLE_HOST_DEVICE BilinearSums(const Walk<Index>& walk, Index column)
      : begin_(column * (kCentre * kPixel)),
        is_first_(column == 0),
        is_last_((column + 1) * (kCentre / kSize) == walk.in_w) {}

  template <typename In>
  UPSAMPLE_HOST_DEVICE Reals<Real, kElements> Read(const In& row) const {
    constexpr int kVectors = V::kPixelVectors * kPixel;
    const auto centre = WidenAll(LoadVectors<T, kVector, kVectors>(row, begin_));
    const auto before =
        WidenAll(LoadVectors<T, kHalo, kPixel>(row, is_first_ ? begin_ : begin_ - kHalo * kPixel));
    const auto after =
        WidenAll(LoadVectors<T, kHalo, kPixel>(row, is_last_ ? begin_ : begin_ + kCentre * kPixel));
    Reals<Real, kElements> sums = {};
    UPSAMPLE_UNROLL
    for (int c = 0; c < kPixel; ++c) {
      Real window[kHalo + kCentre + kHalo];
      UPSAMPLE_UNROLL
      for (int i = 0; i < kCentre; ++i) window[kHalo + i] = centre.values[i * kPixel + c];
      UPSAMPLE_UNROLL
      for (int i = 0; i < kHalo; ++i) {
        const int left = kHalo - 1 - i;
        const int right = kHalo + kCentre + i;
        window[left] = is_first_ ? window[kHalo + i] : before.values[left * kPixel + c];
        window[right] = is_last_ ? window[kHalo + kCentre - 1 - i] : after.values[i * kPixel + c];
      }
      UPSAMPLE_UNROLL
      for (int i = 0; i < kCentre / kSize; ++i) {
        UPSAMPLE_UNROLL
        for (int m = 0; m < InteriorCount(kBilinear, kSize); ++m) {
          sums.values[i * kPixel + c] +=
              InteriorWeight<Real>(kBilinear, m, kSize) * window[i * kSize + m];
        }
      }
    }
    return sums;
  }

 private:
  Index begin_;
  bool is_first_;
  bool is_last_;
};

template <typename V>
struct BilinearBackward {
  using Index = typename V::Index;
  using T = typename V::T;
  using Real = RealOf<T>;

  template <typename In, typename Out>
  static UPSAMPLE_HOST_DEVICE void Run(const Walk<Index>& walk, Index item, const In& grad_out,
                                       const Out& grad_in) {
    const Position<Index> at = walk.Locate(item);
    const BilinearSums<V> column(walk, at.column);
    const Index in_x = at.column * column.kElements;
    const Index size_h = V::SizeH(walk);
    const int64_t first_row = static_cast<int64_t>(at.plane) * walk.in_h;

    // Rows outside of the image are reflected into it, as columns are. The gap before the strip's
    // first row is walked for that row alone, so what it sums up for the row above is dropped.
    const Index begin = at.strip * walk.rows_per_item;
    const Index end = Least<Index>(begin + walk.rows_per_item, walk.in_h);
    Reals<Real, column.kElements> low = {};
    for (Index gap = begin - 1; gap < end; ++gap) {
      Reals<Real, column.kElements> high = {};
      UPSAMPLE_UNROLL
      for (Index k = 0; k < size_h; ++k) {
        const Index y = Reflect(FirstOfGap(gap, size_h) + k, walk.in_h * size_h);
        const auto sum = column.Read(grad_out.Shifted((first_row * size_h + y) * walk.out_row));
        AddTimes(WeightOfLow<Real>(k, size_h), sum, &low);
        if (k >= FirstBlendedPhase(size_h)) AddTimes(WeightOfHigh<Real>(k, size_h), sum, &high);
      }
      if (gap >= begin) {
        StoreVectors(grad_in.Shifted((first_row + gap) * walk.in_row), in_x,
                     NarrowToVectors<T, V::kVectorsAtOnce>(low));
      }
      low = high;
    }
  }
};

}  // namespace upsample
