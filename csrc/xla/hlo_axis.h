// Upsampling of some axes of a tensor, and its transpose, in XLA's own operations. It uses no
// gather, scatter or dot, and the same number of operations for any factor. This file includes core
// and XLA.
//
// An axis of n * s pixels is split into [n, s], which moves nothing in memory. There, cell i holds
// the s phases that lie on input i. Phase p is output s * i + p. By core/taps.h, with h = floor(s /
// 2), the first h phases lie in the gap before the input, from phase s - h of that gap on, and the
// last h lie in the gap after it, from phase s % 2 on. For an odd factor, one phase between them
// lies on the input. So each half of a cell depends on its input and on one neighbour. At a border
// the input stands in for the missing neighbour, which makes the output a copy.
#pragma once

#include <cstdint>
#include <vector>

#include "core/taps.h"
#include "core/validate.h"
#include "xla/hlo/builder/lib/arithmetic.h"
#include "xla/hlo/builder/lib/constants.h"
#include "xla/hlo/builder/xla_builder.h"
#include "xla/shape_util.h"

namespace upsample {

// An axis of the low-resolution tensor: its place, factor and length. If the length is known at run
// time only, `length` is that length, an s32 scalar, and `bound` is a bound on it. What lies
// between the two is garbage, and goes into no result before `length`.
struct Axis {
  int64_t index;
  int64_t size;
  int64_t bound;
  xla::XlaOp length;
};

// Returns the shape of an operation that is part of the program. It has one, because op_kernel.cc
// has refused what XLA could not represent.
inline xla::Shape ShapeOf(xla::XlaOp x) { return *x.builder()->GetShapePtr(x).value(); }

inline std::vector<int64_t> DimsOf(xla::XlaOp x) {
  const xla::Shape shape = ShapeOf(x);
  return {shape.dimensions().begin(), shape.dimensions().end()};
}

// Half and bfloat16 are computed in float and rounded once, as the kernels do.
inline xla::XlaOp Widened(xla::XlaOp x) {
  const xla::PrimitiveType type = ShapeOf(x).element_type();
  return type == xla::F16 || type == xla::BF16 ? xla::ConvertElementType(x, xla::F32) : x;
}

inline xla::XlaOp Sum(xla::XlaOp x, const std::vector<int64_t>& dims) {
  const xla::PrimitiveType type = ShapeOf(x).element_type();
  return xla::Reduce(x, xla::Zero(x.builder(), type),
                     xla::CreateScalarAddComputation(type, x.builder()), dims);
}

// --- Nearest: each cell is its input ------------------------------------------------------------

inline xla::XlaOp RepeatPixels(xla::XlaOp x, const std::vector<Axis>& axes, const Shape& result) {
  std::vector<int64_t> cells, source;
  for (const Axis& axis : axes) {
    source.push_back(cells.size());
    cells.push_back(axis.bound);
    if (axis.size > 1) cells.push_back(axis.size);
  }
  return xla::Reshape(xla::BroadcastInDim(x, cells, source), result);
}

inline xla::XlaOp SumPixels(xla::XlaOp grad_out, const std::vector<Axis>& axes) {
  std::vector<int64_t> cells, phases;
  for (const Axis& axis : axes) {
    cells.push_back(axis.bound);
    if (axis.size == 1) continue;
    phases.push_back(cells.size());
    cells.push_back(axis.size);
  }
  return Sum(xla::Reshape(grad_out, cells), phases);
}

// --- Bilinear, one axis after the other ---------------------------------------------------------

// The weights of the phases in the two halves of a cell, for its input and for the neighbour.
struct PhaseWeights {
  bool is_odd;
  std::vector<double> own_before, neighbour_before, own_after, neighbour_after;

  // These are the weights in the type that is computed in.
  PhaseWeights(int64_t size, bool is_double) : is_odd(size % 2 == 1) {
    const auto low = [=](int64_t k) {
      return is_double ? WeightOfLow<double>(k, size) : WeightOfLow<float>(k, size);
    };
    const auto high = [=](int64_t k) {
      return is_double ? WeightOfHigh<double>(k, size) : WeightOfHigh<float>(k, size);
    };
    const int64_t half = size / 2;
    for (int64_t k = size - half; k < size; ++k) {
      own_before.push_back(high(k));
      neighbour_before.push_back(low(k));
    }
    for (int64_t k = size % 2; k < size % 2 + half; ++k) {
      own_after.push_back(low(k));
      neighbour_after.push_back(high(k));
    }
  }

  // Returns the input's weights of all phases. The phase that lies on the input has weight 1.
  std::vector<double> Own() const {
    std::vector<double> own = own_before;
    if (is_odd) own.push_back(1);
    own.insert(own.end(), own_after.begin(), own_after.end());
    return own;
  }
};

// Returns [.., n, phases, ..] times the weight of each phase.
inline xla::XlaOp Weighted(xla::XlaOp cells, const Axis& axis, const std::vector<double>& weights) {
  const xla::XlaOp constants = xla::ConvertElementType(
      xla::ConstantR1<double>(cells.builder(), weights), ShapeOf(cells).element_type());
  return xla::Mul(cells, constants, {axis.index + 1});
}

// [.., n, ..] -> [.., n, phases, ..]
inline xla::XlaOp Repeat(xla::XlaOp x, const Axis& axis, int64_t phases) {
  std::vector<int64_t> dims = DimsOf(x), source;
  for (int64_t i = 0; i < static_cast<int64_t>(dims.size()); ++i) {
    source.push_back(i <= axis.index ? i : i + 1);
  }
  dims.insert(dims.begin() + axis.index + 1, phases);
  return xla::BroadcastInDim(x, dims, source);
}

// Returns elements [begin, end) of the axis.
inline xla::XlaOp Slice(xla::XlaOp x, int64_t begin, int64_t end, const Axis& axis) {
  return xla::SliceInDim(x, begin, end, 1, axis.index);
}

// Returns element 0 of `border` and then all of `inside`, which has one element less than the axis.
// For a step of 1, it returns `inside` first, and then the last element of `border`.
inline xla::XlaOp WithBorder(xla::XlaOp inside, xla::XlaOp border, const Axis& axis, int step) {
  xla::XlaBuilder* builder = inside.builder();
  const int64_t last = axis.bound - 1;
  if (step < 0) return xla::ConcatInDim(builder, {Slice(border, 0, 1, axis), inside}, axis.index);
  const xla::XlaOp whole =
      xla::ConcatInDim(builder, {inside, Slice(border, last, axis.bound, axis)}, axis.index);
  if (!axis.length.valid()) return whole;
  const xla::XlaOp i =
      xla::Iota(builder, xla::ShapeUtil::MakeShape(xla::S32, DimsOf(border)), axis.index);
  const xla::XlaOp is_last = xla::Eq(i, axis.length - xla::ConstantR0<int32_t>(builder, 1));
  return xla::Select(is_last, border, whole);
}

// Element i of the result is x[i + step], or stand_in[i] if there is no such x. A step is 1 or -1.
inline xla::XlaOp Neighbour(xla::XlaOp x, xla::XlaOp stand_in, const Axis& axis, int step) {
  const int64_t begin = step < 0 ? 0 : 1;
  return WithBorder(Slice(x, begin, begin + axis.bound - 1, axis), stand_in, axis, step);
}

// Returns by how much the high end of a gap exceeds its low end, for the gap behind an input (step
// 1) or before it (-1). It is 0 where there is no gap and the border is copied.
inline xla::XlaOp Rise(xla::XlaOp x, const Axis& axis, int step) {
  const int64_t last = axis.bound - 1;
  const xla::XlaOp zeros =
      xla::Broadcast(xla::Zero(x.builder(), ShapeOf(x).element_type()), DimsOf(x));
  return WithBorder(Slice(x, 1, axis.bound, axis) - Slice(x, 0, last, axis), zeros, axis, step);
}

// Blends [.., n, ..] into [.., n * s, ..], as Blend() of core/taps.h does.
inline xla::XlaOp BlendAxis(xla::XlaOp x, const Axis& axis) {
  if (axis.size == 1) return x;
  const PhaseWeights weights(axis.size, ShapeOf(x).element_type() == xla::F64);
  const auto blend = [&](xla::XlaOp low, xla::XlaOp rise, const std::vector<double>& of_high) {
    const int64_t phases = of_high.size();
    return Repeat(low, axis, phases) + Weighted(Repeat(rise, axis, phases), axis, of_high);
  };
  std::vector<xla::XlaOp> cell;
  cell.push_back(blend(Neighbour(x, x, axis, -1), Rise(x, axis, -1), weights.own_before));
  if (weights.is_odd) cell.push_back(Repeat(x, axis, 1));
  cell.push_back(blend(x, Rise(x, axis, 1), weights.neighbour_after));
  std::vector<int64_t> dims = DimsOf(x);
  dims[axis.index] *= axis.size;
  return xla::Reshape(xla::ConcatInDim(x.builder(), cell, axis.index + 1), dims);
}

// This is its transpose: [.., n * s, ..] -> [.., n, ..]. A cell gives to its input, and each half
// gives to the neighbour on its side, or to its input once more if there is no neighbour.
inline xla::XlaOp GatherAxis(xla::XlaOp grad_out, const Axis& axis) {
  if (axis.size == 1) return grad_out;
  const int64_t half = axis.size / 2, phase = axis.index + 1;
  std::vector<int64_t> dims = DimsOf(grad_out);
  dims[axis.index] = axis.bound;
  dims.insert(dims.begin() + phase, axis.size);
  const xla::XlaOp cells = xla::Reshape(grad_out, dims);
  // Each sum widens a part of its own. Of a part that several sums read, XLA would keep a copy in
  // float.
  const auto weighted_sum = [&](int64_t begin, const std::vector<double>& of_phases) {
    const int64_t end = begin + static_cast<int64_t>(of_phases.size());
    const xla::XlaOp part = Widened(xla::SliceInDim(cells, begin, end, 1, phase));
    return Sum(Weighted(part, axis, of_phases), {phase});
  };
  const PhaseWeights weights(axis.size, ShapeOf(grad_out).element_type() == xla::F64);
  const xla::XlaOp own = weighted_sum(0, weights.Own());
  const xla::XlaOp to_before = weighted_sum(0, weights.neighbour_before);
  const xla::XlaOp to_after = weighted_sum(axis.size - half, weights.neighbour_after);
  return own + Neighbour(to_before, to_after, axis, 1) + Neighbour(to_after, to_before, axis, -1);
}

}  // namespace upsample
