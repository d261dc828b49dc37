// The interpolations and their names; core/taps.h has what they read. This file includes the
// standard library only.
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

// Calls visit() with the interpolation as a compile-time constant. The compiler warns of one that
// is missing here.
template <typename Visit>
inline __attribute__((always_inline)) auto VisitInterpolation(Interpolation interpolation,
                                                              const Visit& visit) {
  switch (interpolation) {
    case Interpolation::kNearest:
      return visit(std::integral_constant<Interpolation, Interpolation::kNearest>());
    case Interpolation::kBilinear:
      return visit(std::integral_constant<Interpolation, Interpolation::kBilinear>());
  }
  __builtin_unreachable();
}

}  // namespace upsample
