// Rows of storage types to and from the type that sums are formed in. Compiled per instruction
// set. Includes core and the standard library only.
#pragma once

#if defined(__F16C__)
#include <immintrin.h>
#endif

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "core/float16.h"

namespace upsample {
namespace UPSAMPLE_ISA {

// Half and bfloat16 are summed in float, everything else in its own type.
template <typename T>
using Accumulator = std::conditional_t<std::is_same_v<T, double>, double, float>;

inline void Widen(const BFloat16* __restrict in, int64_t n, float* __restrict out) {
  for (int64_t i = 0; i < n; ++i) out[i] = ToFloat(in[i]);
}

inline void Narrow(const float* __restrict in, int64_t n, BFloat16* __restrict out) {
  for (int64_t i = 0; i < n; ++i) out[i] = ToBFloat16(in[i]);
}

inline void Widen(const Half* __restrict in, int64_t n, float* __restrict out) {
  int64_t i = 0;
#if defined(__AVX512F__)
  for (; i + 16 <= n; i += 16) {
    const __m256i halves = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(in + i));
    _mm512_storeu_ps(out + i, _mm512_cvtph_ps(halves));
  }
#elif defined(__F16C__)
  for (; i + 8 <= n; i += 8) {
    const __m128i halves = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in + i));
    _mm256_storeu_ps(out + i, _mm256_cvtph_ps(halves));
  }
#endif
  for (; i < n; ++i) out[i] = ToFloat(in[i]);
}

inline void Narrow(const float* __restrict in, int64_t n, Half* __restrict out) {
  int64_t i = 0;
#if defined(__AVX512F__)
  for (; i + 16 <= n; i += 16) {
    const __m256i halves =
        _mm512_cvtps_ph(_mm512_loadu_ps(in + i), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + i), halves);
  }
#elif defined(__F16C__)
  for (; i + 8 <= n; i += 8) {
    const __m128i halves =
        _mm256_cvtps_ph(_mm256_loadu_ps(in + i), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + i), halves);
  }
#endif
  for (; i < n; ++i) out[i] = ToHalf(in[i]);
}

// n elements of `in` as accumulators: in place where they are some, else converted into `buffer`.
template <typename T, typename A>
const A* Widened(const T* in, int64_t n, A* buffer) {
  if constexpr (std::is_same_v<T, A>) {
    return in;
  } else {
    Widen(in, n, buffer);
    return buffer;
  }
}

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
