// The bytes of an input as numbers. Behind the last byte there are zeros. Every input means
// something, so no mutation is lost. This file includes the standard library only.
#pragma once

#include <cstddef>
#include <cstdint>

namespace upsample::fuzz {

class Reader {
 public:
  Reader(const uint8_t* data, size_t size) : data_(data), end_(data + size) {}

  int Byte() { return data_ < end_ ? *data_++ : 0; }
  bool Bool() { return Byte() % 2 == 1; }
  int64_t Number(int bytes) {
    uint64_t number = 0;
    for (int i = 0; i < bytes; ++i) number |= uint64_t(Byte()) << (8 * i);
    return static_cast<int64_t>(number);
  }
  // Returns a number of up to two bytes with low <= result <= high.
  int64_t Between(int64_t low, int64_t high) {
    return low + Number(high - low < 256 ? 1 : 2) % (high - low + 1);
  }
  template <typename T, int kCount>
  T OneOf(const T (&choices)[kCount]) {
    return choices[Byte() % kCount];
  }

 private:
  const uint8_t* data_;
  const uint8_t* end_;
};

// Makes numbers that depend only on the seed.
class Generator {
 public:
  explicit Generator(uint64_t seed) : state_(seed) {}

  // This is the method called SplitMix64.
  uint64_t Bits() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  int64_t Below(int64_t end) { return static_cast<int64_t>(Bits() % static_cast<uint64_t>(end)); }

 private:
  uint64_t state_;
};

}  // namespace upsample::fuzz
