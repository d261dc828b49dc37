// What a work item loads, computes with, and stores: vectors of elements, and of the reals that
// they are widened to. This file includes core and gpu/bodies only.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "core/float16.h"
#include "core/taps.h"
#include "gpu/bodies/host_device.h"

namespace upsample {

// An element that is only moved.
template <int kBytes>
struct alignas(kBytes) Raw {
  uint8_t bytes[kBytes];
};

// What kernels are compiled for. Nearest upsampling moves bytes, and the others compute.
enum class Element { kRaw1, kRaw2, kRaw4, kRaw8, kRaw16, kFloat16, kBFloat16, kFloat32, kFloat64 };

template <Element kElement>
struct TypeOfElement {
  using Type = Raw<1 << static_cast<int>(kElement)>;
};
template <>
struct TypeOfElement<Element::kFloat16> {
  using Type = Half;
};
template <>
struct TypeOfElement<Element::kBFloat16> {
  using Type = BFloat16;
};
template <>
struct TypeOfElement<Element::kFloat32> {
  using Type = float;
};
template <>
struct TypeOfElement<Element::kFloat64> {
  using Type = double;
};

constexpr int BytesOf(Element element) {
  constexpr int kBytes[] = {1, 2, 4, 8, 16, 2, 2, 4, 8};
  return kBytes[static_cast<int>(element)];
}

inline constexpr int kMaxVectorBytes = 16;

// kCount neighbours in memory, aligned to their size, so that one instruction moves them all.
template <typename T, int kCount>
struct alignas(sizeof(T) * kCount) Vector {
  T elements[kCount];
};

// The type that elements of T are added and blended in.
template <typename T>
struct RealOfT {
  using Type = float;
};
template <>
struct RealOfT<double> {
  using Type = double;
};
template <typename T>
using RealOf = typename RealOfT<T>::Type;

template <typename Real, int kCount>
struct Reals {
  Real values[kCount];
};

#if defined(__CUDA_ARCH__)

// These are one instruction each, where core's portable forms take many.
__device__ __forceinline__ float Widen(Half value) {
  float wide;
  asm("cvt.f32.f16 %0, %1;" : "=f"(wide) : "h"(value.bits));
  return wide;
}
__device__ __forceinline__ float Widen(BFloat16 value) {
  return __uint_as_float(static_cast<uint32_t>(value.bits) << 16);
}
__device__ __forceinline__ Half Narrow(float value, Half) {
  Half half;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(half.bits) : "f"(value));
  return half;
}
__device__ __forceinline__ BFloat16 Narrow(float value, BFloat16) {
#if __CUDA_ARCH__ >= 800
  BFloat16 narrow;
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(narrow.bits) : "f"(value));
  return narrow;
#else
  const uint32_t bits = __float_as_uint(value);
  const uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
  return {static_cast<uint16_t>(value != value ? 0x7fffu : rounded)};
#endif
}

#if __CUDA_ARCH__ >= 800
// These narrow two numbers at once, in one instruction.
__device__ __forceinline__ Vector<Half, 2> NarrowPair(float a, float b, Half) {
  uint32_t pair;
  asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(b), "f"(a));
  return {{{static_cast<uint16_t>(pair)}, {static_cast<uint16_t>(pair >> 16)}}};
}
__device__ __forceinline__ Vector<BFloat16, 2> NarrowPair(float a, float b, BFloat16) {
  uint32_t pair;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(b), "f"(a));
  return {{{static_cast<uint16_t>(pair)}, {static_cast<uint16_t>(pair >> 16)}}};
}
inline constexpr bool kNarrowsPairs = true;
#else
inline constexpr bool kNarrowsPairs = false;
#endif

#else

inline constexpr bool kNarrowsPairs = false;
inline float Widen(Half value) { return ToFloat(value); }
inline float Widen(BFloat16 value) { return ToFloat(value); }
inline Half Narrow(float value, Half) { return ToHalf(value); }
inline BFloat16 Narrow(float value, BFloat16) { return ToBFloat16(value); }

#endif

UPSAMPLE_HOST_DEVICE float Widen(float value) { return value; }
UPSAMPLE_HOST_DEVICE double Widen(double value) { return value; }
UPSAMPLE_HOST_DEVICE float Narrow(float value, float) { return value; }
UPSAMPLE_HOST_DEVICE double Narrow(double value, double) { return value; }

template <typename T, int kCount>
UPSAMPLE_HOST_DEVICE Vector<T, kCount> NarrowAll(const Reals<RealOf<T>, kCount>& reals) {
  Vector<T, kCount> vector;
  if constexpr (kNarrowsPairs && sizeof(T) == 2 && kCount % 2 == 0) {
    UPSAMPLE_UNROLL
    for (int i = 0; i < kCount; i += 2) {
      const Vector<T, 2> pair = NarrowPair(reals.values[i], reals.values[i + 1], T{});
      vector.elements[i] = pair.elements[0];
      vector.elements[i + 1] = pair.elements[1];
    }
  } else {
    UPSAMPLE_UNROLL
    for (int i = 0; i < kCount; ++i) vector.elements[i] = Narrow(reals.values[i], T{});
  }
  return vector;
}

// kCount neighbouring vectors.
template <typename T, int kVector, int kCount>
struct Vectors {
  Vector<T, kVector> vectors[kCount];

  UPSAMPLE_HOST_DEVICE T& operator[](int i) { return vectors[i / kVector].elements[i % kVector]; }
  UPSAMPLE_HOST_DEVICE const T& operator[](int i) const {
    return vectors[i / kVector].elements[i % kVector];
  }
};

template <typename T, int kVector, int kCount, typename Memory, typename Index>
UPSAMPLE_HOST_DEVICE Vectors<T, kVector, kCount> LoadVectors(const Memory& from, Index offset) {
  Vectors<T, kVector, kCount> loaded;
  UPSAMPLE_UNROLL
  for (int v = 0; v < kCount; ++v) {
    loaded.vectors[v] = from.template Load<kVector>(offset + v * kVector);
  }
  return loaded;
}

template <typename T, int kVector, int kCount, typename Memory, typename Index>
UPSAMPLE_HOST_DEVICE void StoreVectors(const Memory& to, Index offset,
                                       const Vectors<T, kVector, kCount>& values) {
  UPSAMPLE_UNROLL
  for (int v = 0; v < kCount; ++v) to.Store(offset + v * kVector, values.vectors[v]);
}

// Narrows to kVectors vectors.
template <typename T, int kVectors, int kCount>
UPSAMPLE_HOST_DEVICE Vectors<T, kCount / kVectors, kVectors> NarrowToVectors(
    const Reals<RealOf<T>, kCount>& reals) {
  constexpr int kVector = kCount / kVectors;
  Vectors<T, kVector, kVectors> narrow;
  UPSAMPLE_UNROLL
  for (int v = 0; v < kVectors; ++v) {
    Reals<RealOf<T>, kVector> part;
    UPSAMPLE_UNROLL
    for (int i = 0; i < kVector; ++i) part.values[i] = reals.values[v * kVector + i];
    narrow.vectors[v] = NarrowAll<T>(part);
  }
  return narrow;
}

template <typename T, int kCount>
UPSAMPLE_HOST_DEVICE Reals<RealOf<T>, kCount> WidenAll(const Vector<T, kCount>& vector) {
  Reals<RealOf<T>, kCount> reals;
  if constexpr (std::is_same_v<T, BFloat16> && kCount == 8) {
    // By words, because nvcc first takes a vector apart by elements otherwise, which are up to a
    // third of all instructions. Shorter vectors would take more registers.
    uint32_t words[kCount / 2];
    std::memcpy(words, &vector, sizeof words);
    UPSAMPLE_UNROLL
    for (int i = 0; i < kCount / 2; ++i) {
      const uint32_t pair[] = {words[i] << 16, words[i] & 0xffff0000u};
      std::memcpy(&reals.values[2 * i], pair, sizeof pair);
    }
  } else {
    UPSAMPLE_UNROLL
    for (int i = 0; i < kCount; ++i) reals.values[i] = Widen(vector.elements[i]);
  }
  return reals;
}

template <typename T, int kVector, int kCount>
UPSAMPLE_HOST_DEVICE Reals<RealOf<T>, kVector * kCount> WidenAll(
    const Vectors<T, kVector, kCount>& vectors) {
  Reals<RealOf<T>, kVector * kCount> reals;
  UPSAMPLE_UNROLL
  for (int v = 0; v < kCount; ++v) {
    const auto part = WidenAll(vectors.vectors[v]);
    UPSAMPLE_UNROLL
    for (int i = 0; i < kVector; ++i) reals.values[v * kVector + i] = part.values[i];
  }
  return reals;
}

// This is done element by element, because a choice between two structures would put both into
// memory.
template <typename Real, int kCount>
UPSAMPLE_HOST_DEVICE Reals<Real, kCount> Choose(bool first, const Reals<Real, kCount>& a,
                                                const Reals<Real, kCount>& b) {
  Reals<Real, kCount> chosen;
  UPSAMPLE_UNROLL
  for (int i = 0; i < kCount; ++i) chosen.values[i] = first ? a.values[i] : b.values[i];
  return chosen;
}

template <typename Real, int kCount>
UPSAMPLE_HOST_DEVICE Reals<Real, kCount> BlendAll(Real weight_of_high,
                                                  const Reals<Real, kCount>& low,
                                                  const Reals<Real, kCount>& high) {
  Reals<Real, kCount> blends;
  UPSAMPLE_UNROLL
  for (int i = 0; i < kCount; ++i) {
    blends.values[i] = Blend(weight_of_high, low.values[i], high.values[i]);
  }
  return blends;
}

// sum += x
template <typename Real, int kCount>
UPSAMPLE_HOST_DEVICE void Add(const Reals<Real, kCount>& x, Reals<Real, kCount>* sum) {
  UPSAMPLE_UNROLL
  for (int i = 0; i < kCount; ++i) sum->values[i] += x.values[i];
}

// sum += weight * x
template <typename Real, int kCount>
UPSAMPLE_HOST_DEVICE void AddTimes(Real weight, const Reals<Real, kCount>& x,
                                   Reals<Real, kCount>* sum) {
  UPSAMPLE_UNROLL
  for (int i = 0; i < kCount; ++i) sum->values[i] += weight * x.values[i];
}

}  // namespace upsample
