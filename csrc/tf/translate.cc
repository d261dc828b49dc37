#include "tf/translate.h"

#include "absl/strings/str_cat.h"
#include "tensorflow/core/framework/types.h"

namespace upsample {

absl::Status ToAbsl(const Status& status) {
  switch (status.code) {
    case Code::kOk:
      return absl::OkStatus();
    case Code::kInvalidArgument:
      return absl::InvalidArgumentError(status.message);
    case Code::kOutOfMemory:
      return absl::ResourceExhaustedError(status.message);
    case Code::kInternal:
      break;
  }
  return absl::InternalError(status.message);
}

absl::Status NameOf(tensorflow::DataType tf_dtype, std::string* name) {
  for (const DTypeInfo& info : kDTypes) {
    tensorflow::DataType named;
    if (tensorflow::DataTypeFromString(info.name, &named) && named == tf_dtype) {
      *name = info.name;
      return absl::OkStatus();
    }
  }
  return absl::InternalError(absl::StrCat("the op admits DataType ", static_cast<int>(tf_dtype),
                                          ", for which there is no kernel"));
}

Shape ToShape(const tensorflow::TensorShape& shape) {
  const auto dims = shape.dim_sizes();
  return Shape(dims.begin(), dims.end());
}

}  // namespace upsample
