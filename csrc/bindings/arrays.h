// What NumPy arrays must be like for the kernels, which see only addresses. It is read from the
// very buffers that the kernels will use, once none of the caller's code can run any more, because
// an attribute of an array may be anything that its class, or another argument's, makes of it. This
// file includes bindings, core and pybind11.
#pragma once

#include <pybind11/numpy.h>

#include <cstdint>
#include <string>

#include "bindings/spec.h"

namespace upsample {

inline Shape ShapeOf(const pybind11::array& array) {
  return Shape(array.shape(), array.shape() + array.ndim());
}

// Compares NumPy's letter for the kind of number, which is the first letter of the dtype's name.
// NumPy doesn't know bfloat16, of which only the size can be compared.
inline bool IsOfType(const pybind11::dtype& found, DType dtype) {
  constexpr int kFirstUserDefined = 256;
  const DTypeInfo& info = Info(dtype);
  const bool is_of_kind =
      dtype == DType::kBFloat16 ? found.num() >= kFirstUserDefined : found.kind() == info.name[0];
  return is_of_kind && found.itemsize() == info.bytes;
}

// Throws a ValueError, which names what the array is for, unless the array is as the kernels need
// it.
inline void CheckArray(const std::string& name, const pybind11::array& array, DType dtype,
                       const Shape& shape) {
  namespace py = pybind11;
  const py::dtype found = array.dtype();
  if (!IsOfType(found, dtype) || ShapeOf(array) != shape) {
    const auto described = [](const py::handle& type, const Shape& dims) {
      return std::string(py::str(type)) + " " + std::string(py::str(py::tuple(py::cast(dims))));
    };
    throw py::value_error(name + " must be an array " +
                          described(py::str(Info(dtype).name), shape) + ", got " +
                          described(found, ShapeOf(array)));
  }
  constexpr int kNeeded = py::array::c_style | py::detail::npy_api::NPY_ARRAY_ALIGNED_;
  const bool is_native = found.byteorder() == '=' || found.byteorder() == '|';
  if ((array.flags() & kNeeded) != kNeeded || !is_native) {
    throw py::value_error(name + " must be C-contiguous, aligned and of native byte order");
  }
}

// Does the same for an array that is written to.
inline void CheckResult(const std::string& name, const pybind11::array& array, DType dtype,
                        const Shape& shape) {
  CheckArray(name, array, dtype, shape);
  if (!array.writeable()) throw pybind11::value_error(name + " must be writeable");
}

inline void CheckApart(uintptr_t in, int64_t in_bytes, uintptr_t out, int64_t out_bytes) {
  if (in < out + out_bytes && out < in + in_bytes) {
    throw pybind11::value_error("`out` must not overlap the input");
  }
}

}  // namespace upsample
