// The table of kernels that is compiled once per instruction set. Includes core only.
#pragma once

#include <cstdint>

#include "core/dtype.h"
#include "core/problem.h"

namespace upsample {

// A stack of images [h, w, inner], low resolution in_h x in_w. Rows are numbered through the
// stack, so row r of height h is row r % h of plane r / h.
struct Geometry {
  int64_t in_h;
  int64_t in_w;
  int64_t inner;        // contiguous elements of a pixel; a complex number counts as two
  int64_t pixel_bytes;  // of `inner` elements
  int64_t size_h;
  int64_t size_w;
  Interpolation interpolation;
  bool streams;  // results bypass the caches

  int64_t out_h() const { return in_h * size_h; }
  int64_t out_w() const { return in_w * size_w; }
};

// Writes rows [begin, end) of `out` and no others. Throws nothing, and returns false where there is
// no memory for what it keeps meanwhile.
using RowKernel = bool (*)(const Geometry& geometry, const void* in, void* out, int64_t begin,
                           int64_t end);

// The types that have arithmetic, as indices into the arrays below.
enum RealType { kRealFloat16, kRealBFloat16, kRealFloat32, kRealFloat64, kRealTypes };

struct RowKernels {
  const char* isa;
  RowKernel nearest_forward;  // any element type: moves pixel_bytes
  RowKernel bilinear_forward[kRealTypes];
  RowKernel backward[kRealTypes];  // both interpolations
};

// One per instruction set; see row_kernels.cc.
namespace baseline {
extern const RowKernels kRowKernels;
}
namespace avx2 {
extern const RowKernels kRowKernels;
}
namespace avx512 {
extern const RowKernels kRowKernels;
}

}  // namespace upsample
