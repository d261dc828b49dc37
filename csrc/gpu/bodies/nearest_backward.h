// The gradient of nearest upsampling: an item sums the outputs that repeat each input of its
// column, down the rows first and then along the row. The CPU kernels do the same, so the bits are
// the same. Each element of grad_out is read once. This file includes core and gpu/bodies only.
#pragma once

#include "gpu/bodies/elements.h"
#include "gpu/bodies/walk.h"

namespace upsample {

// A vector of low-resolution sums at a column, from the rows of grad_out that begin at `rows`.
template <typename V, bool kAlongRow = V::kIsAlongRow>
class NearestSums;

// Inside of a pixel: a sum over the vectors at the same place in the pixels that repeat this one.
template <typename V>
class NearestSums<V, false> {
  using Index = typename V::Index;
  using Real = RealOf<typename V::T>;
  static constexpr int kVector = V::kVectorElements;

 public:
  static constexpr int kElements = kVector;

  UPSAMPLE_HOST_DEVICE NearestSums(const Walk<Index>& walk, Index column) {
    const Index x = walk.vectors_in_pixel.Quotient(column);
    const Index in_pixel = column - x * walk.vectors_per_pixel;
    offset_ = x * V::SizeW(walk) * walk.inner + in_pixel * kVector;
  }

  template <typename In>
  UPSAMPLE_HOST_DEVICE Reals<Real, kElements> Read(const Walk<Index>& walk, const In& rows,
                                                   int64_t row_elements) const {
    const auto total = [&](Index m) {
      const Index x = offset_ + m * walk.inner;
      auto down = WidenAll(rows.template Load<kVector>(x));
      UPSAMPLE_UNROLL
      for (Index k = 1; k < V::SizeH(walk); ++k) {
        Add(WidenAll(rows.Shifted(k * row_elements).template Load<kVector>(x)), &down);
      }
      return down;
    };
    auto sum = total(0);
    UPSAMPLE_UNROLL
    for (Index m = 1; m < V::SizeW(walk); ++m) Add(total(m), &sum);
    return sum;
  }

 private:
  Index offset_;
};

// Along a row: the column is as few vectors of grad_out as hold whole groups of kSize pixels.
template <typename V>
class NearestSums<V, true> {
  using Index = typename V::Index;
  using Real = RealOf<typename V::T>;
  static constexpr int kVector = V::kVectorElements;
  static constexpr int kPixel = V::kVectorsAtOnce;
  static constexpr int kSize = V::kUnrolledW;
  static constexpr int kVectors = V::kPixelVectors * kPixel;

 public:
  static constexpr int kElements = kVectors * kVector / kSize;

  UPSAMPLE_HOST_DEVICE NearestSums(const Walk<Index>&, Index column)
      : offset_(column * (kVectors * kVector)) {}

  template <typename In>
  UPSAMPLE_HOST_DEVICE Reals<Real, kElements> Read(const Walk<Index>& walk, const In& rows,
                                                   int64_t row_elements) const {
    Reals<Real, kVector> totals[kVectors];
    UPSAMPLE_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      const Index x = offset_ + v * kVector;
      totals[v] = WidenAll(rows.template Load<kVector>(x));
      UPSAMPLE_UNROLL
      for (Index k = 1; k < V::SizeH(walk); ++k) {
        Add(WidenAll(rows.Shifted(k * row_elements).template Load<kVector>(x)), &totals[v]);
      }
    }
    Reals<Real, kElements> sums;
    UPSAMPLE_UNROLL
    for (int i = 0; i < kVectors * kVector; ++i) {
      const Real total = totals[i / kVector].values[i % kVector];
      const int o = i / kPixel;
      Real& sum = sums.values[o / kSize * kPixel + i % kPixel];
      sum = o % kSize == 0 ? total : sum + total;
    }
    return sums;
  }

 private:
  Index offset_;
};

template <typename V>
struct NearestBackward {
  using Index = typename V::Index;

  template <typename In, typename Out>
  static UPSAMPLE_HOST_DEVICE void Run(const Walk<Index>& walk, Index item, const In& grad_out,
                                       const Out& grad_in) {
    const Position<Index> at = walk.Locate(item);
    const NearestSums<V> column(walk, at.column);
    const Index in_x = at.column * column.kElements;
    const Index begin = at.strip * walk.rows_per_item;
    const Index end = Least<Index>(begin + walk.rows_per_item, walk.in_h);
    int64_t y = static_cast<int64_t>(at.plane) * walk.in_h + begin;
    for (Index row = begin; row < end; ++row, ++y) {
      const auto sums =
          column.Read(walk, grad_out.Shifted(y * V::SizeH(walk) * walk.out_row), walk.out_row);
      StoreVectors(grad_in.Shifted(y * walk.in_row), in_x,
                   NarrowToVectors<typename V::T, V::kVectorsAtOnce>(sums));
    }
  }
};

}  // namespace upsample
