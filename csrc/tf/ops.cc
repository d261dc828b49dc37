// The ops' registration: inputs, attributes, shape functions. This file includes core and
// TensorFlow.
#include <string>
#include <vector>

#include "tensorflow/core/framework/op.h"
#include "tensorflow/core/framework/shape_inference.h"
#include "tf/translate.h"

namespace upsample {
namespace {

using tensorflow::shape_inference::DimensionHandle;
using tensorflow::shape_inference::InferenceContext;
using tensorflow::shape_inference::ShapeHandle;

// An input of unknown rank gives four unknown dimensions. The kernel will refuse any other rank.
template <Direction kDirection>
absl::Status InferShape(InferenceContext* context) {
  Spec spec;
  absl::Status status = ReadSpec(context, kDirection, &spec);
  if (!status.ok()) return status;
  const ShapeHandle input = context->input(0);
  if (!context->RankKnown(input)) {
    context->set_output(0, context->UnknownShapeOfRank(4));
    return absl::OkStatus();
  }
  // An unknown dimension is -1 in TensorFlow as in core.
  Shape shape, result;
  for (int i = 0; i < context->Rank(input); ++i) {
    shape.push_back(context->Value(context->Dim(input, i)));
  }
  status = ToAbsl(ResultShape(shape, spec, &result));
  if (!status.ok()) return status;
  std::vector<DimensionHandle> dims;
  for (int i = 0; i < 4; ++i) {
    // A dimension that stays the same keeps its handle, so TensorFlow knows that even if it is
    // unknown.
    dims.push_back(FactorOf(spec, i) == 1 ? context->Dim(input, i) : context->MakeDim(result[i]));
  }
  context->set_output(0, context->MakeShape(dims));
  return absl::OkStatus();
}

// Returns the attribute T: core's dtypes, of which those without arithmetic can only be moved.
std::string TypesOf(Direction direction) {
  std::string names;
  for (const DTypeInfo& info : kDTypes) {
    if (direction == Direction::kBackward && info.arithmetic == Arithmetic::kNone) continue;
    names += (names.empty() ? "" : ", ") + std::string(info.name);
  }
  return "T: {" + names + "}";
}

// Returns an attribute that is one of a table's names, by default the first.
template <typename Row, size_t kRows>
std::string OneOf(const char* attribute, const Row (&table)[kRows]) {
  std::string names;
  for (const Row& row : table) names += (names.empty() ? "'" : ", '") + std::string(row.name) + "'";
  return std::string(attribute) + ": {" + names + "} = '" + table[0].name + "'";
}

REGISTER_OP("UpsampleOp>Upsample2D")
    .Input("inputs: T")
    .Output("outputs: T")
    .Attr(TypesOf(Direction::kForward))
    .Attr("size: list(int)")
    .Attr(OneOf("interpolation", kInterpolations))
    .Attr(OneOf("data_format", kLayouts))
    .SetShapeFn(InferShape<Direction::kForward>)
    .Doc(R"doc(
Upsamples images by whole factors, with half-pixel centres.

inputs: [N, H, W, C], or [N, C, H, W] for NCHW. Bilinear takes the four real floating types.
outputs: [N, H * size[0], W * size[1], C], or its NCHW form.
size: the factors of height and width.
)doc");

REGISTER_OP("UpsampleOp>Upsample2DGrad")
    .Input("grad_out: T")
    .Output("grad_in: T")
    .Attr(TypesOf(Direction::kBackward))
    .Attr("size: list(int)")
    .Attr(OneOf("interpolation", kInterpolations))
    .Attr(OneOf("data_format", kLayouts))
    .SetShapeFn(InferShape<Direction::kBackward>)
    .Doc(R"doc(
The gradient of Upsample2D: its transpose.

grad_out: [N, H * size[0], W * size[1], C], or its NCHW form.
grad_in: [N, H, W, C], or its NCHW form.
size: the factors of height and width.
)doc");

}  // namespace
}  // namespace upsample
