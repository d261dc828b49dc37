// A vector of pixels, moved on or back by one pixel. Compiled per instruction set. Includes cpu and
// the standard library only.
#pragma once

#include <cstdint>

#include "cpu/simd/vector.h"

namespace upsample {
namespace UPSAMPLE_ISA {

// The elements of as many whole pixels as there are in a vector: the others are not looked at.
template <typename A>
int64_t StepOf(int64_t inner) {
  return kLanes<A> / inner * inner;
}

// A step of pixels, moved. Where pixels are single elements, ElementsFrom() is the same and faster.
template <typename A>
class PixelShift {
 public:
  explicit PixelShift(int64_t inner) {
    const int64_t step = StepOf<A>(inner);
    for (int64_t lane = 0; lane < kLanes<A>; ++lane) {
      one_on_[lane] = lane + inner < step ? lane + inner : kLanes<A> + lane + inner - step;
      one_back_[lane] = lane < inner ? step - inner + lane : kLanes<A> + lane - inner;
    }
  }

  // The pixels behind those of the first, and before those of the second, where the second's follow
  // the first's.
  template <bool kPixelsAreElements>
  UPSAMPLE_INLINE Vector<A> OneOn(Vector<A> first, Vector<A> second) const {
    if constexpr (kPixelsAreElements) return ElementsFrom<A, 1>(first, second);
    return PermutedPair(first, second, one_on_);
  }
  template <bool kPixelsAreElements>
  UPSAMPLE_INLINE Vector<A> OneBack(Vector<A> first, Vector<A> second) const {
    if constexpr (kPixelsAreElements) return ElementsFrom<A, kLanes<A> - 1>(first, second);
    return PermutedPair(first, second, one_back_);
  }

 private:
  Integers<A> one_on_, one_back_;
};

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
