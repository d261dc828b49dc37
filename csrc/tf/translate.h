// TensorFlow's words for core's types, and back. Includes core and TensorFlow.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "core/validate.h"
#include "tensorflow/core/framework/tensor_shape.h"
#include "tensorflow/core/framework/types.pb.h"

namespace upsample {

absl::Status ToAbsl(const Status& status);
absl::Status ToDType(tensorflow::DataType tf_dtype, DType* dtype);
Shape ToShape(const tensorflow::TensorShape& shape);

// Reads both ops' attributes; Context is an OpKernelConstruction or an InferenceContext.
template <typename Context>
absl::Status ReadAttributes(Context* context, Direction direction, Attributes* attributes,
                            DType* dtype) {
  std::vector<int64_t> size;
  std::string interpolation, data_format;
  tensorflow::DataType tf_dtype = tensorflow::DT_INVALID;
  absl::Status status = context->GetAttr("size", &size);
  status.Update(context->GetAttr("interpolation", &interpolation));
  status.Update(context->GetAttr("data_format", &data_format));
  status.Update(context->GetAttr("T", &tf_dtype));
  status.Update(ToDType(tf_dtype, dtype));
  if (!status.ok()) return status;
  status = ToAbsl(
      ParseAttributes(Shape(size.begin(), size.end()), interpolation, data_format, attributes));
  if (!status.ok()) return status;
  return ToAbsl(CheckDType(*dtype, attributes->interpolation, direction));
}

}  // namespace upsample
