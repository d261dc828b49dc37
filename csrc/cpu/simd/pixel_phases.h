// Takes the pixels of some vectors apart by phase: every kSize-th pixel, from each of the first
// kSize on. The gradient by kSize needs this along a row, where a pixel fits a vector of
// accumulators. This file is compiled per instruction set and includes cpu and the standard library
// only.
#pragma once

#include <cstdint>

#include "cpu/simd/convert.h"
#include "cpu/simd/pixel_shift.h"
#include "cpu/simd/vector.h"

namespace upsample {
namespace UPSAMPLE_ISA {

template <typename T, int kSize>
class PixelPhases {
 public:
  using A = Accumulator<T>;

  // Single elements need no arbitrary permutation for factors 2 and 4. For 3 and 4, an emulated
  // permutation of two vectors costs more than two passes do.
  static constexpr bool kFitsPixels = kSize == 2 ? kHasPermutation : kHasPairPermutation;
  static constexpr bool kFitsElements = kSize != 3 || kFitsPixels;
  static constexpr bool kFitsAny = kFitsElements || kFitsPixels;
  static bool Fits(int64_t inner) {
    return inner == 1 ? kFitsElements : kFitsPixels && inner <= kLanes<A>;
  }

  // `inner` fits.
  explicit PixelPhases(int64_t inner) {
    for (int64_t phase = 0; phase < kSize; ++phase) {
      for (int64_t lane = 0; lane < kLanes<A>; ++lane) {
        const int64_t element = (lane / inner * kSize + phase) * inner + lane % inner;
        const int64_t place =
            lane < StepOf<A>(inner) ? PlaceInWidenedVectors<T, kSize>(element) : 0;
        // The first permutation takes vectors 0 and 1. Each further one takes the result so far and
        // the next vector.
        for (int64_t source = 1; source < kSize; ++source) {
          const int64_t at = place - (source - 1) * kLanes<A>;
          const bool is_here = at < 2 * kLanes<A> && (source == 1 || at >= kLanes<A>);
          index_[phase][source - 1][lane] = is_here ? at : lane;
        }
      }
    }
  }

  // Takes what WidenedVectors() returns, or sums of it, and returns StepOf() elements of each
  // phase.
  template <bool kPixelsAreElements>
  UPSAMPLE_INLINE Vectors<A, kSize> Of(Vectors<A, kSize> widened) const {
    if constexpr (kPixelsAreElements && kSize == 2) {
      const Pair<A> phases = EvenAndOdd<T>({widened.at[0], widened.at[1]});
      return {phases.first, phases.second};
    } else if constexpr (kPixelsAreElements && kSize == 4) {
      const Pair<A> low = EvenAndOdd<T>({widened.at[0], widened.at[1]});
      const Pair<A> high = EvenAndOdd<T>({widened.at[2], widened.at[3]});
      const Pair<A> even = Deinterleaved(Pair<A>{low.first, high.first});
      const Pair<A> odd = Deinterleaved(Pair<A>{low.second, high.second});
      return {even.first, odd.first, even.second, odd.second};
    } else {
      Vectors<A, kSize> phases;
#pragma GCC unroll 4
      for (int phase = 0; phase < kSize; ++phase) {
        phases.at[phase] = widened.at[0];
#pragma GCC unroll 4
        for (int source = 1; source < kSize; ++source) {
          phases.at[phase] =
              PermutedPair(phases.at[phase], widened.at[source], index_[phase][source - 1]);
        }
      }
      return phases;
    }
  }

 private:
  Integers<A> index_[kSize][kSize - 1];
};

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
