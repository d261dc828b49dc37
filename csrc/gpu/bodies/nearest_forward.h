// Nearest upsampling, forward: an item reads each input vector of its column once and writes it to
// all rows that repeat it. Stores follow each other along the output row; the loads of columns that
// repeat one input meet in one cache line. This file includes core and gpu/bodies only.
#pragma once

#include "core/taps.h"
#include "gpu/bodies/elements.h"
#include "gpu/bodies/walk.h"

namespace upsample {

// The output vector at a column, from a row of the input.
template <typename V, bool kAlongRow = V::kIsAlongRow>
class NearestColumn;

// Inside of a pixel: one vector of the pixel that is repeated.
template <typename V>
class NearestColumn<V, false> {
  using T = typename V::T;
  using Index = typename V::Index;
  static constexpr int kVector = V::kVectorElements;

 public:
  UPSAMPLE_HOST_DEVICE NearestColumn(const Walk<Index>& walk, Index column) {
    const Index x = walk.vectors_in_pixel.Quotient(column);
    const Index in_x = x / V::SizeW(walk);
    offset_ = (column - (x - in_x) * walk.vectors_per_pixel) * kVector;
  }

  template <typename In>
  UPSAMPLE_HOST_DEVICE Vectors<T, kVector, 1> Read(const In& row) const {
    return LoadVectors<T, kVector, 1>(row, offset_);
  }

 private:
  Index offset_;
};

// Along a row: pixel o repeats input o / kSize. If kSize divides the vector, its inputs are a
// vector too, or as many vectors as a pixel has elements. Otherwise they are read one by one, and
// which of two an output repeats depends on the phase at which the vector starts.
template <typename V>
class NearestColumn<V, true> {
  using T = typename V::T;
  using Index = typename V::Index;
  static constexpr int kVector = V::kVectorElements;
  static constexpr int kPixel = V::kVectorsAtOnce;
  static constexpr int kSize = V::kUnrolledW;
  static constexpr bool kIsAligned = kVector % kSize == 0;
  static constexpr int kInputs = kIsAligned ? kVector / kSize : (kVector - 1) / kSize + 2;
  static_assert(kIsAligned || kPixel == 1);

 public:
  UPSAMPLE_HOST_DEVICE NearestColumn(const Walk<Index>& walk, Index column)
      : first_(column * kVector / kSize), phase_(column * kVector % kSize), last_(walk.in_w - 1) {}

  template <typename In>
  UPSAMPLE_HOST_DEVICE Vectors<T, kVector, kPixel> Read(const In& row) const {
    Vectors<T, kVector, kPixel> outputs;
    if constexpr (kIsAligned) {
      const auto inputs = LoadVectors<T, kInputs, kPixel>(row, first_ * kPixel);
      UPSAMPLE_UNROLL
      for (int i = 0; i < kVector * kPixel; ++i) {
        outputs[i] = inputs[i / kPixel / kSize * kPixel + i % kPixel];
      }
    } else {
      T inputs[kInputs];
      UPSAMPLE_UNROLL
      for (int n = 0; n < kInputs; ++n) {
        inputs[n] = row.template Load<1>(Least<Index>(first_ + n, last_)).elements[0];
      }
      UPSAMPLE_UNROLL
      for (int i = 0; i < kVector; ++i) {
        const bool is_next = phase_ + i % kSize >= kSize;
        outputs[i] = is_next ? inputs[i / kSize + 1] : inputs[i / kSize];
      }
    }
    return outputs;
  }

 private:
  Index first_;
  Index phase_;
  Index last_;
};

template <typename V>
struct NearestForward {
  using Index = typename V::Index;

  template <typename In, typename Out>
  static UPSAMPLE_HOST_DEVICE void Run(const Walk<Index>& walk, Index item, const In& in,
                                       const Out& out) {
    const Position<Index> at = walk.Locate(item);
    const NearestColumn<V> column(walk, at.column);
    const Index out_x = at.column * (V::kVectorElements * V::kVectorsAtOnce);
    const Index begin = at.strip * walk.rows_per_item;
    const Index end = Least<Index>(begin + walk.rows_per_item, walk.in_h);
    int64_t y = static_cast<int64_t>(at.plane) * walk.in_h + begin;
    Out to = out.Shifted(y * V::SizeH(walk) * walk.out_row);
    for (Index row = begin; row < end; ++row, ++y) {
      const auto vectors = column.Read(in.Shifted(y * walk.in_row));
      UPSAMPLE_UNROLL
      for (Index k = 0; k < V::SizeH(walk); ++k, to = to.Shifted(walk.out_row)) {
        StoreVectors(to, out_x, vectors);
      }
    }
  }
};

}  // namespace upsample
