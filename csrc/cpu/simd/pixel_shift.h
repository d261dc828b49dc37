// Moves a vector of pixels on or back by one pixel. This file is compiled per instruction set and
// includes cpu and the standard library only.
#pragma once

#include <cstdint>

#include "cpu/simd/vector.h"

namespace upsample {
namespace UPSAMPLE_ISA {

// Returns the elements of as many whole pixels as a vector has room for. The others are ignored.
template <typename A>
int64_t StepOf(int64_t inner) {
  return kLanes<A> / inner * inner;
}

// Moves a step of pixels. Where pixels are single elements, ElementsFrom() does the same, faster.
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

  // OneOn() returns the pixels behind those of the first, and OneBack() those before the pixels of
  // the second. The second's pixels follow the first's.
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
