// Nearest upsampling, forward: each pixel is repeated along its row, and the finished row is copied
// to all rows that read it. Bytes are moved, so this serves every element type. This file is
// compiled per instruction set and includes core, cpu and the standard library only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "cpu/forward/repeat_pixels.h"
#include "cpu/row_kernels.h"
#include "cpu/scratch.h"
#include "cpu/simd/stream.h"
#include "cpu/tuning.h"

namespace upsample {
namespace UPSAMPLE_ISA {

template <RepeatSchedule kSchedule>
bool NearestForwardRows(const Geometry& g, const void* in, void* out, int64_t begin, int64_t end) {
  const PixelRepeat repeat(kSchedule, g.pixel_bytes, g.size_w);
  const int64_t in_row_bytes = g.in_w * g.pixel_bytes;
  const int64_t out_row_bytes = in_row_bytes * g.size_w;
  const int64_t tile_pixels =
      std::max<int64_t>(1, tuning::kNearestTileBytes / g.size_w / g.pixel_bytes);
  Scratch<char> repeated(g.streams ? std::min(tile_pixels, g.in_w) * g.size_w * g.pixel_bytes : 0);
  if (!repeat.has_room() || !repeated.has_room()) return false;
  for (int64_t row = begin; row < end;) {
    // Whole planes have in_h * size_h rows, so the row needs no split into plane and y.
    const int64_t source = row / g.size_h;
    const int64_t group_end = std::min(end, (source + 1) * g.size_h);
    for (int64_t x = 0; x < g.in_w; x += tile_pixels) {
      const int64_t pixels = std::min(tile_pixels, g.in_w - x);
      const int64_t tile_bytes = pixels * g.size_w * g.pixel_bytes;
      const char* from = static_cast<const char*>(in) + source * in_row_bytes + x * g.pixel_bytes;
      char* to = static_cast<char*>(out) + row * out_row_bytes + x * g.size_w * g.pixel_bytes;
      if (g.streams) {
        repeat.Run(from, pixels, repeated.get());
        for (int64_t copy = 0; copy < group_end - row; ++copy) {
          Stream(repeated.get(), tile_bytes, to + copy * out_row_bytes);
        }
      } else {
        repeat.Run(from, pixels, to);
        for (int64_t copy = 1; copy < group_end - row; ++copy) {
          std::memcpy(to + copy * out_row_bytes, to, tile_bytes);
        }
      }
    }
    row = group_end;
  }
  if (g.streams) StreamFence();
  return true;
}

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
