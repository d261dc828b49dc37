// What the arguments of a Python call come to, for all modules. Includes core and pybind11.
#pragma once

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <new>
#include <string>
#include <vector>

#include "core/validate.h"

namespace upsample {

// pybind11 makes a MemoryError of std::bad_alloc.
inline void ThrowIfError(const Status& status) {
  if (status.code == Code::kInvalidArgument) throw pybind11::value_error(status.message);
  if (status.code == Code::kOutOfMemory) throw std::bad_alloc();
  if (!status.ok()) throw std::runtime_error(status.message);
}

// After every check that needs no data.
struct Call {
  Direction direction;
  DType dtype;
  Problem problem;
  Shape result;

  int64_t Bytes(const Shape& shape) const {
    int64_t bytes = Info(dtype).bytes;
    for (const int64_t dim : shape) bytes *= dim;
    return bytes;
  }
};

inline Call Parse(bool backward, const Shape& shape, const std::string& dtype,
                  const std::vector<int64_t>& size, const std::string& interpolation,
                  const std::string& data_format) {
  Call call;
  Attributes attributes;
  call.direction = backward ? Direction::kBackward : Direction::kForward;
  ThrowIfError(ParseAttributes(size, interpolation, data_format, &attributes));
  ThrowIfError(ParseDType(dtype, &call.dtype));
  ThrowIfError(CheckDType(call.dtype, attributes.interpolation, call.direction));
  ThrowIfError(MakeProblem(shape, attributes, call.direction, &call.problem, &call.result));
  return call;
}

}  // namespace upsample
