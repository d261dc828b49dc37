// Global memory as the kernel bodies see it. This file includes core, gpu/bodies and CUDA.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>
#include <cstring>

#include "gpu/bodies/elements.h"

namespace upsample {

template <int kBytes>
struct WordOfBytes;
template <>
struct WordOfBytes<1> {
  using Type = unsigned char;
};
template <>
struct WordOfBytes<2> {
  using Type = unsigned short;
};
template <>
struct WordOfBytes<4> {
  using Type = unsigned int;
};
template <>
struct WordOfBytes<8> {
  using Type = uint2;
};
template <>
struct WordOfBytes<16> {
  using Type = uint4;
};

// A tensor from one of its elements on. A vector is one instruction's load or store. Loads take the
// read-only path, so they may run ahead of stores.
template <typename T>
class DeviceMemory {
 public:
  __device__ __forceinline__ explicit DeviceMemory(T* data) : data_(data) {}

  __device__ __forceinline__ DeviceMemory Shifted(int64_t elements) const {
    return DeviceMemory(data_ + elements);
  }

  template <int kCount>
  __device__ __forceinline__ auto Load(int64_t offset) const {
    using Element = std::remove_const_t<T>;
    using Word = typename WordOfBytes<kCount * sizeof(T)>::Type;
    const Word word = __ldg(reinterpret_cast<const Word*>(data_ + offset));
    Vector<Element, kCount> vector;
    memcpy(&vector, &word, sizeof vector);
    return vector;
  }

  template <int kCount>
  __device__ __forceinline__ void Store(int64_t offset, const Vector<T, kCount>& vector) const {
    using Word = typename WordOfBytes<kCount * sizeof(T)>::Type;
    Word word;
    memcpy(&word, &vector, sizeof word);
    *reinterpret_cast<Word*>(data_ + offset) = word;
  }

 private:
  T* data_;
};

}  // namespace upsample
