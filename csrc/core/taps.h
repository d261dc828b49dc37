// The 1-D index formulas of upsampling, forward and backward; no other file has them. This file
// includes core and the standard library only.
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
// All of this is exact in integers of any width that holds the sides, except for the weight, which
// is a quotient of two integers, correctly rounded. For factors below 2^22 a float has the same
// bits whether it is computed as one or rounded from a double, which has over twice the bits.
//
// The two ends of a gap are blended as low + w * (high - low), and each operation is rounded. Where
// both ends are equal, the difference is 0, and the result equals them. The result also never
// leaves the range between them. To see this, let low <= high (otherwise turn all signs around),
// and let u be half of the distance from 1 to the next number. The sum is not below low, since what
// is added isn't negative. It isn't above high either, since rounding never takes a sum of at most
// high above high: w is at most 1 - 1 / (2s), and the rounded product is at most w * (1 + u)^2 *
// (high - low), where w * (1 + u)^2 <= 1 if 1 / (2s) >= 2u, which holds for factors up to 2^22 in
// float. (A subnormal difference is exact, and its product with a number below 1 isn't rounded
// above it.) A fused multiply-add rounds once less, and the same holds. Differences that overflow
// and infinities are excepted.
#pragma once

#include <cstdint>

#include "core/interpolation.h"

// These formulas are always inlined. They are compiled once per instruction set, and a shared
// out-of-line copy could be the one of a set that the running processor lacks. nvcc takes constexpr
// functions for the GPU too (--expt-relaxed-constexpr).
#define UPSAMPLE_FORMULA constexpr inline __attribute__((always_inline))

namespace upsample {

// Returns the first output of gap g. FirstOfGap(0) outputs copy the left border.
template <typename Int>
UPSAMPLE_FORMULA Int FirstOfGap(Int gap, Int size) {
  return size / 2 + size * gap;
}

// Returns the first phase that reads both ends of its gap: 1 for odd factors, 0 for even ones.
template <typename Int>
UPSAMPLE_FORMULA Int FirstBlendedPhase(Int size) {
  return size % 2;
}

// These are the weights of the two ends of a gap at phase k, in the accumulator's type. The weight
// of the low end is what Blend() makes of 1 at the low and 0 at the high end, so the gradient is
// the transpose of the blend to the last bit of the weights.
template <typename Real, typename Int>
UPSAMPLE_FORMULA Real WeightOfHigh(Int k, Int size) {
  return static_cast<Real>(2 * k + 1 - size % 2) / static_cast<Real>(2 * size);
}
template <typename Real, typename Int>
UPSAMPLE_FORMULA Real WeightOfLow(Int k, Int size) {
  return Real{1} - WeightOfHigh<Real>(k, size);
}

// Blends the two ends of a gap. They are numbers, or anything else that has +, - and *, such as
// vectors.
template <typename Real, typename Value>
UPSAMPLE_FORMULA Value Blend(Real weight_of_high, Value low, Value high) {
  return low + weight_of_high * (high - low);
}

// What output o of an axis of `in` inputs reads in bilinear upsampling. It reads input `low` alone
// if is_copy, and otherwise low and low + 1 with the weights of phase k.
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
// The readers, their bounds and the weights of the interior follow from the number of taps,
// whatever that number is. WeightOf() and Reflect(), which deal with borders, hold for at most two
// taps.

// Returns how many inputs of an axis an output reads, at most. With an even number of them, outputs
// lie in gaps, with half of the taps on either side, as above. With an odd number, outputs lie in
// cells: a cell is the `size` outputs around an input, which is the middle tap, and output o lies
// in cell o / size at phase o % size.
UPSAMPLE_FORMULA int TapsOf(Interpolation interpolation) {
  return interpolation == Interpolation::kNearest ? 1 : 2;
}
UPSAMPLE_FORMULA bool LiesInGaps(Interpolation interpolation) {
  return TapsOf(interpolation) % 2 == 0;
}

// Returns the weight of one of the taps of an output at phase k.
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

// The first gap or cell with readers of input i has that input as its last tap. For an odd factor
// the output at phase 0 of that gap lies on another input, so it is no reader.
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

// Returns the weight of an interior input in its m-th reader.
template <typename Real, typename Int>
UPSAMPLE_FORMULA Real InteriorWeight(Interpolation interpolation, Int m, Int size) {
  Int k = m + FirstReadingPhase(interpolation, size);
  int tap = TapsOf(interpolation) - 1;
  for (; tap > 0 && k >= size; k -= size) --tap;
  return WeightOfTap<Real>(interpolation, tap, k, size);
}

// The same readers and weights serve an input at a border too, once the readers that lie outside of
// the image are reflected into it. The weights of output -1 - t, seen as one of a gap before input
// 0, and of output t, which is a copy, sum to 1: with h = floor(s / 2) they are at phases s - h - 1
// - t and s - h + t of gap -1, so their weights of its high end sum to (4s - 4h - 2 (s % 2)) / (2s)
// = 1, since 2h + s % 2 = s. The right border is its mirror image.
template <typename Int>
UPSAMPLE_FORMULA Int Reflect(Int o, Int out) {
  const Int inside = o < 0 ? -1 - o : o;
  return inside < out ? inside : 2 * out - 1 - inside;
}

// Returns how many inputs at either border have readers that lie outside of the image or that read
// no other input.
UPSAMPLE_FORMULA int BordersOf(Interpolation interpolation) { return TapsOf(interpolation) / 2; }
template <typename Int>
UPSAMPLE_FORMULA bool IsBorder(Interpolation interpolation, Int i, Int in) {
  return i < BordersOf(interpolation) || i >= in - BordersOf(interpolation);
}

// Returns the readers of any input.
template <typename Int>
UPSAMPLE_FORMULA Readers<Int> ReadersOf(Interpolation interpolation, Int i, Int in, Int size) {
  const Int begin = InteriorBegin(interpolation, size) + i * size;
  const Int end = begin + InteriorCount(interpolation, size);
  return {begin < 0 ? 0 : begin, end > in * size ? in * size : end};
}

// Returns the weight of input i in its reader o. The input may be any.
template <typename Real, typename Int>
UPSAMPLE_FORMULA Real WeightOf(Interpolation interpolation, Int o, Int i, Int in, Int size) {
  if (interpolation == Interpolation::kNearest) return 1;
  const Tap<Int> tap = TapOf(o, in, size);
  if (tap.is_copy) return 1;
  return tap.low == i ? WeightOfLow<Real>(tap.k, size) : WeightOfHigh<Real>(tap.k, size);
}

}  // namespace upsample

#undef UPSAMPLE_FORMULA
