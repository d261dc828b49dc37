// Takes the pixels of two vectors in turn. Upsampling by 2 needs this along a row, where a pixel
// fits a vector of accumulators. This file is compiled per instruction set and includes cpu and the
// standard library only.
#pragma once

#include <cstdint>
#include <type_traits>

#include "cpu/simd/convert.h"
#include "cpu/simd/pixel_shift.h"
#include "cpu/simd/vector.h"

namespace upsample {
namespace UPSAMPLE_ISA {

template <typename T>
class PixelZip {
 public:
  using A = Accumulator<T>;

  static bool Fits(int64_t inner) { return inner == 1 || (kHasPermutation && inner <= kLanes<A>); }

  // `inner` fits.
  explicit PixelZip(int64_t inner) : step_(StepOf<A>(inner)) {
    for (int64_t lane = 0; lane < kLanes<A>; ++lane) {
      low_[lane] = Unzipped(lane, inner);
      high_[lane] = Unzipped(lane + kLanes<A>, inner);
      if constexpr (std::is_same_v<T, BFloat16>) {
        high_halves_[lane] = 2 * Unzipped(lane, inner) + 1;
        high_halves_[lane + kLanes<A>] = 2 * Unzipped(lane + kLanes<A>, inner) + 1;
      }
    }
  }

  int64_t step() const { return step_; }

  // Returns a pixel of the first, one of the second, the next one of the first, and so on: 2 *
  // step() elements.
  UPSAMPLE_INLINE Pair<A> Zip(Pair<A> pair) const {
    // Without a permutation, pixels are single elements.
    if (!kHasPermutation) return Interleaved(pair);
    return {PermutedPair(pair.first, pair.second, low_),
            PermutedPair(pair.first, pair.second, high_)};
  }

  // Returns Zip(), rounded. For bfloat16 it is one permutation of 16 bits.
  UPSAMPLE_INLINE Bits16 ZipNarrowed(Pair<A> pair) const {
    if constexpr (std::is_same_v<T, BFloat16> && kVectorBytes == 64) {
      return PermutedPair((Bits16)RoundedToHighHalf(pair.first),
                          (Bits16)RoundedToHighHalf(pair.second), high_halves_);
    } else {
      const Pair<A> zipped = Zip(pair);
      return Narrowed(zipped.first, zipped.second, T());
    }
  }

 private:
  // Returns where element i of the zipped pixels comes from.
  int64_t Unzipped(int64_t i, int64_t inner) const {
    if (i >= 2 * step_) return 0;
    const int64_t pixel = i / inner;
    return pixel % 2 * kLanes<A> + pixel / 2 * inner + i % inner;
  }

  const int64_t step_;
  Integers<A> low_, high_;
  Bits16 high_halves_;
};

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
