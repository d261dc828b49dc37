// The interpolations and their names; core/taps.h has what they read. Includes the standard library
// only.
#pragma once

#include <type_traits>

namespace upsample {

enum class Interpolation { kNearest, kBilinear };

struct InterpolationInfo {
  Interpolation interpolation;
  const char* name;  // Keras' and TensorFlow's
};

inline constexpr InterpolationInfo kInterpolations[] = {
    {Interpolation::kNearest, "nearest"},
    {Interpolation::kBilinear, "bilinear"},
};

// The table is in the order of the enumeration, which validate.cc asserts.
inline const InterpolationInfo& Info(Interpolation interpolation) {
  return kInterpolations[static_cast<int>(interpolation)];
}

// Calls visit() with the interpolation as a compile-time constant.
template <typename Visit>
inline __attribute__((always_inline)) auto VisitInterpolation(Interpolation interpolation,
                                                              const Visit& visit) {
  if (interpolation == Interpolation::kNearest) {
    return visit(std::integral_constant<Interpolation, Interpolation::kNearest>());
  }
  return visit(std::integral_constant<Interpolation, Interpolation::kBilinear>());
}

}  // namespace upsample
