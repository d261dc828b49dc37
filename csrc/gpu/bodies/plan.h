// The launch of a kernel: which of its compiled variants runs, with how many items, and how they
// walk. This file includes core, gpu/bodies and the standard library only. It needs no CUDA header,
// so a plan can be made and looked at anywhere.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "core/dtype.h"
#include "core/problem.h"
#include "gpu/bodies/elements.h"
#include "gpu/bodies/walk.h"

namespace upsample {

struct Plan {
  Direction direction;
  Interpolation interpolation;
  // The template arguments of gpu/bodies/walk.h's Variant.
  Element element;
  int vector;
  int row_pixel;
  int unrolled_h;
  int unrolled_w;
  bool wide_index;  // 64-bit

  // What Walk holds. Counts are in elements of `element`, vectors and rows.
  int64_t in_h, in_w, size_h, size_w, inner;
  int64_t columns;
  int64_t rows_per_item;
  int64_t strips;
  int64_t items;

  int threads_per_block;
  int64_t blocks;
};

inline constexpr int kThreadsPerBlock = 256;

// The limits of a plan. Tests give others, to see on small tensors what happens with large ones.
struct Limits {
  // The most blocks of a grid, which is what CUDA allows. Its threads go on with the items beyond.
  int64_t blocks = (int64_t{1} << 31) - 1;
  // From this number on, indices are 64-bit. Below it, twice an index and an index plus the grid's
  // stride are below 2^31.
  int64_t narrow_indices = int64_t{1} << 30;
  // How many threads of the plan's variant a GPU runs at once. The number is an H200's, whose 132
  // multiprocessors hold four blocks of most of the variants.
  std::function<int64_t(const Plan&)> resident_threads = [](const Plan&) -> int64_t {
    return 132 * 4 * kThreadsPerBlock;
  };
};

// Only the alignment of `in` and `out` matters, and it is at least an element's. The problem isn't
// empty.
Plan MakePlan(Direction direction, const Problem& problem, DType dtype, const void* in,
              const void* out, const Limits& limits = {});

template <typename Index>
Walk<Index> MakeWalk(const Plan& plan) {
  const auto narrow = [](int64_t value) { return static_cast<Index>(value); };
  const Index vectors_per_pixel = plan.row_pixel != 0 ? 1 : narrow(plan.inner / plan.vector);
  return {narrow(plan.in_h),
          narrow(plan.in_w),
          narrow(plan.size_h),
          narrow(plan.size_w),
          narrow(plan.inner),
          plan.in_w * plan.inner,
          plan.in_w * plan.inner * plan.size_w,
          narrow(plan.rows_per_item),
          narrow(plan.items),
          Divider<Index>(narrow(plan.columns)),
          Divider<Index>(narrow(plan.strips)),
          Divider<Index>(vectors_per_pixel),
          narrow(plan.columns),
          narrow(plan.strips),
          vectors_per_pixel};
}

// Whether the plan is for a variant V.
template <typename V>
bool IsFor(const Plan& plan) {
  return plan.element == V::kElement && plan.vector == V::kVectorElements &&
         plan.row_pixel == V::kRowPixel && plan.unrolled_h == V::kUnrolledH &&
         plan.unrolled_w == V::kUnrolledW && plan.wide_index == V::kIsWide;
}

// Returns the bytes of the vectors that the plan's items read or write whole.
int64_t VectorBytesOf(const Plan& plan);

// Returns, for example, "bilinear forward, 4 x float32 along the row, factors 5 (general) and 2".
// Where pixels of the row have three elements, "3 x 4 x float32" are written at once.
std::string Describe(const Plan& plan);

}  // namespace upsample
