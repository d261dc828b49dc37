// The variants that kernels are compiled for, and how a plan finds one of them. No other file has
// the list, which serves the GPU and the emulator. This file includes core and gpu/bodies only.
//
// Inside of a pixel there is an unrolled variant for each pair of the factors 2, 3 and 4, and one
// for all other factors; for single elements there is also one for tensors of any size. Along a row
// the horizontal factor is always 2, 3 or 4, and the vertical one is unrolled for 16-byte vectors
// only. Along a row of pixels of three elements, such as colours, vectors have 16 bytes, and the
// factors are 2 or 4.
#pragma once

#include <type_traits>

#include "gpu/bodies/elements.h"
#include "gpu/bodies/plan.h"
#include "gpu/bodies/walk.h"

namespace upsample {

namespace internal {

// Calls visit(Variant) if the plan is for the variant of these arguments, and otherwise returns
// false.
template <typename T, int kVector, int kRowPixel, int kSizeH, int kSizeW, typename Index,
          typename Visit>
bool VisitIf(const Plan& plan, const Visit& visit) {
  if (plan.vector != kVector || plan.row_pixel != kRowPixel || plan.unrolled_h != kSizeH ||
      plan.unrolled_w != kSizeW || plan.wide_index != (sizeof(Index) == 8)) {
    return false;
  }
  visit(Variant<T, kVector, kRowPixel, kSizeH, kSizeW, Index>());
  return true;
}

template <typename T, int kVector, int kRowPixel, int kSizeH, typename Visit>
bool VisitUnrolledW(const Plan& plan, const Visit& visit) {
  return VisitIf<T, kVector, kRowPixel, kSizeH, 2, int32_t>(plan, visit) ||
         VisitIf<T, kVector, kRowPixel, kSizeH, 3, int32_t>(plan, visit) ||
         VisitIf<T, kVector, kRowPixel, kSizeH, 4, int32_t>(plan, visit);
}

template <typename T, int kVector, int kRowPixel, typename Visit>
bool VisitFactors(const Plan& plan, const Visit& visit) {
  if constexpr (kRowPixel == 0 || kVector * sizeof(T) == kMaxVectorBytes) {
    if (VisitUnrolledW<T, kVector, kRowPixel, 2>(plan, visit) ||
        VisitUnrolledW<T, kVector, kRowPixel, 3>(plan, visit) ||
        VisitUnrolledW<T, kVector, kRowPixel, 4>(plan, visit)) {
      return true;
    }
  }
  if constexpr (kRowPixel != 0) {
    return VisitUnrolledW<T, kVector, kRowPixel, 0>(plan, visit);
  } else {
    return VisitIf<T, kVector, kRowPixel, 0, 0, int32_t>(plan, visit);
  }
}

template <typename T, int kVector, typename Visit>
bool VisitThrees(const Plan& plan, const Visit& visit) {
  return VisitIf<T, kVector, 3, 2, 2, int32_t>(plan, visit) ||
         VisitIf<T, kVector, 3, 4, 4, int32_t>(plan, visit) ||
         VisitIf<T, kVector, 3, 0, 2, int32_t>(plan, visit) ||
         VisitIf<T, kVector, 3, 0, 4, int32_t>(plan, visit);
}

template <typename T, int kVector, typename Visit>
bool VisitVectors(const Plan& plan, const Visit& visit) {
  constexpr int kBytes = kVector * sizeof(T);
  // Inside of a pixel, a vector of bytes to move is one element.
  constexpr bool kIsRaw = std::is_same_v<T, Raw<sizeof(T)>>;
  if constexpr (kVector >= (kIsRaw ? 8 : 4) && kBytes == kMaxVectorBytes) {
    if (VisitThrees<T, kVector>(plan, visit)) return true;
  }
  if constexpr (kVector >= 2 && kBytes >= 4) {
    if (VisitFactors<T, kVector, 1>(plan, visit)) return true;
  }
  if constexpr (kVector == 1 || !kIsRaw) {
    if (VisitFactors<T, kVector, 0>(plan, visit)) return true;
  }
  if constexpr (kVector == 1) {
    return VisitIf<T, 1, 0, 0, 0, int64_t>(plan, visit);
  } else {
    return VisitVectors<T, kVector / 2>(plan, visit);
  }
}

}  // namespace internal

// Calls visit(Variant()) for the variant of a plan, and returns false if there is none. kMovesBytes
// is for kernels that move elements of so many bytes, rather than compute with real numbers.
template <bool kMovesBytes, typename Visit>
bool VisitVariant(const Plan& plan, const Visit& visit) {
  const auto of = [&](auto element) {
    using T = decltype(element);
    return internal::VisitVectors<T, kMaxVectorBytes / static_cast<int>(sizeof(T))>(plan, visit);
  };
  if constexpr (kMovesBytes) {
    switch (plan.element) {
      case Element::kRaw1:
        return of(Raw<1>());
      case Element::kRaw2:
        return of(Raw<2>());
      case Element::kRaw4:
        return of(Raw<4>());
      case Element::kRaw8:
        return of(Raw<8>());
      case Element::kRaw16:
        return of(Raw<16>());
      default:
        return false;
    }
  } else {
    switch (plan.element) {
      case Element::kFloat16:
        return of(Half());
      case Element::kBFloat16:
        return of(BFloat16());
      case Element::kFloat32:
        return of(float());
      case Element::kFloat64:
        return of(double());
      default:
        return false;
    }
  }
}

}  // namespace upsample
