// Bilinear upsampling, forward: which output rows read which input rows, and how the kernels that
// work in registers go through them. This file is compiled per instruction set and includes core,
// cpu and the standard library only.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/taps.h"
#include "cpu/row_kernels.h"
#include "cpu/simd/stream.h"

namespace upsample {
namespace UPSAMPLE_ISA {

// Neighbouring output rows that read the same input rows: `low` alone at a border, and otherwise
// low and low + 1. Rows are numbered through the stack of planes.
struct RowGroup {
  int64_t low;
  bool is_gap;
  int64_t begin, end;  // output rows
};

// The groups in their order. Only the constructor divides, because rows can be short.
class RowGroups {
 public:
  // The first group is the one that has output row `row`.
  RowGroups(const Geometry& g, int64_t row)
      : in_h_(g.in_h), size_(g.size_h), first_(FirstOfGap<int64_t>(0, g.size_h)) {
    const int64_t plane = row / g.out_h(), y = row % g.out_h();
    plane_low_ = plane * in_h_;
    gap_ = y < first_ ? -1 : (y - first_) / size_;
  }

  // A plane begins with gap -1, which has outputs only in its right part, and ends with gap in_h -
  // 1, which has outputs only in its left part. Both are borders.
  RowGroup Get() const {
    const int64_t begin = first_ + gap_ * size_, plane_begin = plane_low_ * size_;
    return {plane_low_ + std::max<int64_t>(0, gap_), gap_ >= 0 && gap_ < in_h_ - 1,
            plane_begin + std::max<int64_t>(0, begin),
            plane_begin + std::min(in_h_ * size_, begin + size_)};
  }
  void Next() {
    if (++gap_ < in_h_) return;
    plane_low_ += in_h_;
    gap_ = first_ > 0 ? -1 : 0;
  }

 private:
  const int64_t in_h_;
  const int64_t size_;
  const int64_t first_;
  int64_t plane_low_;  // the plane's first input row
  int64_t gap_;
};

// Writes output rows [begin, end) with a class that works on tiles of their groups in registers.
template <typename T, typename Blend>
bool BlendTiles(const Geometry& g, const void* in, void* out, int64_t begin, int64_t end) {
  const Blend blend(g, static_cast<const T*>(in), static_cast<T*>(out), end);
  if (!blend.has_room()) return false;
  for (int64_t x = 0; x < g.in_w; x += blend.pixels_per_tile()) {
    const int64_t x_end = std::min(g.in_w, x + blend.pixels_per_tile());
    RowGroups groups(g, begin);
    for (int64_t row = begin; row < end; groups.Next()) {
      const RowGroup group = groups.Get();
      const int64_t group_end = std::min(end, group.end);
      blend.Run(group, row, group_end, x, x_end);
      row = group_end;
    }
  }
  if (g.streams) StreamFence();
  return true;
}

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
