// The element types, their names and sizes. This file includes the standard library only.
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

// The numbers that an element is made of, where it has arithmetic: one, or two for a complex
// number. They also index the tables of kernels.
enum RealType { kRealFloat16, kRealBFloat16, kRealFloat32, kRealFloat64, kRealTypes };

struct DTypeInfo {
  DType dtype;
  const char* name;  // NumPy's and TensorFlow's
  int bytes;
  Arithmetic arithmetic;  // what gradients and bilinear interpolation may assume
  RealType real;          // kRealTypes where it has no arithmetic
};

inline constexpr DTypeInfo kDTypes[] = {
    {DType::kBool, "bool", 1, Arithmetic::kNone, kRealTypes},
    {DType::kInt8, "int8", 1, Arithmetic::kNone, kRealTypes},
    {DType::kUint8, "uint8", 1, Arithmetic::kNone, kRealTypes},
    {DType::kInt16, "int16", 2, Arithmetic::kNone, kRealTypes},
    {DType::kUint16, "uint16", 2, Arithmetic::kNone, kRealTypes},
    {DType::kInt32, "int32", 4, Arithmetic::kNone, kRealTypes},
    {DType::kUint32, "uint32", 4, Arithmetic::kNone, kRealTypes},
    {DType::kInt64, "int64", 8, Arithmetic::kNone, kRealTypes},
    {DType::kUint64, "uint64", 8, Arithmetic::kNone, kRealTypes},
    {DType::kFloat16, "float16", 2, Arithmetic::kReal, kRealFloat16},
    {DType::kBFloat16, "bfloat16", 2, Arithmetic::kReal, kRealBFloat16},
    {DType::kFloat32, "float32", 4, Arithmetic::kReal, kRealFloat32},
    {DType::kFloat64, "float64", 8, Arithmetic::kReal, kRealFloat64},
    {DType::kComplex64, "complex64", 8, Arithmetic::kComplex, kRealFloat32},
    {DType::kComplex128, "complex128", 16, Arithmetic::kComplex, kRealFloat64},
};

// The table is in the order of the enumeration, which validate.cc asserts.
inline const DTypeInfo& Info(DType dtype) { return kDTypes[static_cast<int>(dtype)]; }

}  // namespace upsample
