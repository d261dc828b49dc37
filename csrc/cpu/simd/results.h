// Writes finished elements to the output, rounded to its type, and streams them if asked. This file
// is compiled per instruction set and includes cpu and the standard library only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "cpu/simd/convert.h"
#include "cpu/simd/stream.h"
#include "cpu/simd/vector.h"

namespace upsample {
namespace UPSAMPLE_ISA {

// Returns where the whole cache lines before out[end] end, as an index into `out`, or 0 if there is
// none. A row that grows is written up to there, so that no line is written in two parts.
template <typename T>
int64_t EndOfWholeLines(const T* out, int64_t end) {
  const int64_t in_line = reinterpret_cast<uintptr_t>(out + end) % kLineBytes / sizeof(T);
  return std::max<int64_t>(0, end - in_line);
}

// Writes the first `elements` elements of a vector of T, fewer than it has.
template <typename T, typename V>
UPSAMPLE_SELDOM void WriteFew(int64_t elements, V vector, T* to) {
  constexpr int64_t kElements = kVectorBytes / int64_t{sizeof(T)};
  T few[kElements];
  Store(vector, few);
  CopyFew<kElements>(few, elements, to);
}

// Writes a vector of T, or its first `elements` elements if it has more.
template <typename T, typename V>
UPSAMPLE_INLINE void WriteUpTo(int64_t elements, V vector, bool streams, T* to) {
  if (elements < kVectorBytes / int64_t{sizeof(T)}) return WriteFew(elements, vector, to);
  WriteVector(vector, streams, to);
}

// Returns a vector of T: elements i, i + 1, ... where vector_at(i) gives the accumulators of
// kLanesOf<T>.
template <typename T, typename VectorAt>
UPSAMPLE_INLINE auto ResultsAt(int64_t i, const VectorAt& vector_at) {
  if constexpr (std::is_same_v<T, Accumulator<T>>) {
    return vector_at(i);
  } else {
    return Narrowed(vector_at(i), vector_at(i + kLanesOf<T>), T());
  }
}

// Writes out[i] for begin <= i < end, where vector_at(i) gives the accumulators of elements i ... i
// + kLanesOf<T> - 1. The elements past `end`, up to two vectors, may be anything.
template <typename T, typename VectorAt>
UPSAMPLE_INLINE void WriteElements(T* out, int64_t begin, int64_t end, bool streams,
                                   const VectorAt& vector_at) {
  constexpr int64_t kStep = kVectorBytes / int64_t{sizeof(T)};
  int64_t i = begin;
  const auto store_up_to = [&](int64_t stop) {
    for (; i + kStep <= stop; i += kStep) Store(ResultsAt<T>(i, vector_at), out + i);
    if (i == stop) return;
    WriteFew(stop - i, ResultsAt<T>(i, vector_at), out + i);
    i = stop;
  };
  if (streams) {
    store_up_to(std::min<int64_t>(end, begin + BytesToNextLine(out + begin) / sizeof(T)));
    const int64_t whole_lines = (end - i) * sizeof(T) / kLineBytes;
    const int64_t stop = i + whole_lines * (kLineBytes / sizeof(T));
    for (; i < stop; i += kStep) StreamVector(ResultsAt<T>(i, vector_at), out + i);
  }
  store_up_to(end);
}

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
