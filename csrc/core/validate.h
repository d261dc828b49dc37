// Every rule that a user can break, with its message, once for all front ends. This file includes
// core and the standard library only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/dtype.h"
#include "core/export.h"
#include "core/problem.h"
#include "core/status.h"

namespace upsample {

// A dimension that is not known while a graph is built.
inline constexpr int64_t kUnknown = -1;

using Shape = std::vector<int64_t>;

// All that defines an upsampling except for the shape of its input.
struct Spec {
  Direction direction;
  DType dtype;
  int64_t size_h;
  int64_t size_w;
  Interpolation interpolation;
  Layout layout;
};

// Returns the factor of an axis of the tensor.
inline int64_t FactorOf(const Spec& spec, int64_t axis) {
  const LayoutInfo& layout = Info(spec.layout);
  return axis == layout.height ? spec.size_h : axis == layout.width ? spec.size_w : 1;
}

// Accepts two factors >= 1, and names of kDTypes, kInterpolations and kLayouts. CheckDType() must
// accept the dtype and the interpolation.
UPSAMPLE_EXPORT Status ParseSpec(Direction direction, const std::string& dtype,
                                 const std::vector<int64_t>& size, const std::string& interpolation,
                                 const std::string& data_format, Spec* spec);

// Forward, an interpolation that reads one tap moves any element type. Sums and blends need
// arithmetic.
Status CheckDType(DType dtype, Interpolation interpolation, Direction direction);

// Computes the shape that the op makes of `shape` [N, H, W, C] or [N, C, H, W], whose dimensions
// may be kUnknown: forward multiplies height and width by the factors, backward divides. It refuses
// other ranks, more than 2^63 - 1 elements, and (backward) sides that are no multiple of the
// factor.
UPSAMPLE_EXPORT Status ResultShape(const Shape& shape, const Spec& spec, Shape* result);

// Does the same for a shape that is known, and makes the problem too.
UPSAMPLE_EXPORT Status MakeProblem(const Shape& shape, const Spec& spec, Problem* problem,
                                   Shape* result);

}  // namespace upsample
