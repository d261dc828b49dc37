// A spec as a compiled program holds it: integers, in the order of Spec's members. A program may
// come from elsewhere, or be older than the library, so the integers keep their meaning. If a dtype
// has moved in kDTypes, the buffers show it. This file includes core only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>

#include "core/validate.h"

namespace upsample {

using SpecNumbers = std::array<int64_t, 6>;

inline SpecNumbers NumbersOf(const Spec& spec) {
  return {static_cast<int64_t>(spec.direction),
          static_cast<int64_t>(spec.dtype),
          spec.size_h,
          spec.size_w,
          static_cast<int64_t>(spec.interpolation),
          static_cast<int64_t>(spec.layout)};
}

// This is the inverse. It is an error for any other numbers, and for more or fewer of them.
inline Status SpecOf(const int64_t* numbers, size_t count, Spec* spec) {
  constexpr int64_t kMost = INT64_MAX;
  constexpr SpecNumbers kFirst = {0, 0, 1, 1, 0, 0};
  constexpr SpecNumbers kLast = {static_cast<int64_t>(Direction::kBackward),
                                 static_cast<int64_t>(std::size(kDTypes)) - 1,
                                 kMost,
                                 kMost,
                                 static_cast<int64_t>(std::size(kInterpolations)) - 1,
                                 static_cast<int64_t>(std::size(kLayouts)) - 1};
  bool is_spec = count == kFirst.size();
  for (size_t i = 0; is_spec && i < count; ++i) {
    is_spec = numbers[i] >= kFirst[i] && numbers[i] <= kLast[i];
  }
  if (!is_spec) return InvalidArgument("a program's numbers are no spec of upsample_op");
  *spec = {static_cast<Direction>(numbers[0]),
           static_cast<DType>(numbers[1]),
           numbers[2],
           numbers[3],
           static_cast<Interpolation>(numbers[4]),
           static_cast<Layout>(numbers[5])};
  return {};
}

}  // namespace upsample
