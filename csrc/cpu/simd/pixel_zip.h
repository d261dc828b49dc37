// The pixels of two vectors in turn, and such pixels taken apart again: what is left to do along a
// row for a factor of 2, where a pixel fits a vector of accumulators. Compiled per instruction set.
// Includes cpu and the standard library only.
#pragma once

#include <cstdint>
#include <type_traits>

#include "cpu/simd/convert.h"
#include "cpu/simd/vector.h"

namespace upsample {
namespace UPSAMPLE_ISA {

template <typename T>
class PixelZip {
 public:
  using A = Accumulator<T>;

  static bool Fits(int64_t inner) { return inner == 1 || (kHasPermutation && inner <= kLanes<A>); }

  // `inner` fits.
  explicit PixelZip(int64_t inner) : step_(kLanes<A> / inner * inner) {
    for (int64_t lane = 0; lane < kLanes<A>; ++lane) {
      zip_.low[lane] = Unzipped(lane, inner);
      zip_.high[lane] = Unzipped(lane + kLanes<A>, inner);
      const int64_t even = lane / inner * 2 * inner + lane % inner;
      unzip_.low[lane] = PlaceInWidenedPair<T>(lane < step_ ? even : 0);
      unzip_.high[lane] = PlaceInWidenedPair<T>(lane < step_ ? even + inner : 0);
      if constexpr (std::is_same_v<T, BFloat16>) {
        zip_high_halves_[lane] = 2 * Unzipped(lane, inner) + 1;
        zip_high_halves_[lane + kLanes<A>] = 2 * Unzipped(lane + kLanes<A>, inner) + 1;
      }
      one_on_[lane] = lane + inner < step_ ? lane + inner : kLanes<A> + lane + inner - step_;
      one_back_[lane] = lane < inner ? step_ - inner + lane : kLanes<A> + lane - inner;
    }
  }

  // The elements of as many whole pixels as there are in a vector: the others are not looked at.
  int64_t step() const { return step_; }

  // A pixel of the first, one of the second, the next one of the first: 2 * step() elements.
  Pair<A> Zip(Pair<A> pair) const {
    // Without a permutation, pixels are single elements.
    return kHasPermutation ? zip_.Of(pair) : Interleaved(pair);
  }

  // Zip(), rounded. Of bfloat16 it is one permutation of 16 bits.
  Bits16 ZipNarrowed(Pair<A> pair) const {
    if constexpr (std::is_same_v<T, BFloat16> && kVectorBytes == 64) {
      return PermutedPair((Bits16)RoundedToHighHalf(pair.first),
                          (Bits16)RoundedToHighHalf(pair.second), zip_high_halves_);
    } else {
      const Pair<A> zipped = Zip(pair);
      return Narrowed(zipped.first, zipped.second, T());
    }
  }

  // The inverse, for a WidenedPair<T>() or sums of them. Where pixels are single elements,
  // EvenAndOdd() is the same and faster; and ElementsFrom() for the two below.
  Pair<A> Unzip(Pair<A> widened) const { return unzip_.Of(widened); }

  // The pixels behind those of the first, and before those of the second, where the second's follow
  // the first's.
  Vector<A> OneOn(Vector<A> first, Vector<A> second) const {
    return PermutedPair(first, second, one_on_);
  }
  Vector<A> OneBack(Vector<A> first, Vector<A> second) const {
    return PermutedPair(first, second, one_back_);
  }

 private:
  struct Permutation {
    Pair<A> Of(Pair<A> pair) const {
      return {PermutedPair(pair.first, pair.second, low),
              PermutedPair(pair.first, pair.second, high)};
    }
    Integers<A> low, high;
  };

  // Where element i of the pixels in turn comes from.
  int64_t Unzipped(int64_t i, int64_t inner) const {
    if (i >= 2 * step_) return 0;
    const int64_t pixel = i / inner;
    return pixel % 2 * kLanes<A> + pixel / 2 * inner + i % inner;
  }

  const int64_t step_;
  Permutation zip_;
  Permutation unzip_;
  Integers<A> one_on_, one_back_;
  Bits16 zip_high_halves_;
};

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
