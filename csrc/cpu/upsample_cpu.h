// The CPU kernels' front door. Includes core and cpu only.
#pragma once

#include <cstdint>
#include <functional>

#include "core/dtype.h"
#include "core/export.h"
#include "core/problem.h"
#include "core/status.h"
#include "cpu/parallel.h"

namespace upsample {

// Forward: in is the low-resolution tensor, out the high-resolution one.
// Backward: in is the gradient of the output, out the gradient of the input.
// Both are dense, in the problem's layout, aligned to their element type, and don't overlap.
// Results don't depend on the threads, nor on the instruction set, but for the bits of a NaN.
UPSAMPLE_EXPORT Status UpsampleCpu(Direction direction, const Problem& problem, DType dtype,
                                   const void* in, void* out, const ParallelFor& parallel_for);

// The same call for a caller that doesn't wait: its rows, to be written by any threads in any
// order. `write` may outlive everything here but `in` and `out`.
struct RowWork {
  int64_t rows = 0;          // 0 if there is nothing to write
  int64_t cost_ns = 1;       // of a row, on one thread
  const char* kernel = "";   // the candidate's name, see cpu/candidates.h
  const char* isa = "";      // the instruction set
  bool is_streamed = false;  // past the caches: the last-level one would not hold the result
  // False where there is no memory for what a thread keeps meanwhile.
  std::function<bool(int64_t begin, int64_t end)> write;
};
UPSAMPLE_EXPORT Status PlanCpu(Direction direction, const Problem& problem, DType dtype,
                               const void* in, void* out, RowWork* work);

}  // namespace upsample
