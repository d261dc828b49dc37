// Stores that bypass the caches. They are for a result that fills the last-level cache or more, and
// would otherwise be read from memory before it is overwritten. This file is compiled per
// instruction set and includes cpu and the standard library only.
#pragma once

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "cpu/simd/vector.h"

namespace upsample {
namespace UPSAMPLE_ISA {

// Streams a vector of 8 to 64 bytes to an address that is aligned to its size. Where there is no
// such store, it uses an ordinary one.
template <typename V, typename T>
UPSAMPLE_INLINE void StreamVector(V vector, T* to) {
#if defined(__x86_64__)
  if constexpr (sizeof(V) == 8) {
    return _mm_stream_si64(reinterpret_cast<long long*>(to), LoadAs<long long>(&vector));
  } else if constexpr (sizeof(V) == 16) {
    return _mm_stream_si128(reinterpret_cast<__m128i*>(to), (__m128i)vector);
  }
#endif
#if defined(__AVX2__)
  if constexpr (sizeof(V) == 32) {
    return _mm256_stream_si256(reinterpret_cast<__m256i*>(to), (__m256i)vector);
  }
#endif
#if defined(__AVX512F__)
  if constexpr (sizeof(V) == 64) {
    return _mm512_stream_si512(reinterpret_cast<__m512i*>(to), (__m512i)vector);
  }
#endif
  Store(vector, to);
}

// Streams the vector if `streams`, and otherwise stores it in the usual way.
template <typename V, typename T>
UPSAMPLE_INLINE void WriteVector(V vector, bool streams, T* to) {
  if (streams) {
    StreamVector(vector, to);
  } else {
    Store(vector, to);
  }
}

// Returns the bytes from `address` to the next cache line, or 0 if one begins there.
UPSAMPLE_INLINE int64_t BytesToNextLine(const void* address) {
  return -reinterpret_cast<uintptr_t>(address) % kLineBytes;
}

// Streams the whole cache lines among n bytes, and stores the parts of lines at the ends.
UPSAMPLE_INLINE void Stream(const void* from_, int64_t n, void* to_) {
  const char* from = static_cast<const char*>(from_);
  char* to = static_cast<char*>(to_);
  int64_t i = std::min<int64_t>(n, BytesToNextLine(to));
  std::memcpy(to, from, i);
  for (; i + kLineBytes <= n; i += kLineBytes) {
    for (int64_t part = i; part < i + kLineBytes; part += kVectorBytes) {
      StreamVector(LoadAs<Vector<float>>(from + part), to + part);
    }
  }
  std::memcpy(to + i, from + i, n - i);
}

// Makes streamed stores visible before whatever this thread stores next.
UPSAMPLE_INLINE void StreamFence() {
#if defined(__x86_64__)
  _mm_sfence();
#endif
}

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
