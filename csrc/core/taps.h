// The 1-D index formulas of upsampling, forward and backward: the only place that has them.
// Includes core and the standard library only.
//
// With half-pixel centres, output o of factor s lies at input position (2o + 1 - s) / (2s). Shift
// by h = floor(s / 2) and divide with remainder, o - h = s * g + k with 0 <= k < s. The position is
//
//     g + (2k + 1 - s % 2) / (2s)        since 2(h + s*g + k) + 1 - s = 2s*g + 2k + 1 - s % 2,
//
// so output o lies in the gap between inputs g and g + 1, at phase k: the outputs of a gap are
// contiguous, and every gap has the same s pairs of weights. Outputs before gap 0 or after gap
// in - 2 lie outside the outermost centres and copy the border. At phase 0 of an odd factor the
// output lies on input g itself, and g + 1 must not be touched, or a NaN there would leak.
//
// For example s = 2 (h = 1) and s = 3 (h = 1), with the inputs' centres marked by |:
//
//     s = 2:  0 | 1   2 | 3   4 | 5          s = 3:  0  1  2  3  4  5
//            copy  gap 0   gap 1   copy                 |        |
//
// Everything is exact in integers of any width that holds the sides, but the weight: a quotient of
// two integers, correctly rounded. For factors below 2^22 a float has the same bits whether it is
// computed as one or rounded from a double, which has over twice the bits.
//
// The two ends of a gap are blended as low + w * (high - low), each operation rounded. Where both
// are equal the difference is 0, and the result is what they are. Nor does it ever leave the range
// between them. Let low <= high (else turn all signs around) and u be half of the distance from 1
// to the next number. The sum is not below low, since what is added isn't negative. And it isn't
// above high, since no rounding takes a sum of at most high above high: w is at most
// 1 - 1 / (2s), and the rounded product at most w * (1 + u)^2 * (high - low), where
// w * (1 + u)^2 <= 1 if 1 / (2s) >= 2u, for factors up to 2^22 in float. (A subnormal difference is
// exact, and its product with a number below 1 isn't rounded above it.) A fused multiply-add rounds
// once less, and the same holds. What is excepted: differences that overflow, and infinities.
#pragma once

#include <cstdint>

#include "core/interpolation.h"

// Inlined always: these formulas are compiled once per instruction set, and a shared out-of-line
// copy could be the one of a set that the running processor lacks. nvcc takes constexpr functions
// for the GPU too (--expt-relaxed-constexpr).
#define UPSAMPLE_FORMULA constexpr inline __attribute__((always_inline))

namespace upsample {

// The first output of gap g. FirstOfGap(0) outputs copy the left border.
template <typename Int>
UPSAMPLE_FORMULA Int FirstOfGap(Int gap, Int size) {
  return size / 2 + size * gap;
}

// The first phase that reads both ends of its gap: 1 for odd factors, 0 for even ones.
template <typename Int>
UPSAMPLE_FORMULA Int FirstBlendedPhase(Int size) {
  return size % 2;
}

// The weights of the two ends of a gap at phase k, in the type that is computed in. That of the low
// end is what Blend() makes of 1 there and 0 at the high end, so that the gradient is the transpose
// of the blend to the last bit of the weights.
template <typename Real, typename Int>
UPSAMPLE_FORMULA Real WeightOfHigh(Int k, Int size) {
  return static_cast<Real>(2 * k + 1 - size % 2) / static_cast<Real>(2 * size);
}
template <typename Real, typename Int>
UPSAMPLE_FORMULA Real WeightOfLow(Int k, Int size) {
  return Real{1} - WeightOfHigh<Real>(k, size);
}

// The two ends of a gap, blended: numbers, or anything that has +, - and * (vectors of them).
template <typename Real, typename Value>
UPSAMPLE_FORMULA Value Blend(Real weight_of_high, Value low, Value high) {
  return low + weight_of_high * (high - low);
}

// What output o of an axis of `in` inputs reads in bilinear upsampling: input `low` alone where
// is_copy, else low and low + 1 with the weights of phase k.
template <typename Int>
struct Tap {
  Int low;
  Int k;
  bool is_copy;
};

template <typename Int>
UPSAMPLE_FORMULA Tap<Int> TapOf(Int o, Int in, Int size) {
  const Int shifted = o - size / 2;
  if (shifted < 0) return {0, 0, true};
  const Int gap = shifted / size;
  const Int k = shifted % size;
  if (gap >= in - 1) return {in - 1, 0, true};
  return {gap, k, k < FirstBlendedPhase(size)};
}

// --- The transpose ------------------------------------------------------------------------------
//
// Readers, their bounds and the weights of the interior follow from the number of taps, whatever it
// is; what is said of borders, by WeightOf() and Reflect(), is of two at most.

// The inputs of an axis that an output reads, at most. With an even number of them, outputs lie in
// gaps, half of the taps on either side, as above; with an odd one, in cells of the `size` outputs
// around an input, which is the middle one: output o in cell o / size at phase o % size.
UPSAMPLE_FORMULA int TapsOf(Interpolation interpolation) {
  return interpolation == Interpolation::kNearest ? 1 : 2;
}
UPSAMPLE_FORMULA bool LiesInGaps(Interpolation interpolation) {
  return TapsOf(interpolation) % 2 == 0;
}

// The weight of one of the taps of an output at phase k.
template <typename Real, typename Int>
UPSAMPLE_FORMULA Real WeightOfTap(Interpolation interpolation, int tap, Int k, Int size) {
  if (interpolation == Interpolation::kNearest) return 1;
  return tap == 0 ? WeightOfLow<Real>(k, size) : WeightOfHigh<Real>(k, size);
}

// The outputs that read input i are contiguous: [begin, end).
template <typename Int>
struct Readers {
  Int begin;
  Int end;
};

// The first gap or cell with readers of input i has it as the last tap. What is there at phase 0 of
// an odd factor lies on another input.
template <typename Int>
UPSAMPLE_FORMULA Int FirstReadingPhase(Interpolation interpolation, Int size) {
  return LiesInGaps(interpolation) ? FirstBlendedPhase(size) : Int{0};
}

// Away from the borders the readers of input i are [InteriorBegin + i * size, ... + InteriorCount).
template <typename Int>
UPSAMPLE_FORMULA Int InteriorBegin(Interpolation interpolation, Int size) {
  const Int first = -(TapsOf(interpolation) / 2);
  return (LiesInGaps(interpolation) ? FirstOfGap(first, size) : first * size) +
         FirstReadingPhase(interpolation, size);
}
template <typename Int>
UPSAMPLE_FORMULA Int InteriorCount(Interpolation interpolation, Int size) {
  return TapsOf(interpolation) * size - FirstReadingPhase(interpolation, size);
}

// The weight of an interior input in its m-th reader.
template <typename Real, typename Int>
UPSAMPLE_FORMULA Real InteriorWeight(Interpolation interpolation, Int m, Int size) {
  Int k = m + FirstReadingPhase(interpolation, size);
  int tap = TapsOf(interpolation) - 1;
  for (; tap > 0 && k >= size; k -= size) --tap;
  return WeightOfTap<Real>(interpolation, tap, k, size);
}

// The same readers and weights serve an input at a border too, once those that lie outside of the
// image are reflected into it: output -1 - t, seen as one of a gap before input 0, and output t,
// a copy, have weights that sum to 1. For with h = floor(s / 2) they are phases s - h - 1 - t and
// s - h + t of gap -1, so their weights of its high end sum to
// (4s - 4h - 2 (s % 2)) / (2s) = 1, since 2h + s % 2 = s. The right border is its mirror image.
template <typename Int>
UPSAMPLE_FORMULA Int Reflect(Int o, Int out) {
  const Int inside = o < 0 ? -1 - o : o;
  return inside < out ? inside : 2 * out - 1 - inside;
}

// Inputs at either border, of which some readers lie outside of the image or read no other input.
UPSAMPLE_FORMULA int BordersOf(Interpolation interpolation) { return TapsOf(interpolation) / 2; }
template <typename Int>
UPSAMPLE_FORMULA bool IsBorder(Interpolation interpolation, Int i, Int in) {
  return i < BordersOf(interpolation) || i >= in - BordersOf(interpolation);
}

// Of any input.
template <typename Int>
UPSAMPLE_FORMULA Readers<Int> ReadersOf(Interpolation interpolation, Int i, Int in, Int size) {
  const Int begin = InteriorBegin(interpolation, size) + i * size;
  const Int end = begin + InteriorCount(interpolation, size);
  return {begin < 0 ? 0 : begin, end > in * size ? in * size : end};
}

// The weight of input i in its reader o; any i.
template <typename Real, typename Int>
UPSAMPLE_FORMULA Real WeightOf(Interpolation interpolation, Int o, Int i, Int in, Int size) {
  if (interpolation == Interpolation::kNearest) return 1;
  const Tap<Int> tap = TapOf(o, in, size);
  if (tap.is_copy) return 1;
  return tap.low == i ? WeightOfLow<Real>(tap.k, size) : WeightOfHigh<Real>(tap.k, size);
}

}  // namespace upsample

#undef UPSAMPLE_FORMULA
