// The variants that kernels are compiled for. No other file has the list, which serves the GPU and
// the emulator. This file includes core and gpu/bodies only.
//
// Inside of a pixel there is an unrolled variant for each pair of the factors 2, 3 and 4, and one
// for all other factors; for single elements there is also one for tensors of any size. Along a row
// the horizontal factor is always 2, 3 or 4, and the vertical one is unrolled for 16-byte vectors
// only. Along a row of pixels of three elements, such as colours, vectors have 16 bytes, and the
// factors are 2 or 4.
#pragma once

#include <cstdint>

#include "gpu/bodies/elements.h"
#include "gpu/bodies/walk.h"

namespace upsample {

namespace internal {

template <typename Visit, Element kElement, int kVector>
struct Variants {
  static constexpr int kBytes = kVector * BytesOf(kElement);
  static constexpr bool kIsRaw = kElement <= Element::kRaw16;

  template <int kRowPixel, int kSizeH, int kSizeW, bool kWide = false>
  static UPSAMPLE_HOST_DEVICE void One(const Visit& visit) {
    visit(Variant<kElement, kVector, kRowPixel, kSizeH, kSizeW, kWide>());
  }

  template <int kRowPixel, int kSizeH>
  static UPSAMPLE_HOST_DEVICE void UnrolledW(const Visit& visit) {
    One<kRowPixel, kSizeH, 2>(visit);
    One<kRowPixel, kSizeH, 3>(visit);
    One<kRowPixel, kSizeH, 4>(visit);
  }

  template <int kRowPixel>
  static UPSAMPLE_HOST_DEVICE void Unrolled(const Visit& visit) {
    UnrolledW<kRowPixel, 2>(visit);
    UnrolledW<kRowPixel, 3>(visit);
    UnrolledW<kRowPixel, 4>(visit);
  }

  static UPSAMPLE_HOST_DEVICE void All(const Visit& visit) {
    if constexpr (kVector >= (kIsRaw ? 8 : 4) && kBytes == kMaxVectorBytes) {
      One<3, 2, 2>(visit);
      One<3, 4, 4>(visit);
      One<3, 0, 2>(visit);
      One<3, 0, 4>(visit);
    }
    if constexpr (kVector >= 2 && kBytes >= 4) {
      if constexpr (kBytes == kMaxVectorBytes) Unrolled<1>(visit);
      UnrolledW<1, 0>(visit);
    }
    // Inside of a pixel, a vector of bytes to move is one element.
    if constexpr (kVector == 1 || !kIsRaw) {
      Unrolled<0>(visit);
      One<0, 0, 0>(visit);
    }
    if constexpr (kVector == 1) {
      One<0, 0, 0, true>(visit);
    } else {
      Variants<Visit, kElement, kVector / 2>::All(visit);
    }
  }
};

template <Element kElement, typename Visit>
UPSAMPLE_HOST_DEVICE void ForEachVariantOf(const Visit& visit) {
  Variants<Visit, kElement, kMaxVectorBytes / BytesOf(kElement)>::All(visit);
}

}  // namespace internal

// Calls visit(Variant()) for each variant. kMovesBytes is for kernels that move elements of so many
// bytes, rather than compute with real numbers.
template <bool kMovesBytes, typename Visit>
UPSAMPLE_HOST_DEVICE void ForEachVariant(const Visit& visit) {
  if constexpr (kMovesBytes) {
    internal::ForEachVariantOf<Element::kRaw1>(visit);
    internal::ForEachVariantOf<Element::kRaw2>(visit);
    internal::ForEachVariantOf<Element::kRaw4>(visit);
    internal::ForEachVariantOf<Element::kRaw8>(visit);
    internal::ForEachVariantOf<Element::kRaw16>(visit);
  } else {
    internal::ForEachVariantOf<Element::kFloat16>(visit);
    internal::ForEachVariantOf<Element::kBFloat16>(visit);
    internal::ForEachVariantOf<Element::kFloat32>(visit);
    internal::ForEachVariantOf<Element::kFloat64>(visit);
  }
}

}  // namespace upsample
