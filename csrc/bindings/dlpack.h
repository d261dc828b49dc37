// Arrays of other libraries, by the DLPack protocol. This file includes the standard library and
// pybind11.
#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>
#include <string>

namespace upsample {

// The layout that DLPack fixes for what a capsule "dltensor" points to (dlpack.h, ABI 0).
struct DLTensor {
  void* data;
  int32_t device_type, device_id;
  int32_t ndim;
  uint8_t type_code, bits;
  uint16_t lanes;
  int64_t* shape;
  int64_t* strides;  // in elements; null if C-contiguous
  uint64_t byte_offset;
};

inline std::string DLTypeName(const DLTensor& tensor) {
  constexpr const char* kNames[] = {"int", "uint", "float", "handle", "bfloat", "complex", "bool"};
  if (tensor.lanes != 1 || tensor.type_code > 6) return "a type of vectors or of less than a byte";
  if (tensor.type_code == 6) return "bool";
  return kNames[tensor.type_code] + std::to_string(tensor.bits);
}

// Returns (address, shape, dtype's name, whether it is C-contiguous). The capsule still owns the
// tensor, and gives it back when the capsule is destroyed.
inline pybind11::tuple DescribeDLPack(const pybind11::capsule& capsule) {
  const char* const name = capsule.name();
  if (name == nullptr || std::string(name) != "dltensor") {
    throw pybind11::value_error("not a capsule of DLPack");
  }
  const DLTensor& tensor = *capsule.get_pointer<DLTensor>();
  constexpr int32_t kMostAxes = 64;  // NumPy's
  if (tensor.ndim < 0 || tensor.ndim > kMostAxes || (tensor.ndim > 0 && tensor.shape == nullptr)) {
    throw pybind11::value_error("a capsule of DLPack with no shape, or with " +
                                std::to_string(tensor.ndim) + " axes");
  }
  pybind11::tuple shape(tensor.ndim);
  bool is_contiguous = true, is_empty = false;
  for (int i = 0; i < tensor.ndim; ++i) is_empty |= tensor.shape[i] == 0;
  int64_t stride = 1;
  for (int i = tensor.ndim - 1; i >= 0; --i) {
    shape[i] = tensor.shape[i];
    if (tensor.strides != nullptr && tensor.shape[i] != 1 && tensor.strides[i] != stride) {
      is_contiguous = false;
    }
    if (tensor.shape[i] < 0 ||
        (!is_empty && __builtin_mul_overflow(stride, tensor.shape[i], &stride))) {
      throw pybind11::value_error("a capsule of DLPack with an impossible shape");
    }
  }
  const auto address = reinterpret_cast<uintptr_t>(tensor.data) + tensor.byte_offset;
  return pybind11::make_tuple(address, shape, DLTypeName(tensor), is_contiguous || is_empty);
}

}  // namespace upsample
