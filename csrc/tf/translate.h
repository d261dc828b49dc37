// Translates core's types to TensorFlow's, and back. This file includes core and TensorFlow.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "core/validate.h"
#include "tensorflow/core/framework/tensor_shape.h"
#include "tensorflow/core/framework/types.pb.h"

namespace upsample {

absl::Status ToAbsl(const Status& status);
absl::Status NameOf(tensorflow::DataType tf_dtype, std::string* name);
Shape ToShape(const tensorflow::TensorShape& shape);

// Reads both ops' attributes. Context is an OpKernelConstruction or an InferenceContext.
template <typename Context>
absl::Status ReadSpec(Context* context, Direction direction, Spec* spec) {
  std::vector<int64_t> size;
  std::string dtype, interpolation, data_format;
  tensorflow::DataType tf_dtype = tensorflow::DT_INVALID;
  absl::Status status = context->GetAttr("size", &size);
  status.Update(context->GetAttr("interpolation", &interpolation));
  status.Update(context->GetAttr("data_format", &data_format));
  status.Update(context->GetAttr("T", &tf_dtype));
  status.Update(NameOf(tf_dtype, &dtype));
  if (!status.ok()) return status;
  return ToAbsl(ParseSpec(direction, dtype, size, interpolation, data_format, spec));
}

}  // namespace upsample
