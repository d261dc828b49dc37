// The table of kernels that is compiled once per instruction set. This file includes core only.
#pragma once

#include <cstdint>

#include "core/dtype.h"
#include "core/problem.h"

namespace upsample {

// A stack of images [h, w, inner]; the low resolution is in_h x in_w. Rows are numbered through the
// stack, so row r of height h is row r % h of plane r / h.
struct Geometry {
  int64_t in_h;
  int64_t in_w;
  int64_t inner;        // contiguous elements of a pixel; a complex number counts as two
  int64_t pixel_bytes;  // of `inner` elements
  int64_t size_h;
  int64_t size_w;
  Interpolation interpolation;
  bool streams;  // whether results bypass the caches

  int64_t out_h() const { return in_h * size_h; }
  int64_t out_w() const { return in_w * size_w; }
};

// Writes rows [begin, end) of `out` and no others. It throws nothing, and returns false where there
// is no memory for what it keeps meanwhile.
using RowKernel = bool (*)(const Geometry& geometry, const void* in, void* out, int64_t begin,
                           int64_t end);

// One kernel of several that do the same: its name, whether it fits a problem, and the kernel
// itself (null if it fits none). It may depend on the alignment of `out`, where the result will be.
struct Candidate {
  const char* name;
  bool (*fits)(const Geometry& geometry, const void* out);
  RowKernel run;
};

// Lists of candidates, which cpu/candidates.h defines. The first one that fits runs, and the last
// one always fits.
struct RowKernels {
  const char* isa;
  const Candidate* nearest_forward;  // any element type: moves pixel_bytes
  const Candidate* bilinear_forward[kRealTypes];
  const Candidate* backward[kRealTypes];  // both interpolations
};

// There is one table per instruction set, from row_kernels.cc.
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
