#include "tf/translate.h"

#include "absl/strings/str_cat.h"

namespace upsample {
namespace {

struct DTypePair {
  tensorflow::DataType tf_dtype;
  DType dtype;
};

constexpr DTypePair kDTypePairs[] = {
    {tensorflow::DT_BOOL, DType::kBool},
    {tensorflow::DT_INT8, DType::kInt8},
    {tensorflow::DT_UINT8, DType::kUint8},
    {tensorflow::DT_INT16, DType::kInt16},
    {tensorflow::DT_UINT16, DType::kUint16},
    {tensorflow::DT_INT32, DType::kInt32},
    {tensorflow::DT_UINT32, DType::kUint32},
    {tensorflow::DT_INT64, DType::kInt64},
    {tensorflow::DT_UINT64, DType::kUint64},
    {tensorflow::DT_HALF, DType::kFloat16},
    {tensorflow::DT_BFLOAT16, DType::kBFloat16},
    {tensorflow::DT_FLOAT, DType::kFloat32},
    {tensorflow::DT_DOUBLE, DType::kFloat64},
    {tensorflow::DT_COMPLEX64, DType::kComplex64},
    {tensorflow::DT_COMPLEX128, DType::kComplex128},
};

}  // namespace

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

absl::Status ToDType(tensorflow::DataType tf_dtype, DType* dtype) {
  for (const DTypePair& pair : kDTypePairs) {
    if (pair.tf_dtype == tf_dtype) {
      *dtype = pair.dtype;
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
