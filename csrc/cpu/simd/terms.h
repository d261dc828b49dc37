// Weighted sums of vectors, of which the gradient's passes are made. Compiled per instruction set.
// Includes cpu and the standard library only.
#pragma once

#include <cstdint>
#include <type_traits>

#include "cpu/simd/vector.h"

namespace upsample {
namespace UPSAMPLE_ISA {

// Calls work with `count` as a compile-time constant where it is one that factors 2, 3 and 4 have,
// so that the sum of so many terms is unrolled; with a constant of 0 elsewhere.
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

// Weights, and the sum of as many vectors or pairs of them; kCount of them, or any number where
// that is 0. Where kWeighs is false, all of them are 1.
template <typename A, int64_t kCount, bool kWeighs = true>
class Terms {
 public:
  Terms(const A* weights, int64_t count) : count_(count), weights_(weights) {
    // In a copy that nothing else points to, they stay in registers.
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
