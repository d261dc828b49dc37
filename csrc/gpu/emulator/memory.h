// The memory that emulated kernels see. Each access is checked against the tensor, and stores are
// counted or, where there is no data, listed. This file includes core, gpu/bodies and the standard
// library only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "gpu/bodies/elements.h"

namespace upsample {

// What a run did that a GPU must not do, and how often it did what it should.
struct MemoryLog {
  std::vector<uint8_t> stores;  // per element of the output
  // For memory without data, these list the first byte of each access, and how many bytes it has.
  std::vector<std::pair<int64_t, int64_t>> loads_at, stores_at;
  std::string error;        // the first one
  int64_t loads = 0;        // instructions
  int64_t widest_load = 0;  // bytes
  int64_t widest_store = 0;

  void Fail(const std::string& what) {
    if (error.empty()) error = what;
  }
};

template <typename T>
class CheckedMemory {
 public:
  CheckedMemory(T* data, int64_t size, MemoryLog* log) : data_(data), size_(size), log_(log) {}

  CheckedMemory Shifted(int64_t elements) const {
    CheckedMemory shifted = *this;
    shifted.shift_ += elements;
    return shifted;
  }

  template <int kCount>
  auto Load(int64_t offset) const {
    Vector<std::remove_const_t<T>, kCount> vector = {};
    ++log_->loads;
    log_->widest_load = std::max<int64_t>(log_->widest_load, sizeof vector);
    if (!Check(offset, kCount, "load")) return vector;
    if (data_ == nullptr) {
      log_->loads_at.emplace_back((shift_ + offset) * sizeof(T), sizeof vector);
    } else {
      std::memcpy(&vector, data_ + shift_ + offset, sizeof vector);
    }
    return vector;
  }

  template <int kCount>
  void Store(int64_t offset, const Vector<T, kCount>& vector) const {
    log_->widest_store = std::max<int64_t>(log_->widest_store, sizeof vector);
    if (!Check(offset, kCount, "store")) return;
    if (data_ == nullptr) {
      log_->stores_at.emplace_back((shift_ + offset) * sizeof(T), sizeof vector);
      return;
    }
    std::memcpy(data_ + shift_ + offset, &vector, sizeof vector);
    for (int i = 0; i < kCount; ++i) ++log_->stores[shift_ + offset + i];
  }

 private:
  bool Check(int64_t offset, int64_t count, const char* what) const {
    const int64_t begin = shift_ + offset;
    const int64_t bytes = count * static_cast<int64_t>(sizeof(T));
    if (begin < 0 || begin + count > size_) {
      log_->Fail(std::string(what) + " of " + std::to_string(count) + " elements at " +
                 std::to_string(begin) + ", outside of the tensor's " + std::to_string(size_));
      return false;
    }
    if ((reinterpret_cast<uintptr_t>(data_) + begin * sizeof(T)) % bytes != 0) {
      log_->Fail(std::string(what) + " of " + std::to_string(bytes) +
                 " bytes at an address that is no multiple");
      return false;
    }
    return true;
  }

  T* data_;
  int64_t size_;
  MemoryLog* log_;
  int64_t shift_ = 0;
};

}  // namespace upsample
