// Every rule that a user can break, with its message, once for all front ends. Includes core and
// the standard library only.
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

// The attributes of both ops.
struct Attributes {
  int64_t size_h;
  int64_t size_w;
  Interpolation interpolation;
  Layout layout;
};

// Accepts "nearest" | "bilinear", "NHWC" | "NCHW" and two factors >= 1.
UPSAMPLE_EXPORT Status ParseAttributes(const std::vector<int64_t>& size,
                                       const std::string& interpolation,
                                       const std::string& data_format, Attributes* attributes);

UPSAMPLE_EXPORT Status ParseDType(const std::string& name, DType* dtype);

// Nearest upsampling moves any element type; sums and blends need arithmetic.
UPSAMPLE_EXPORT Status CheckDType(DType dtype, Interpolation interpolation, Direction direction);

// The shape that the op makes of `shape` [N, H, W, C] or [N, C, H, W], whose dimensions may be
// kUnknown: forward multiplies height and width by the factors, backward divides. Refuses other
// ranks, more than 2^63 - 1 elements, and (backward) sides that are no multiple of the factor.
UPSAMPLE_EXPORT Status ResultShape(const Shape& shape, const Attributes& attributes,
                                   Direction direction, Shape* result);

// ResultShape for a shape that is known, and the problem behind it.
UPSAMPLE_EXPORT Status MakeProblem(const Shape& shape, const Attributes& attributes,
                                   Direction direction, Problem* problem, Shape* result);

}  // namespace upsample
