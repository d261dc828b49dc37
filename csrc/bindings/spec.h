// Core's rules for Python: a spec is an object that is made and checked once for many calls, and a
// broken rule is an exception. This file includes core and pybind11.
#pragma once

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <new>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/validate.h"

namespace upsample {

// pybind11 turns std::bad_alloc into a MemoryError.
inline void ThrowIfError(const Status& status) {
  if (status.code == Code::kInvalidArgument) throw pybind11::value_error(status.message);
  if (status.code == Code::kOutOfMemory) throw std::bad_alloc();
  if (!status.ok()) throw std::runtime_error(status.message);
}

inline Spec MakeSpec(bool backward, const std::string& dtype, const std::vector<int64_t>& size,
                     const std::string& interpolation, const std::string& data_format) {
  Spec spec;
  ThrowIfError(ParseSpec(backward ? Direction::kBackward : Direction::kForward, dtype, size,
                         interpolation, data_format, &spec));
  return spec;
}

// Returns the problem that a spec and a shape make, and the shape of the result.
inline std::pair<Problem, Shape> ProblemOf(const Spec& spec, const Shape& shape) {
  std::pair<Problem, Shape> made;
  ThrowIfError(MakeProblem(shape, spec, &made.first, &made.second));
  return made;
}

// Returns the bytes of a tensor that ProblemOf has seen.
inline int64_t BytesOf(const Spec& spec, const Shape& shape) {
  int64_t bytes = Info(spec.dtype).bytes;
  for (const int64_t dim : shape) bytes *= dim;
  return bytes;
}

}  // namespace upsample
