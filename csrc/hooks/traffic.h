// Memory traffic with hardly any computing, as a bound on what a kernel can reach. Reading and
// writing cost differently, so a copy alone is no bound. This file includes the standard library
// only.
#pragma once

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace upsample {

// Reads so many cache lines and streams so many others, both evenly over the time. What is written
// is what was read, xored, so it is never only zeros, with which memory can be faster.
inline void MoveLines(const char* in, int64_t in_lines, char* out, int64_t out_lines) {
  constexpr int64_t kLineBytes = 64, kPartBytes = 16, kParts = kLineBytes / kPartBytes;
  typedef int64_t Part __attribute__((vector_size(kPartBytes)));
  Part mixed[kParts] = {};
  const int64_t turns = std::max(in_lines, out_lines);
  int64_t to_read = turns - in_lines, to_write = 0;  // reads first
  for (int64_t turn = 0; turn < turns; ++turn) {
    if ((to_read += in_lines) >= turns) {
      to_read -= turns;
      __builtin_prefetch(in + 4096, /*rw=*/0, /*locality=*/2);
      for (Part& part : mixed) {
        Part read;
        std::memcpy(&read, in, kPartBytes);
        part ^= read;
        in += kPartBytes;
      }
    }
    if ((to_write += out_lines) >= turns) {
      to_write -= turns;
      for (const Part& part : mixed) {
#if defined(__x86_64__)
        _mm_stream_si128(reinterpret_cast<__m128i*>(out), (__m128i)part);
#else
        std::memcpy(out, &part, kPartBytes);
#endif
        out += kPartBytes;
      }
    }
  }
#if defined(__x86_64__)
  _mm_sfence();
#endif
}

}  // namespace upsample
