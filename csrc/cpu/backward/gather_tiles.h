// How a gradient's kernel goes through its rows. This file is compiled per instruction set and
// includes cpu and the standard library only.
#pragma once

#include <algorithm>
#include <cstdint>

#include "cpu/row_kernels.h"
#include "cpu/simd/stream.h"

namespace upsample {
namespace UPSAMPLE_ISA {

// Writes rows [begin, end) of grad_in with a class that works on tiles of some rows at once.
template <typename T, typename Gather>
bool GatherTiles(const Geometry& g, const void* grad_out, void* grad_in, int64_t begin,
                 int64_t end) {
  Gather gather(g, static_cast<const T*>(grad_out), static_cast<T*>(grad_in), end);
  if (!gather.has_room()) return false;
  for (int64_t x = 0; x < g.in_w; x += gather.pixels_per_tile()) {
    const int64_t x_end = std::min(g.in_w, x + gather.pixels_per_tile());
    for (int64_t row = begin; row < end; row += gather.rows_at_once()) {
      gather.Run(row, std::min(gather.rows_at_once(), end - row), x, x_end);
    }
  }
  if (g.streams) StreamFence();
  return true;
}

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
