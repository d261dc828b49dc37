// Weighted sums of vectors, of which the gradient's passes are made. This file is compiled per
// instruction set and includes cpu and the standard library only.
#pragma once

#include <cstdint>
#include <type_traits>

#include "cpu/simd/vector.h"

namespace upsample {
namespace UPSAMPLE_ISA {

// Calls work() with `count` as a compile-time constant if factors 2, 3 or 4 have that count, so
// that the sum of so many terms is unrolled. Otherwise the constant is 0.
template <typename Work>
UPSAMPLE_INLINE void WithCount(int64_t count, const Work& work) {
  switch (count) {
    case 2:
      return work(std::integral_constant<int64_t, 2>());
    case 3:
      return work(std::integral_constant<int64_t, 3>());
    case 4:
      return work(std::integral_constant<int64_t, 4>());
    case 5:
      return work(std::integral_constant<int64_t, 5>());
    case 8:
      return work(std::integral_constant<int64_t, 8>());
    default:
      return work(std::integral_constant<int64_t, 0>());
  }
}

// Weights, and the weighted sum of as many vectors or pairs. There are kCount weights, or any
// number if kCount is 0. If kWeighs is false, all of them are 1.
template <typename A, int64_t kCount, bool kWeighs = true>
class Terms {
 public:
  Terms(const A* weights, int64_t count) : count_(count), weights_(weights) {
    // A copy that nothing else points to stays in registers.
    for (int64_t i = 0; i < kCount; ++i) copy_[i] = weights[i];
  }

  int64_t count() const { return kCount == 0 ? count_ : kCount; }

  template <typename VectorAt>
  UPSAMPLE_INLINE auto Sum(const VectorAt& vector_at) const {
    const A* weights = kCount == 0 ? weights_ : copy_;
    const auto term = [&](int64_t i) __attribute__((always_inline)) {
      if constexpr (kWeighs) {
        return weights[i] * vector_at(i);
      } else {
        return vector_at(i);
      }
    };
    auto sum = term(0);
    for (int64_t i = 1; i < count(); ++i) sum = sum + term(i);
    return sum;
  }

 private:
  const int64_t count_;
  const A* const weights_;
  A copy_[kCount == 0 ? 1 : kCount];
};

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
