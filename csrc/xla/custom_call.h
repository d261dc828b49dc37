// Custom calls, which unpack.h reads. This file includes core, xla and XLA.
#pragma once

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/validate.h"
#include "xla/hlo/builder/xla_builder.h"
#include "xla/shape_util.h"
#include "xla/spec_numbers.h"

namespace upsample {

// Returns the attributes as XLA reads them, in an MLIR dictionary.
inline std::string Dictionary(const Spec& spec) {
  return absl::StrCat("{spec = array<i64: ", absl::StrJoin(NumbersOf(spec), ", "), ">}");
}

// Emits the op.
inline xla::XlaOp EmitCustomCall(xla::XlaOp in, const xla::Shape& shape, const Shape& result,
                                 const Spec& spec) {
  // Both tensors are asked for in row-major layout, because layout assignment may choose another.
  const auto row_major = [&](absl::Span<const int64_t> dims) {
    return xla::ShapeUtil::MakeShapeWithDescendingLayout(shape.element_type(), dims);
  };
  return xla::CustomCallWithLayout(in.builder(), "upsample_op.upsample2d", {in}, row_major(result),
                                   {row_major(shape.dimensions())}, Dictionary(spec),
                                   /*has_side_effect=*/false, /*output_operand_aliasing=*/{},
                                   /*literal=*/nullptr, xla::CustomCallSchedule::SCHEDULE_NONE,
                                   xla::CustomCallApiVersion::API_VERSION_TYPED_FFI);
}

// Computes all dimensions of the op's result, as s32[4], from those of its input. It is an error
// where the op would be one. There is such a call on the CPU alone.
inline xla::XlaOp EmitLengths(xla::XlaOp lengths, const Spec& spec) {
  return xla::CustomCall(
      lengths.builder(), "upsample_op.result_shape", {lengths},
      xla::ShapeUtil::MakeShape(xla::S32, {4}), Dictionary(spec), /*has_side_effect=*/false,
      /*output_operand_aliasing=*/{}, /*literal=*/nullptr, xla::CustomCallSchedule::SCHEDULE_NONE,
      xla::CustomCallApiVersion::API_VERSION_TYPED_FFI);
}

}  // namespace upsample
