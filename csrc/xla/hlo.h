// The ops in XLA's own operations, which it fuses with their neighbours. This file includes core,
// xla and XLA.
#pragma once

#include <cstdint>
#include <vector>

#include "core/validate.h"
#include "xla/custom_call.h"
#include "xla/hlo/builder/lib/constants.h"
#include "xla/hlo/builder/xla_builder.h"
#include "xla/hlo_axis.h"
#include "xla/shape_util.h"

namespace upsample {

// --- Lengths that are known at run time only ----------------------------------------------------

// How they are computed. Our own code refuses what eager mode refuses. For a device that has no
// such code, XLA's operations compute them; they can't refuse anything, so NaNs show the error.
enum class ResultLengths { kByCustomCall, kByHlo };

// Returns the least upper bound of a dynamic dimension: a gradient's lengths are multiples of the
// factor.
inline Shape Bounds(const xla::Shape& shape, const Spec& spec) {
  Shape bounds(shape.dimensions().begin(), shape.dimensions().end());
  for (int64_t d = 0; d < static_cast<int64_t>(bounds.size()); ++d) {
    if (spec.direction == Direction::kForward || shape.is_static_dimension(d)) continue;
    bounds[d] -= bounds[d] % FactorOf(spec, d);
  }
  return bounds;
}

// Returns an element of s32[4] as a scalar.
inline xla::XlaOp Element(xla::XlaOp numbers, int64_t index) {
  return xla::Reshape(xla::SliceInDim(numbers, index, index + 1, 1, 0), {});
}

// Returns all dimensions of the result, as s32[4].
inline xla::XlaOp LengthsOfResult(xla::XlaOp in, const Spec& spec, ResultLengths how) {
  xla::XlaBuilder* builder = in.builder();
  std::vector<xla::XlaOp> lengths;
  std::vector<int32_t> factors;
  for (int64_t d = 0; d < 4; ++d) {
    lengths.push_back(xla::Reshape(xla::GetDimensionSize(in, d), {1}));
    factors.push_back(static_cast<int32_t>(FactorOf(spec, d)));
  }
  const xla::XlaOp of_input = xla::ConcatInDim(builder, lengths, 0);
  if (how == ResultLengths::kByCustomCall) return EmitLengths(of_input, spec);
  const xla::XlaOp sizes = xla::ConstantR1<int32_t>(builder, factors);
  return spec.direction == Direction::kForward ? of_input * sizes : of_input / sizes;
}

// Returns a gradient, or NaNs where a length of grad_out is no multiple of the factor.
inline xla::XlaOp NanUnlessMultiple(xla::XlaOp x, xla::XlaOp grad_out,
                                    const std::vector<Axis>& axes) {
  xla::XlaBuilder* builder = x.builder();
  const xla::XlaOp zero = xla::Zero(builder, ShapeOf(x).element_type());
  for (const Axis& axis : axes) {
    if (!axis.length.valid()) continue;
    const xla::XlaOp covered = axis.length * xla::ConstantR0<int32_t>(builder, axis.size);
    const xla::XlaOp is_multiple = xla::Eq(covered, xla::GetDimensionSize(grad_out, axis.index));
    x = xla::Select(xla::Broadcast(is_multiple, DimsOf(x)), x,
                    xla::Broadcast(zero / zero, DimsOf(x)));
  }
  return x;
}

// --- The ops ------------------------------------------------------------------------------------

inline xla::XlaOp EmitStatic(xla::XlaOp x, const std::vector<Axis>& axes, const Shape& result,
                             const Spec& spec) {
  const bool is_forward = spec.direction == Direction::kForward;
  const bool is_nearest = spec.interpolation == Interpolation::kNearest;
  if (is_forward && is_nearest) return RepeatPixels(x, axes, result);
  const xla::PrimitiveType type = ShapeOf(x).element_type();
  if (is_nearest) {
    x = SumPixels(Widened(x), axes);
  } else if (is_forward) {
    x = Widened(x);
    for (const Axis& axis : axes) x = BlendAxis(x, axis);
  } else {
    for (const Axis& axis : axes) x = GatherAxis(x, axis);
  }
  return xla::ConvertElementType(x, type);
}

// `shape` is that of `in`, whose dimensions may be dynamic. `result` has the bounds of the result's
// dimensions, which follow from the bounds that Bounds() returns.
inline xla::XlaOp EmitHlo(xla::XlaOp in, const xla::Shape& shape, const Shape& result,
                          const Spec& spec, ResultLengths lengths) {
  xla::XlaBuilder* builder = in.builder();
  const bool is_forward = spec.direction == Direction::kForward;
  // Dynamic dimensions become static ones, and get their lengths again at the end.
  const xla::XlaOp result_lengths =
      shape.is_static() ? xla::XlaOp() : LengthsOfResult(in, spec, lengths);
  std::vector<Axis> axes;
  xla::XlaOp x = in;
  for (int64_t d = 0; d < static_cast<int64_t>(result.size()); ++d) {
    const int64_t size = FactorOf(spec, d);
    const int64_t low = is_forward ? shape.dimensions(d) : result[d];
    axes.push_back({d, size, low, {}});
    if (shape.is_static_dimension(d)) continue;
    axes[d].length = is_forward ? xla::GetDimensionSize(in, d) : Element(result_lengths, d);
    x = xla::RemoveDynamicDimension(x, d);
    if (!is_forward) x = xla::SliceInDim(x, 0, low * size, 1, d);
  }
  const bool is_empty = xla::ShapeUtil::IsZeroElementArray(ShapeOf(x));
  x = is_empty ? xla::Broadcast(xla::Zero(builder, shape.element_type()), result)
               : EmitStatic(x, axes, result, spec);
  if (!is_forward && lengths == ResultLengths::kByHlo) x = NanUnlessMultiple(x, in, axes);
  for (const Axis& axis : axes) {
    if (!axis.length.valid()) continue;
    x = xla::SetDimensionSize(x, Element(result_lengths, axis.index), axis.index);
  }
  return x;
}

}  // namespace upsample
