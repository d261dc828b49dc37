// What is to be upsampled: shapes, factors, layout, interpolation. This file includes core and the
// standard library only.
#pragma once

#include <cstdint>

#include "core/interpolation.h"

namespace upsample {

enum class Layout { kNHWC, kNCHW };

struct LayoutInfo {
  Layout layout;
  const char* name;             // TensorFlow's
  const char* dimensions;       // in words
  int height, width, channels;  // their axes; the batch's is 0
};

inline constexpr LayoutInfo kLayouts[] = {
    {Layout::kNHWC, "NHWC", "[N, H, W, C]", 1, 2, 3},
    {Layout::kNCHW, "NCHW", "[N, C, H, W]", 2, 3, 1},
};

// The table is in the order of the enumeration, which validate.cc asserts.
inline const LayoutInfo& Info(Layout layout) { return kLayouts[static_cast<int>(layout)]; }

enum class Direction { kForward, kBackward };

// One upsampling of a low-resolution tensor [batch, in_h, in_w, channels] (NHWC) or [batch,
// channels, in_h, in_w] (NCHW) to out_h = in_h * size_h and out_w = in_w * size_w. The backward
// direction maps the high-resolution gradient to the low-resolution one, so `in_*` stands for the
// low and `out_*` for the high resolution in both directions. All counts are in elements.
struct Problem {
  int64_t batch;
  int64_t in_h;
  int64_t in_w;
  int64_t channels;
  int64_t size_h;
  int64_t size_w;
  Layout layout;
  Interpolation interpolation;

  int64_t out_h() const { return in_h * size_h; }
  int64_t out_w() const { return in_w * size_w; }

  // Both layouts are stacks of `planes` images [h, w, inner] whose pixels are `inner` contiguous
  // elements, which is all that a kernel needs to know of the layout.
  int64_t planes() const { return layout == Layout::kNHWC ? batch : batch * channels; }
  int64_t inner() const { return layout == Layout::kNHWC ? channels : 1; }

  bool empty() const { return batch == 0 || in_h == 0 || in_w == 0 || channels == 0; }
};

}  // namespace upsample
