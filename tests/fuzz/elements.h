// Converts elements of the dtypes that have arithmetic to long double and back to bytes, by
// formulas that share nothing with csrc. This file includes core and the standard library only.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "core/dtype.h"

namespace upsample::fuzz {

// The real numbers of a dtype: a sign, the bits of an exponent and the bits of a mantissa. A
// complex number is two of them.
struct Format {
  int bytes;
  int exponent_bits;
  int mantissa_bits;
  int sum_exponent_bits;  // of the type in which sums are formed
  int sum_mantissa_bits;

  static int Bias(int exponent_bits) { return (1 << (exponent_bits - 1)) - 1; }
  static long double SmallestOf(int exponent_bits, int mantissa_bits) {
    return std::ldexp(1.0L, 1 - Bias(exponent_bits) - mantissa_bits);
  }
  long double eps() const { return std::ldexp(1.0L, -mantissa_bits); }
  long double sum_eps() const { return std::ldexp(1.0L, -sum_mantissa_bits); }
  long double smallest() const { return SmallestOf(exponent_bits, mantissa_bits); }
  long double sum_smallest() const { return SmallestOf(sum_exponent_bits, sum_mantissa_bits); }
  long double largest() const { return std::ldexp(2.0L - eps(), Bias(exponent_bits)); }
  long double largest_sum() const { return std::ldexp(2.0L - sum_eps(), Bias(sum_exponent_bits)); }

  uint64_t infinity() const { return ((uint64_t{1} << exponent_bits) - 1) << mantissa_bits; }
  uint64_t sign() const { return uint64_t{1} << (exponent_bits + mantissa_bits); }
};

inline Format FormatOf(DType dtype) {
  switch (dtype) {
    case DType::kFloat16:
      return {2, 5, 10, 8, 23};
    case DType::kBFloat16:
      return {2, 8, 7, 8, 23};
    case DType::kFloat64:
    case DType::kComplex128:
      return {8, 11, 52, 11, 52};
    default:
      return {4, 8, 23, 8, 23};
  }
}

inline uint64_t BitsAt(const Format& format, const void* elements, int64_t i) {
  uint64_t bits = 0;
  std::memcpy(&bits, static_cast<const char*>(elements) + i * format.bytes, format.bytes);
  return bits;
}
inline void SetBits(const Format& format, uint64_t bits, int64_t i, void* elements) {
  std::memcpy(static_cast<char*>(elements) + i * format.bytes, &bits, format.bytes);
}

inline bool IsNan(const Format& format, uint64_t bits) {
  return (bits & ~format.sign()) > format.infinity();
}

inline long double ValueOf(const Format& format, uint64_t bits) {
  const uint64_t magnitude = bits & ~format.sign();
  const int exponent = static_cast<int>(magnitude >> format.mantissa_bits);
  const uint64_t mantissa = magnitude & ((uint64_t{1} << format.mantissa_bits) - 1);
  const uint64_t implicit = exponent > 0 ? uint64_t{1} << format.mantissa_bits : 0;
  const int power =
      (exponent > 0 ? exponent : 1) - Format::Bias(format.exponent_bits) - format.mantissa_bits;
  long double value = std::ldexp(static_cast<long double>(implicit | mantissa), power);
  if (magnitude == format.infinity()) value = std::numeric_limits<long double>::infinity();
  if (magnitude > format.infinity()) value = std::numeric_limits<long double>::quiet_NaN();
  return (bits & format.sign()) != 0 ? -value : value;
}

}  // namespace upsample::fuzz
