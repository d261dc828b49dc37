// Stores that bypass the caches: for a result that fills the last-level cache or more, and would
// otherwise be read from memory before it is overwritten. Compiled per instruction set. Includes
// the standard library only.
#pragma once

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace upsample {
namespace UPSAMPLE_ISA {

constexpr int64_t kLineBytes = 64;

// One whole cache line; `to` is aligned to it. An ordinary store where there is no other.
inline void StreamLine(const char* from, char* to) {
#if defined(__AVX512F__)
  _mm512_stream_si512(reinterpret_cast<__m512i*>(to), _mm512_loadu_si512(from));
#elif defined(__AVX2__)
  for (int i = 0; i < 64; i += 32) {
    const __m256i part = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + i));
    _mm256_stream_si256(reinterpret_cast<__m256i*>(to + i), part);
  }
#elif defined(__x86_64__)
  for (int i = 0; i < 64; i += 16) {
    const __m128i part = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + i));
    _mm_stream_si128(reinterpret_cast<__m128i*>(to + i), part);
  }
#else
  std::memcpy(to, from, kLineBytes);
#endif
}

// Streams the whole cache lines among n bytes, and stores the parts of lines at the ends.
inline void Stream(const void* from_, int64_t n, void* to_) {
  const char* from = static_cast<const char*>(from_);
  char* to = static_cast<char*>(to_);
  const int64_t head = std::min<int64_t>(n, -reinterpret_cast<uintptr_t>(to) % kLineBytes);
  std::memcpy(to, from, head);
  int64_t i = head;
  for (; i + kLineBytes <= n; i += kLineBytes) StreamLine(from + i, to + i);
  std::memcpy(to + i, from + i, n - i);
}

// Makes streamed stores visible before whatever this thread stores next.
inline void StreamFence() {
#if defined(__x86_64__)
  _mm_sfence();
#endif
}

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
