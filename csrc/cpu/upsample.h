// The CPU kernels' front door. Includes core and cpu only.
#pragma once

#include "core/dtype.h"
#include "core/problem.h"
#include "core/status.h"
#include "cpu/parallel.h"

namespace upsample {

// Forward: in is the low-resolution tensor, out the high-resolution one.
// Backward: in is the gradient of the output, out the gradient of the input.
// Both are dense, in the problem's layout, aligned to their element type, and don't overlap.
// Results don't depend on the threads, nor on the instruction set, but for the bits of a NaN.
Status UpsampleCpu(Direction direction, const Problem& problem, DType dtype, const void* in,
                   void* out, const ParallelFor& parallel_for);

// Whether UpsampleCpu writes the result past the caches: if it would fill the last-level one.
bool ResultIsStreamed(Direction direction, const Problem& problem, DType dtype);

}  // namespace upsample
