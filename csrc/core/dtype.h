// The element types, their names and sizes. Includes the standard library only.
#pragma once

#include <cstdint>

namespace upsample {

enum class DType {
  kBool,
  kInt8,
  kUint8,
  kInt16,
  kUint16,
  kInt32,
  kUint32,
  kInt64,
  kUint64,
  kFloat16,
  kBFloat16,
  kFloat32,
  kFloat64,
  kComplex64,
  kComplex128,
};

enum class Arithmetic { kNone, kReal, kComplex };

struct DTypeInfo {
  DType dtype;
  const char* name;  // NumPy's and TensorFlow's
  int bytes;
  Arithmetic arithmetic;  // what gradients and bilinear interpolation may assume
};

inline constexpr DTypeInfo kDTypes[] = {
    {DType::kBool, "bool", 1, Arithmetic::kNone},
    {DType::kInt8, "int8", 1, Arithmetic::kNone},
    {DType::kUint8, "uint8", 1, Arithmetic::kNone},
    {DType::kInt16, "int16", 2, Arithmetic::kNone},
    {DType::kUint16, "uint16", 2, Arithmetic::kNone},
    {DType::kInt32, "int32", 4, Arithmetic::kNone},
    {DType::kUint32, "uint32", 4, Arithmetic::kNone},
    {DType::kInt64, "int64", 8, Arithmetic::kNone},
    {DType::kUint64, "uint64", 8, Arithmetic::kNone},
    {DType::kFloat16, "float16", 2, Arithmetic::kReal},
    {DType::kBFloat16, "bfloat16", 2, Arithmetic::kReal},
    {DType::kFloat32, "float32", 4, Arithmetic::kReal},
    {DType::kFloat64, "float64", 8, Arithmetic::kReal},
    {DType::kComplex64, "complex64", 8, Arithmetic::kComplex},
    {DType::kComplex128, "complex128", 16, Arithmetic::kComplex},
};

// The table is in the order of the enumeration, which validate.cc asserts.
inline const DTypeInfo& Info(DType dtype) { return kDTypes[static_cast<int>(dtype)]; }

}  // namespace upsample
