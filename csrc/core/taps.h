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
// Everything is exact in integers but the weight, a quotient in double. Rounded once more to float
// it is the correctly rounded quotient, for factors below 2^22: double has over twice the bits.
#pragma once

#include <cstdint>

#include "core/problem.h"

// Inlined always: these formulas are compiled once per instruction set, and a shared out-of-line
// copy could be the one of a set that the running processor lacks.
#define UPSAMPLE_FORMULA constexpr inline __attribute__((always_inline))

namespace upsample {

// The first output of gap g. FirstOfGap(0) outputs copy the left border.
UPSAMPLE_FORMULA int64_t FirstOfGap(int64_t gap, int64_t size) { return size / 2 + size * gap; }

// The first phase that reads both ends of its gap: 1 for odd factors, 0 for even ones.
UPSAMPLE_FORMULA int64_t FirstBlendedPhase(int64_t size) { return size % 2; }

// The weights of the two ends of a gap at phase k; they sum to 1.
UPSAMPLE_FORMULA double WeightOfHigh(int64_t k, int64_t size) {
  return static_cast<double>(2 * k + 1 - size % 2) / static_cast<double>(2 * size);
}
UPSAMPLE_FORMULA double WeightOfLow(int64_t k, int64_t size) {
  return static_cast<double>(2 * (size - k) - 1 + size % 2) / static_cast<double>(2 * size);
}

// What output o of an axis of `in` inputs reads in bilinear upsampling: input `low` alone where
// is_copy, else low and low + 1 with the weights of phase k.
struct Tap {
  int64_t low;
  int64_t k;
  bool is_copy;
};

UPSAMPLE_FORMULA Tap TapOf(int64_t o, int64_t in, int64_t size) {
  const int64_t shifted = o - size / 2;
  if (shifted < 0) return {0, 0, true};
  const int64_t gap = shifted / size;
  const int64_t k = shifted % size;
  if (gap >= in - 1) return {in - 1, 0, true};
  return {gap, k, k < FirstBlendedPhase(size)};
}

// The transpose of the above. The outputs that read input i are contiguous: [begin, end).
struct Readers {
  int64_t begin;
  int64_t end;
};

// Away from the borders the readers of input i are [InteriorBegin + i * size, ... + InteriorCount).
UPSAMPLE_FORMULA int64_t InteriorBegin(Interpolation interpolation, int64_t size) {
  if (interpolation == Interpolation::kNearest) return 0;
  return FirstOfGap(-1, size) + FirstBlendedPhase(size);
}
UPSAMPLE_FORMULA int64_t InteriorCount(Interpolation interpolation, int64_t size) {
  return interpolation == Interpolation::kNearest ? size : 2 * size - FirstBlendedPhase(size);
}

// The weight of an interior input in its m-th reader.
UPSAMPLE_FORMULA double InteriorWeight(Interpolation interpolation, int64_t m, int64_t size) {
  if (interpolation == Interpolation::kNearest) return 1;
  const int64_t from_gap = m + FirstBlendedPhase(size);
  return from_gap < size ? WeightOfHigh(from_gap, size) : WeightOfLow(from_gap - size, size);
}

// An input at a border is also read by the outputs outside it, as a copy.
UPSAMPLE_FORMULA bool IsBorder(Interpolation interpolation, int64_t i, int64_t in) {
  return interpolation == Interpolation::kBilinear && (i == 0 || i == in - 1);
}

UPSAMPLE_FORMULA Readers ReadersOf(Interpolation interpolation, int64_t i, int64_t in,
                                   int64_t size) {
  const int64_t begin = InteriorBegin(interpolation, size) + i * size;
  const int64_t end = begin + InteriorCount(interpolation, size);
  if (interpolation == Interpolation::kNearest) return {begin, end};
  return {i == 0 ? 0 : begin, i == in - 1 ? in * size : end};
}

// The weight of input i in its reader o; any i.
UPSAMPLE_FORMULA double WeightOf(Interpolation interpolation, int64_t o, int64_t i, int64_t in,
                                 int64_t size) {
  if (interpolation == Interpolation::kNearest) return 1;
  const Tap tap = TapOf(o, in, size);
  if (tap.is_copy) return 1;
  return tap.low == i ? WeightOfLow(tap.k, size) : WeightOfHigh(tap.k, size);
}

}  // namespace upsample

#undef UPSAMPLE_FORMULA
