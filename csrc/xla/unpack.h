// From the buffers and attributes of a custom call to core's types, on every platform.
// Includes core and XLA's foreign function interface.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/validate.h"
#include "xla/ffi/api/ffi.h"

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

// What custom_call.h wrote into the program, and the buffer of the input.
struct Call {
  Direction direction;
  DType dtype;
  Problem problem;
};

// Of an input of some shape.
inline Status ReadProblem(const Shape& shape, bool backward, ffi::Span<const int64_t> size,
                          std::string_view interpolation, std::string_view data_format, Call* call,
                          Shape* result) {
  Attributes attributes;
  UPSAMPLE_RETURN_IF_ERROR(ParseAttributes({size.begin(), size.end()}, std::string(interpolation),
                                           std::string(data_format), &attributes));
  call->direction = backward ? Direction::kBackward : Direction::kForward;
  return MakeProblem(shape, attributes, call->direction, &call->problem, result);
}

inline Status ReadCall(ffi::AnyBuffer in, bool backward, ffi::Span<const int64_t> size,
                       std::string_view interpolation, std::string_view data_format, Call* call) {
  const auto dims = in.dimensions();
  Shape result;
  UPSAMPLE_RETURN_IF_ERROR(ReadProblem({dims.begin(), dims.end()}, backward, size, interpolation,
                                       data_format, call, &result));
  for (const DTypePair& pair : kDTypePairs) {
    if (pair.ffi_dtype == in.element_type()) {
      call->dtype = pair.dtype;
      return {};
    }
  }
  return {Code::kInternal, "XLA passes a data type for which there is no kernel"};
}

// The signature of all handlers, but for what they run on.
template <typename In, typename Out>
auto BindingOf() {
  return ffi::Ffi::Bind()
      .template Arg<In>()
      .template Ret<Out>()
      .template Attr<bool>("backward")
      .template Attr<ffi::Span<const int64_t>>("size")
      .template Attr<std::string_view>("interpolation")
      .template Attr<std::string_view>("data_format");
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
