// IEEE binary16 and bfloat16 as storage types, with scalar conversions that round to nearest even.
// This file includes the standard library only.
#pragma once

#include <cstdint>
#include <cstring>

// These functions are always inlined, for the reason given in taps.h.
#define UPSAMPLE_INLINE inline __attribute__((always_inline))

namespace upsample {

struct Half {
  uint16_t bits;
};
struct BFloat16 {
  uint16_t bits;
};

UPSAMPLE_INLINE uint32_t BitsOf(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}
UPSAMPLE_INLINE float FloatOf(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

UPSAMPLE_INLINE float ToFloat(BFloat16 value) { return FloatOf(uint32_t{value.bits} << 16); }

UPSAMPLE_INLINE BFloat16 ToBFloat16(float value) {
  const uint32_t bits = BitsOf(value);
  const uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
  const uint32_t quiet_nan = (bits >> 16) | 0x40u;
  return {static_cast<uint16_t>((bits & 0x7fffffffu) > 0x7f800000u ? quiet_nan : rounded)};
}

// The exponent is re-biased by 112. A subnormal half is m * 2^-24. With m behind the exponent of
// 2^-14, the float is 2^-14 + m * 2^-24, from which 2^-14 is subtracted. No step meets a subnormal
// float, which would be 0 in TensorFlow's threads.
UPSAMPLE_INLINE float ToFloat(Half value) {
  const uint32_t sign = uint32_t{value.bits & 0x8000u} << 16;
  const uint32_t magnitude = uint32_t{value.bits & 0x7fffu} << 13;
  const uint32_t normal = magnitude + 0x38000000u;
  const uint32_t subnormal = BitsOf(FloatOf(magnitude + 0x38800000u) - FloatOf(0x38800000u));
  const uint32_t special = magnitude | 0x7f800000u;
  uint32_t bits = magnitude < 0x00800000u ? subnormal : normal;
  bits = magnitude >= 0x0f800000u ? special : bits;
  return FloatOf(sign | bits);
}

// Adding 0.5 to a magnitude below 2^-14 leaves the subnormal half in the low mantissa bits,
// rounded by the addition itself. From 65520 on everything rounds to infinity.
UPSAMPLE_INLINE Half ToHalf(float value) {
  const uint32_t sign = (BitsOf(value) >> 16) & 0x8000u;
  const uint32_t bits = BitsOf(value) & 0x7fffffffu;
  const uint32_t normal = (bits - 0x38000000u + 0xfffu + ((bits >> 13) & 1u)) >> 13;
  const uint32_t subnormal = BitsOf(FloatOf(bits) + 0.5f) - 0x3f000000u;
  const uint32_t nan = 0x7e00u | ((bits >> 13) & 0x3ffu);
  uint32_t half = bits < 0x38800000u ? subnormal : normal;
  half = bits >= 0x477ff000u ? 0x7c00u : half;
  half = bits > 0x7f800000u ? nan : half;
  return {static_cast<uint16_t>(sign | half)};
}

}  // namespace upsample

#undef UPSAMPLE_INLINE
