// Vectors of accumulators from and to rows of storage types. Compiled per instruction set. Includes
// core, cpu and the standard library only.
#pragma once

#if defined(__AVX2__)
#include <immintrin.h>
#endif

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "core/float16.h"
#include "cpu/vector.h"

namespace upsample {
namespace UPSAMPLE_ISA {

// Half and bfloat16 are summed in float, everything else in its own type.
template <typename T>
using Accumulator = std::conditional_t<std::is_same_v<T, double>, double, float>;

template <typename T>
Accumulator<T> ToAccumulator(T value) {
  if constexpr (std::is_same_v<T, Accumulator<T>>) {
    return value;
  } else {
    return ToFloat(value);
  }
}

// As many elements of T as a vector has accumulators.
template <typename T>
constexpr int64_t kLanesOf = kLanes<Accumulator<T>>;

typedef uint16_t Bits16 __attribute__((vector_size(kVectorBytes / 2)));
typedef uint32_t Bits32 __attribute__((vector_size(kVectorBytes)));

inline Vector<float> Widened(const float* in) { return Load(in); }
inline Vector<double> Widened(const double* in) { return Load(in); }
inline Vector<float> Widened(const BFloat16* in) {
  // GCC 12 makes more of __builtin_convertvector than one instruction.
#if defined(__AVX512F__)
  return (Vector<float>)_mm512_slli_epi32(_mm512_cvtepu16_epi32(LoadAs<__m256i>(in)), 16);
#elif defined(__AVX2__)
  return (Vector<float>)_mm256_slli_epi32(_mm256_cvtepu16_epi32(LoadAs<__m128i>(in)), 16);
#else
  return (Vector<float>)(__builtin_convertvector(LoadAs<Bits16>(in), Bits32) << 16);
#endif
}
inline Vector<float> Widened(const Half* in) {
#if defined(__AVX512F__)
  return _mm512_cvtph_ps(LoadAs<__m256i>(in));
#elif defined(__F16C__)
  return _mm256_cvtph_ps(LoadAs<__m128i>(in));
#else
  Vector<float> out;
  for (int i = 0; i < kLanes<float>; ++i) out[i] = ToFloat(in[i]);
  return out;
#endif
}

// A vector of accumulators rounded to T: kLanesOf<T> elements of it.
template <typename T>
struct Narrow;
template <>
struct Narrow<float> {
  using Elements = Vector<float>;
  static Elements Of(Vector<float> in) { return in; }
};
template <>
struct Narrow<double> {
  using Elements = Vector<double>;
  static Elements Of(Vector<double> in) { return in; }
};
template <>
struct Narrow<BFloat16> {
  using Elements = Bits16;
  // ToBFloat16(), lane by lane. (AVX512_BF16's own conversion flushes subnormal numbers to 0.)
  static Elements Of(Vector<float> in) {
    const Bits32 bits = (Bits32)in;
    const Bits32 rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
    const Bits32 quiet_nan = (bits >> 16) | 0x40u;
    return __builtin_convertvector(in == in ? rounded : quiet_nan, Bits16);
  }
};
template <>
struct Narrow<Half> {
#if defined(__AVX512F__)
  using Elements = __m256i;
  static Elements Of(Vector<float> in) {
    return _mm512_cvtps_ph(in, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  }
#elif defined(__F16C__)
  using Elements = __m128i;
  static Elements Of(Vector<float> in) {
    return _mm256_cvtps_ph(in, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  }
#else
  using Elements = Bits16;
  static Elements Of(Vector<float> in) {
    Bits16 out;
    for (int i = 0; i < kLanes<float>; ++i) out[i] = ToHalf(in[i]).bits;
    return out;
  }
#endif
};

// n < kLanesOf<T> elements, and zeros behind them.
template <typename T>
Vector<Accumulator<T>> WidenedFew(const T* in, int64_t n) {
  T elements[kLanesOf<T>] = {};
  CopyFew<kLanesOf<T>>(in, n, elements);
  return Widened(elements);
}

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
