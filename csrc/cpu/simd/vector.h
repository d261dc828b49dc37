// The widest vectors of the instruction set, as the compiler's own vector types, so that +, * and
// [] work on them on every processor. This file is compiled per instruction set and includes cpu
// and the standard library only.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "cpu/tuning.h"

// These functions are always inlined. There are so many kernels in one file that the compiler's own
// limits would leave calls in their inner loops.
#define UPSAMPLE_INLINE inline __attribute__((always_inline))

// Inlines all that the function calls, lambdas included. It is for functions that are an inner
// loop.
#define UPSAMPLE_FLATTEN __attribute__((flatten))

// Keeps an inner loop, and its registers, apart from what calls it.
#define UPSAMPLE_APART __attribute__((noinline))

// Keeps what happens once in a row or a tensor, and its registers, out of the inner loops.
#define UPSAMPLE_SELDOM __attribute__((noinline, cold))

namespace upsample {
namespace UPSAMPLE_ISA {

#if defined(__AVX512F__)
constexpr int kVectorBytes = 64;
#elif defined(__AVX2__)
constexpr int kVectorBytes = 32;
#else
constexpr int kVectorBytes = 16;
#endif

constexpr int64_t kLineBytes = 64;

// Whether a vector fills a cache line. Narrower vectors that are streamed to several rows in turn
// leave many lines half-written at the same time, and memory is then written in pieces, which took
// ten times as long (bilinear-NHWC-float32-8x128x128x64-by4x4).
constexpr bool kFillsLines = kVectorBytes == kLineBytes;

// Whether there are 32 registers for vectors rather than 16.
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr bool kHasManyRegisters = true;
#else
constexpr bool kHasManyRegisters = false;
#endif

// Returns the same address, but the compiler no longer knows what it was computed from. So it
// addresses what lies at steps from it by those steps, rather than by as many pointers, most of
// them on the stack.
template <typename T>
UPSAMPLE_INLINE const T* Opaque(const T* at) {
  __asm__("" : "+r"(at));
  return at;
}

// kLanes<A> values of A, and as many integers of the same width.
template <typename A>
struct VectorTypes;
template <>
struct VectorTypes<float> {
  typedef float Values __attribute__((vector_size(kVectorBytes)));
  typedef int32_t Integers __attribute__((vector_size(kVectorBytes)));
};
template <>
struct VectorTypes<double> {
  typedef double Values __attribute__((vector_size(kVectorBytes)));
  typedef int64_t Integers __attribute__((vector_size(kVectorBytes)));
};
template <typename A>
using Vector = typename VectorTypes<A>::Values;
template <typename A>
using Integers = typename VectorTypes<A>::Integers;
template <typename A>
constexpr int64_t kLanes = kVectorBytes / int64_t{sizeof(A)};

template <typename V, typename T>
UPSAMPLE_INLINE V LoadAs(const T* from) {
  V vector;
  std::memcpy(&vector, from, sizeof(V));
  return vector;
}
template <typename A>
UPSAMPLE_INLINE Vector<A> Load(const A* from) {
  return LoadAs<Vector<A>>(from);
}
template <typename V, typename T>
UPSAMPLE_INLINE void Store(V vector, T* to) {
  std::memcpy(to, &vector, sizeof(V));
}

// Asks for memory that will be read soon, one page further on, because the processor's own
// prefetches stop at each page. It asks for it in L2, because L1 allows so few misses at a time
// that prefetches wait for one another. (GCC 12 takes a function that only prefetches for one that
// does nothing: where this one wasn't inlined, its calls were left out.)
template <typename T>
UPSAMPLE_INLINE void Prefetch(const T* from) {
  __builtin_prefetch(reinterpret_cast<const char*>(from) + tuning::kPrefetchBytes, /*rw=*/0,
                     /*locality=*/2);
}

// Whether Permuted() is one instruction.
#if defined(__AVX2__) || defined(__aarch64__)
constexpr bool kHasPermutation = true;
#else
constexpr bool kHasPermutation = false;
#endif

// Whether PermutedPair() of any two vectors is one instruction.
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr bool kHasPairPermutation = true;
#else
constexpr bool kHasPairPermutation = false;
#endif

// Returns result[lane] = vector[index[lane]].
template <typename A>
UPSAMPLE_INLINE Vector<A> Permuted(Vector<A> vector, Integers<A> index) {
#if defined(__GNUC__) && !defined(__clang__)
  return __builtin_shuffle(vector, index);
#else
  Vector<A> result;
  for (int lane = 0; lane < kLanes<A>; ++lane) result[lane] = vector[index[lane]];
  return result;
#endif
}

// Two vectors of neighbours, or the even and the odd ones of as many elements.
template <typename A>
struct Pair {
  Vector<A> first, second;
};
template <typename A>
UPSAMPLE_INLINE Pair<A> operator*(A factor, Pair<A> pair) {
  return {factor * pair.first, factor * pair.second};
}
template <typename A>
UPSAMPLE_INLINE Pair<A> operator+(Pair<A> a, Pair<A> b) {
  return {a.first + b.first, a.second + b.second};
}
template <typename A>
UPSAMPLE_INLINE Pair<A> operator-(Pair<A> a, Pair<A> b) {
  return {a.first - b.first, a.second - b.second};
}

// Some vectors of neighbours, in any order.
template <typename A, int n>
struct Vectors {
  Vector<A> at[n];
};
template <typename A, int n>
UPSAMPLE_INLINE Vectors<A, n> operator*(A factor, Vectors<A, n> vectors) {
#pragma GCC unroll 4
  for (int i = 0; i < n; ++i) vectors.at[i] *= factor;
  return vectors;
}
template <typename A, int n>
UPSAMPLE_INLINE Vectors<A, n> operator+(Vectors<A, n> a, Vectors<A, n> b) {
#pragma GCC unroll 4
  for (int i = 0; i < n; ++i) a.at[i] += b.at[i];
  return a;
}

// Returns result[lane] = element index[lane] of both vectors, one behind the other.
template <typename V, typename Index>
UPSAMPLE_INLINE V PermutedPair(V first, V second, Index index) {
#if defined(__GNUC__) && !defined(__clang__)
  return __builtin_shuffle(first, second, index);
#else
  constexpr int kCount = sizeof(V) / sizeof(first[0]);
  V result;
  for (int i = 0; i < kCount; ++i) {
    result[i] = index[i] < kCount ? first[index[i]] : second[index[i] - kCount];
  }
  return result;
#endif
}

// Returns a vector of the elements from kFirst on of both vectors, one behind the other.
template <typename A, int kFirst>
UPSAMPLE_INLINE Vector<A> ElementsFrom(Vector<A> first, Vector<A> second) {
  Integers<A> index;
  for (int lane = 0; lane < kLanes<A>; ++lane) index[lane] = kFirst + lane;
  return PermutedPair(first, second, index);
}

// Puts the even and the odd elements into their order.
template <typename A>
UPSAMPLE_INLINE Pair<A> Interleaved(Pair<A> pair) {
  Integers<A> low, high;
  for (int lane = 0; lane < kLanes<A>; ++lane) {
    low[lane] = lane / 2 + lane % 2 * kLanes<A>;
    high[lane] = low[lane] + kLanes<A> / 2;
  }
  return {PermutedPair(pair.first, pair.second, low), PermutedPair(pair.first, pair.second, high)};
}

// This is the inverse.
template <typename A>
UPSAMPLE_INLINE Pair<A> Deinterleaved(Pair<A> pair) {
  Integers<A> even, odd;
  for (int lane = 0; lane < kLanes<A>; ++lane) {
    even[lane] = 2 * lane;
    odd[lane] = 2 * lane + 1;
  }
  return {PermutedPair(pair.first, pair.second, even), PermutedPair(pair.first, pair.second, odd)};
}

// Calls work(i) for vectors at i that cover [0, n), with n >= kLanes<A>. The last vector may
// overlap.
template <typename A, typename Work>
UPSAMPLE_INLINE void ForEachVector(int64_t n, const Work& work) {
  int64_t i = 0;
  for (; i + kLanes<A> <= n; i += kLanes<A>) work(i);
  if (i < n) work(n - kLanes<A>);
}

// Moves n < kAtMost elements in pieces of powers of two, which is faster than memcpy for so few.
template <int kAtMost, typename T>
UPSAMPLE_INLINE void CopyFew(const T* from, int64_t n, T* to) {
  if constexpr (kAtMost > 1) {
    constexpr int kPiece = kAtMost / 2;
    const int64_t moved = n & kPiece;
    if (moved != 0) std::memcpy(to, from, kPiece * sizeof(T));
    CopyFew<kPiece>(from + moved, n, to + moved);
  }
}

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
