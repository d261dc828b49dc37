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

// One kernel of several that do the same: its name, where it may run, and itself (null where that
// is nowhere). Of `out`, where the result will be, the alignment may matter.
struct Candidate {
  const char* name;
  bool (*fits)(const Geometry& geometry, const void* out);
  RowKernel run;
};

// Lists of candidates, see cpu/candidates.h: the first one that fits runs, and the last one fits
// always.
struct RowKernels {
  const char* isa;
  const Candidate* nearest_forward;  // any element type: moves pixel_bytes
  const Candidate* bilinear_forward[kRealTypes];
  const Candidate* backward[kRealTypes];  // both interpolations
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
