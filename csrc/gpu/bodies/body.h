// What the items of a kernel do. This file includes core and gpu/bodies only.
#pragma once

#include "core/problem.h"
#include "gpu/bodies/bilinear_backward.h"
#include "gpu/bodies/bilinear_forward.h"
#include "gpu/bodies/nearest_backward.h"
#include "gpu/bodies/nearest_forward.h"

namespace upsample {

template <Direction kDirection, Interpolation kInterpolation>
struct BodyOf;

template <>
struct BodyOf<Direction::kForward, Interpolation::kNearest> {
  static constexpr bool kMovesBytes = true;
  template <typename V>
  using Type = NearestForward<V>;
};
template <>
struct BodyOf<Direction::kBackward, Interpolation::kNearest> {
  static constexpr bool kMovesBytes = false;
  template <typename V>
  using Type = NearestBackward<V>;
};
template <>
struct BodyOf<Direction::kForward, Interpolation::kBilinear> {
  static constexpr bool kMovesBytes = false;
  template <typename V>
  using Type = BilinearForward<V>;
};
template <>
struct BodyOf<Direction::kBackward, Interpolation::kBilinear> {
  static constexpr bool kMovesBytes = false;
  template <typename V>
  using Type = BilinearBackward<V>;
};

}  // namespace upsample
