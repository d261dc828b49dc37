// The CPU kernels' front door. This file includes core and cpu only.
#pragma once

#include <cstdint>
#include <functional>

#include "core/dtype.h"
#include "core/export.h"
#include "core/problem.h"
#include "core/status.h"
#include "cpu/parallel.h"

namespace upsample {

// Forward, `in` is the low-resolution tensor and `out` the high-resolution one. Backward, `in` is
// the gradient of the output and `out` the gradient of the input. Both are dense, in the problem's
// layout, aligned to their element type, and don't overlap. Except for the bits of a NaN, results
// depend neither on the threads nor on the instruction set.
UPSAMPLE_EXPORT Status UpsampleCpu(Direction direction, const Problem& problem, DType dtype,
                                   const void* in, void* out, const ParallelFor& parallel_for);

// The same call for a caller that doesn't wait. It gives the rows, which any threads may write in
// any order. `write` may outlive everything here except for `in` and `out`.
struct RowWork {
  int64_t rows = 0;          // 0 if there is nothing to write
  int64_t cost_ns = 1;       // of a row, on one thread
  const char* kernel = "";   // the candidate's name, from cpu/candidates.h
  const char* isa = "";      // the instruction set
  bool is_streamed = false;  // whether the last-level cache would not hold the result
  // Returns false where there is no memory for what a thread keeps meanwhile.
  std::function<bool(int64_t begin, int64_t end)> write;
};
UPSAMPLE_EXPORT Status PlanCpu(Direction direction, const Problem& problem, DType dtype,
                               const void* in, void* out, RowWork* work);

}  // namespace upsample
