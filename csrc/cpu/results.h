// The way of finished elements to the output: rounded to its type, past the caches where told.
// Compiled per instruction set. Includes core, cpu and the standard library only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "cpu/convert.h"
#include "cpu/scratch.h"
#include "cpu/stream.h"

namespace upsample {
namespace UPSAMPLE_ISA {

// How many of the `left` elements from `out` on make the next block: at most kBlockElements, and
// ending where a cache line does, so that a row has partial lines at its ends only.
template <typename T>
int64_t BlockElementsAt(const T* out, int64_t left) {
  const int64_t index = reinterpret_cast<uintptr_t>(out) / sizeof(T) % kBlockElements;
  return std::min(left, kBlockElements - index);
}

// Where to compute elements of `out`: in place if nothing is left to do with them, or in `buffer`.
template <typename T, typename A>
A* Destination(T* out, A* buffer, bool streams) {
  if constexpr (std::is_same_v<T, A>) {
    return streams ? buffer : out;
  } else {
    return buffer;
  }
}

// Brings n computed elements home, unless they are there already.
template <typename T, typename A>
void Finish(const A* computed, int64_t n, T* out, bool streams) {
  if constexpr (std::is_same_v<T, A>) {
    if (computed == out) return;
    if (streams) {
      Stream(computed, n * sizeof(T), out);
    } else {
      std::memcpy(out, computed, n * sizeof(T));
    }
  } else if (!streams) {
    Narrow(computed, n, out);
  } else {
    T block[kBlockElements];
    for (int64_t i = 0; i < n;) {
      const int64_t count = BlockElementsAt(out + i, n - i);
      Narrow(computed + i, count, block);
      Stream(block, count * sizeof(T), out + i);
      i += count;
    }
  }
}

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
