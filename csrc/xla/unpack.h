// Turns the buffers and attributes of a custom call into core's types, on every platform. This file
// includes core, xla and XLA's foreign function interface.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "core/validate.h"
#include "xla/ffi/api/ffi.h"
#include "xla/spec_numbers.h"

// TensorFlow exports it, but ships no header that declares it.
namespace xla::ffi {
const XLA_FFI_Api* GetXlaFfiApi();
}

namespace upsample {

namespace ffi = ::xla::ffi;

struct DTypePair {
  ffi::DataType ffi_dtype;
  DType dtype;
};

inline constexpr DTypePair kDTypePairs[] = {
    {ffi::PRED, DType::kBool},   {ffi::S8, DType::kInt8},       {ffi::U8, DType::kUint8},
    {ffi::S16, DType::kInt16},   {ffi::U16, DType::kUint16},    {ffi::S32, DType::kInt32},
    {ffi::U32, DType::kUint32},  {ffi::S64, DType::kInt64},     {ffi::U64, DType::kUint64},
    {ffi::F16, DType::kFloat16}, {ffi::BF16, DType::kBFloat16}, {ffi::F32, DType::kFloat32},
    {ffi::F64, DType::kFloat64}, {ffi::C64, DType::kComplex64}, {ffi::C128, DType::kComplex128},
};

constexpr bool PairsAreInEnumOrder() {
  if (std::size(kDTypePairs) != std::size(kDTypes)) return false;
  int index = 0;
  for (const DTypePair& pair : kDTypePairs) {
    if (static_cast<int>(pair.dtype) != index++) return false;
  }
  return true;
}
static_assert(PairsAreInEnumOrder(), "a row for each of kDTypes, in their order");

// What custom_call.h wrote into the program.
using Numbers = ffi::Span<const int64_t>;

// Reads the op's spec, and its problem for the buffers. These must match the spec, because a
// program from elsewhere may pass any.
inline Status ReadProblem(Numbers numbers, ffi::AnyBuffer in, ffi::AnyBuffer out, Spec* spec,
                          Problem* problem) {
  UPSAMPLE_RETURN_IF_ERROR(SpecOf(numbers.begin(), numbers.size(), spec));
  const auto given = in.dimensions(), written = out.dimensions();
  Shape result;
  UPSAMPLE_RETURN_IF_ERROR(MakeProblem({given.begin(), given.end()}, *spec, problem, &result));
  const ffi::DataType dtype = kDTypePairs[static_cast<int>(spec->dtype)].ffi_dtype;
  if (in.element_type() != dtype || out.element_type() != dtype ||
      !std::equal(result.begin(), result.end(), written.begin(), written.end())) {
    return InvalidArgument("a program's buffers are not those of its spec of upsample_op");
  }
  return {};
}

// Returns the signature of all handlers, except for what they run on.
template <typename In, typename Out>
auto BindingOf() {
  return ffi::Ffi::Bind().template Arg<In>().template Ret<Out>().template Attr<Numbers>("spec");
}
inline auto Binding() { return BindingOf<ffi::AnyBuffer, ffi::AnyBuffer>(); }

inline ffi::Error ToFfi(const Status& status) {
  switch (status.code) {
    case Code::kOk:
      return ffi::Error::Success();
    case Code::kInvalidArgument:
      return ffi::Error::InvalidArgument(status.message);
    case Code::kOutOfMemory:
      return ffi::Error(ffi::ErrorCode::kResourceExhausted, status.message);
    case Code::kInternal:
      break;
  }
  return ffi::Error::Internal(status.message);
}

}  // namespace upsample
