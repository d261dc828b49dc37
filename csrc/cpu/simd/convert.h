// Vectors of accumulators from and to rows of storage types. This file is compiled per instruction
// set and includes core, cpu and the standard library only.
#pragma once

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "core/float16.h"
#include "cpu/simd/vector.h"

namespace upsample {
namespace UPSAMPLE_ISA {

// Half and bfloat16 are summed in float, and everything else in its own type.
template <typename T>
using Accumulator = std::conditional_t<std::is_same_v<T, double>, double, float>;

template <typename T>
UPSAMPLE_INLINE Accumulator<T> ToAccumulator(T value) {
  if constexpr (std::is_same_v<T, Accumulator<T>>) {
    return value;
  } else {
    return ToFloat(value);
  }
}

// How many elements of T are accumulated in one vector.
template <typename T>
constexpr int64_t kLanesOf = kLanes<Accumulator<T>>;

typedef uint16_t HalfBits16 __attribute__((vector_size(kVectorBytes / 2)));
typedef uint32_t Bits32 __attribute__((vector_size(kVectorBytes)));

UPSAMPLE_INLINE Vector<float> Widened(const float* in) { return Load(in); }
UPSAMPLE_INLINE Vector<double> Widened(const double* in) { return Load(in); }
UPSAMPLE_INLINE Vector<float> Widened(const BFloat16* in) {
  // GCC 12 makes more than one instruction of __builtin_convertvector.
#if defined(__AVX512F__)
  return (Vector<float>)_mm512_slli_epi32(_mm512_cvtepu16_epi32(LoadAs<__m256i>(in)), 16);
#elif defined(__AVX2__)
  return (Vector<float>)_mm256_slli_epi32(_mm256_cvtepu16_epi32(LoadAs<__m128i>(in)), 16);
#else
  return (Vector<float>)(__builtin_convertvector(LoadAs<HalfBits16>(in), Bits32) << 16);
#endif
}
UPSAMPLE_INLINE Vector<float> Widened(const Half* in) {
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

// Returns Widened(in), permuted.
template <typename T>
class WidenedPermutation {
 public:
  using A = Accumulator<T>;

  void Set(int64_t lane, int64_t from) { index_[lane] = from; }
  UPSAMPLE_INLINE Vector<A> Of(const T* in) const { return Permuted<A>(Widened(in), index_); }

 private:
  Integers<A> index_;
};
#if defined(__AVX512BW__)
// It permutes 16 bits into the high halves, with zeros in the low ones, by one instruction.
template <>
class WidenedPermutation<BFloat16> {
 public:
  void Set(int64_t lane, int64_t from) { index_[2 * lane + 1] = from; }
  UPSAMPLE_INLINE Vector<float> Of(const BFloat16* in) const {
    const __m512i elements = _mm512_castsi256_si512(LoadAs<__m256i>(in));
    return (Vector<float>)_mm512_maskz_permutexvar_epi16(0xaaaaaaaau, (__m512i)index_, elements);
  }

 private:
  typedef uint16_t Index __attribute__((vector_size(kVectorBytes)));
  Index index_ = {};
};
#endif

// Loads twice as many elements, which are summed before they are put in order. Of bfloat16 these
// are the even and the odd elements, as they lie in the halves of 32 bits; of other types they are
// the first and the second half.
template <typename T>
UPSAMPLE_INLINE Pair<Accumulator<T>> WidenedPair(const T* in) {
  return {Widened(in), Widened(in + kLanesOf<T>)};
}
UPSAMPLE_INLINE Pair<float> WidenedPair(const BFloat16* in) {
  const Bits32 both = LoadAs<Bits32>(in);
  return {(Vector<float>)(both << 16), (Vector<float>)(both & 0xffff0000u)};
}
template <typename T>
UPSAMPLE_INLINE Pair<Accumulator<T>> InOrder(Pair<Accumulator<T>> widened) {
  if constexpr (std::is_same_v<T, BFloat16>) return Interleaved(widened);
  return widened;
}
template <typename T>
UPSAMPLE_INLINE Pair<Accumulator<T>> EvenAndOdd(Pair<Accumulator<T>> widened) {
  if constexpr (!std::is_same_v<T, BFloat16>) return Deinterleaved(widened);
  return widened;
}

// Loads as many elements as n vectors have accumulators, in pairs as above and a last one in order.
template <typename T, int n>
UPSAMPLE_INLINE Vectors<Accumulator<T>, n> WidenedVectors(const T* in) {
  Vectors<Accumulator<T>, n> out;
#pragma GCC unroll 2
  for (int i = 0; i + 2 <= n; i += 2) {
    const Pair<Accumulator<T>> pair = WidenedPair(in + i * kLanesOf<T>);
    out.at[i] = pair.first;
    out.at[i + 1] = pair.second;
  }
  if constexpr (n % 2 == 1) out.at[n - 1] = Widened(in + (n - 1) * kLanesOf<T>);
  return out;
}
// Returns where element i is in them.
template <typename T, int n>
constexpr int64_t PlaceInWidenedVectors(int64_t i) {
  const int64_t pair = i / (2 * kLanesOf<T>)*2;
  if (!std::is_same_v<T, BFloat16> || pair + 1 == n) return i;
  return (pair + i % 2) * kLanesOf<T> + i % (2 * kLanesOf<T>) / 2;
}

// The bits of 2 * kLanes<float> values, rounded to 16 bits each.
typedef uint16_t Bits16 __attribute__((vector_size(kVectorBytes)));

// This is ToBFloat16(), lane by lane, but it needs no care for NaNs: the NaNs of bfloat16, those
// that processors make from them, and those that processors make themselves have zeros in the half
// that is rounded away. (AVX512_BF16's own conversion flushes subnormal numbers to 0.)
UPSAMPLE_INLINE Bits32 RoundedToHighHalf(Vector<float> in) {
  const Bits32 bits = (Bits32)in;
  return bits + 0x7fffu + ((bits >> 16) & 1u);
}
UPSAMPLE_INLINE Bits16 Narrowed(Vector<float> first, Vector<float> second, BFloat16) {
  const Bits32 low = RoundedToHighHalf(first), high = RoundedToHighHalf(second);
#if defined(__SSE2__) && !defined(__AVX2__)
  // GCC 12 makes seven instructions of the permutation below.
  return (Bits16)_mm_packs_epi32(_mm_srai_epi32((__m128i)low, 16),
                                 _mm_srai_epi32((__m128i)high, 16));
#else
  Bits16 high_halves;
  for (int i = 0; i < kVectorBytes / 2; ++i) high_halves[i] = 2 * i + 1;
  return PermutedPair((Bits16)low, (Bits16)high, high_halves);
#endif
}

UPSAMPLE_INLINE Bits16 Narrowed(Vector<float> first, Vector<float> second, Half) {
#if defined(__AVX512F__)
  constexpr int kRounding = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
  return (Bits16)_mm512_inserti64x4(_mm512_castsi256_si512(_mm512_cvtps_ph(first, kRounding)),
                                    _mm512_cvtps_ph(second, kRounding), 1);
#elif defined(__F16C__)
  constexpr int kRounding = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
  return (Bits16)_mm256_set_m128i(_mm256_cvtps_ph(second, kRounding),
                                  _mm256_cvtps_ph(first, kRounding));
#else
  const auto narrowed = [](Vector<float> in) {
    HalfBits16 out;
    for (int i = 0; i < kLanes<float>; ++i) out[i] = ToHalf(in[i]).bits;
    return out;
  };
  const HalfBits16 halves[] = {narrowed(first), narrowed(second)};
  return LoadAs<Bits16>(halves);
#endif
}

// Loads as many elements as a vector of T has, to be summed, as one vector of accumulators or a
// pair.
template <typename T>
UPSAMPLE_INLINE auto WidenedVector(const T* in) {
  if constexpr (std::is_same_v<T, Accumulator<T>>) {
    return Widened(in);
  } else {
    return WidenedPair(in);
  }
}

// This is the inverse: it rounds to a vector of T.
UPSAMPLE_INLINE Vector<float> NarrowedVector(Vector<float> in, float) { return in; }
UPSAMPLE_INLINE Vector<double> NarrowedVector(Vector<double> in, double) { return in; }
UPSAMPLE_INLINE Bits16 NarrowedVector(Pair<float> in, Half) {
  return Narrowed(in.first, in.second, Half());
}
UPSAMPLE_INLINE Bits16 NarrowedVector(Pair<float> in, BFloat16) {
  const Bits32 even = RoundedToHighHalf(in.first), odd = RoundedToHighHalf(in.second);
  return (Bits16)((even >> 16) | (odd & 0xffff0000u));
}

// These do the same as WidenedPair() and WidenedVectors() where only `few` elements are there.
// Zeros follow them.
template <typename T>
UPSAMPLE_SELDOM Pair<Accumulator<T>> WidenedFew(const T* in, int64_t few) {
  T elements[2 * kLanesOf<T>] = {};
  CopyFew<2 * kLanesOf<T>>(in, few, elements);
  return WidenedPair(elements);
}
template <typename T, int n>
UPSAMPLE_SELDOM Vectors<Accumulator<T>, n> WidenedFew(const T* in, int64_t few) {
  T elements[n * kLanesOf<T>] = {};
  CopyFew<4 * kLanesOf<T>>(in, few, elements);
  return WidenedVectors<T, n>(elements);
}

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
