// Which part of the tensors an item works on. This file includes core and gpu/bodies only.
//
// An item walks down one column, which is a vector wide, of one strip of rows. What depends on the
// column alone (a division, horizontal taps and weights) is computed once per strip, and a row that
// two neighbouring rows both need is read once. Items are numbered along the row first, so that the
// threads of a warp read and write neighbours in memory, and then over strips and planes.
#pragma once

#include <cstdint>
#include <type_traits>

#include "gpu/bodies/elements.h"
#include "gpu/bodies/host_device.h"

namespace upsample {

// Division by a number that is fixed before the launch, as a multiplication and a shift.
//
// With W bits and 2^(l-1) < d <= 2^l, let m = ceil(2^(W-1+l) / d), which is below 2^W. For n below
// 2^(W-1) the quotient n * m / 2^(W-1+l) exceeds n / d by n * e / (d * 2^(W-1+l)), where e = m * d
// - 2^(W-1+l) < d <= 2^l. That is less than 1 / d, too little to reach the next integer.
template <typename Index>
class Divider {
  using Unsigned = std::make_unsigned_t<Index>;
  using Wide = std::conditional_t<sizeof(Index) == 4, uint64_t, unsigned __int128>;
  static constexpr int kBits = 8 * sizeof(Index);

 public:
  explicit Divider(Index divisor) : shift_(0) {
    while ((Unsigned{1} << shift_) < static_cast<Unsigned>(divisor)) ++shift_;
    const Wide power = Wide{1} << (kBits - 1 + shift_);
    multiplier_ = static_cast<Unsigned>((power + divisor - 1) / divisor);
  }

  // n >= 0. It is doubled, so that the shift starts from a whole word.
  UPSAMPLE_HOST_DEVICE Index Quotient(Index n) const {
    const Wide product = Wide{static_cast<Unsigned>(n) << 1} * multiplier_;
    return static_cast<Index>(static_cast<Unsigned>(product >> kBits) >> shift_);
  }

 private:
  Unsigned multiplier_;
  int shift_;
};

// Where an item works.
template <typename Index>
struct Position {
  Index plane;
  Index strip;
  Index column;
};

// What all items of a launch share. Index holds the number of items and the elements of a row.
// Offsets beyond a row are 64-bit, and are computed once per item.
template <typename Index>
struct Walk {
  Index in_h, in_w, size_h, size_w;
  Index inner;              // elements per pixel
  int64_t in_row, out_row;  // elements per row
  Index rows_per_item;      // of the low resolution; in bilinear forward, gaps between them
  Index items;
  Divider<Index> columns;           // per row
  Divider<Index> strips;            // per plane
  Divider<Index> vectors_in_pixel;  // 1 where vectors lie along a row
  Index columns_per_row, strips_per_plane, vectors_per_pixel;

  UPSAMPLE_HOST_DEVICE Position<Index> Locate(Index item) const {
    const Index row = columns.Quotient(item);
    const Index plane = strips.Quotient(row);
    return {plane, row - plane * strips_per_plane, item - row * columns_per_row};
  }
};

constexpr int GreatestCommonDivisor(int a, int b) {
  return b == 0 ? a : GreatestCommonDivisor(b, a % b);
}

template <typename Index>
UPSAMPLE_HOST_DEVICE Index Least(Index a, Index b) {
  return a < b ? a : b;
}
template <typename Index>
UPSAMPLE_HOST_DEVICE Index Greatest(Index a, Index b) {
  return a < b ? b : a;
}

template <bool kWide>
using IndexOf = std::conditional_t<kWide, int64_t, int32_t>;

// One compiled form of a kernel. Vectors have kVector elements. If kRowPixel is 0, they lie
// inside of a pixel. Otherwise they lie along a row whose pixels have kRowPixel elements, where
// kSizeW is 2, 3 or 4. A factor of 0 stands for the one given at run time.
template <Element kElement_, int kVector, int kRowPixel_, int kSizeH, int kSizeW, bool kWide>
struct Variant {
  static constexpr Element kElement = kElement_;
  static constexpr int kRowPixel = kRowPixel_;
  static constexpr bool kIsWide = kWide;
  using T = typename TypeOfElement<kElement>::Type;
  using Index = IndexOf<kWide>;
  static constexpr int kVectorElements = kVector;
  static constexpr bool kIsAlongRow = kRowPixel != 0;
  // An item reads and writes so many vectors at once: as many as whole groups of pixels take.
  static constexpr int kVectorsAtOnce = kIsAlongRow ? kRowPixel : 1;
  static constexpr int kUnrolledH = kSizeH;
  static constexpr int kUnrolledW = kSizeW;
  // Along a row, kVector * kPixelVectors is the least number of high-resolution pixels that hold
  // whole groups of kSizeW, and whole vectors.
  static constexpr int kPixelVectors =
      kIsAlongRow ? kSizeW / GreatestCommonDivisor(kVector, kSizeW) : 0;

  static UPSAMPLE_HOST_DEVICE Index SizeH(const Walk<Index>& walk) {
    return kSizeH == 0 ? walk.size_h : Index{kSizeH};
  }
  static UPSAMPLE_HOST_DEVICE Index SizeW(const Walk<Index>& walk) {
    return kSizeW == 0 ? walk.size_w : Index{kSizeW};
  }
};

}  // namespace upsample
