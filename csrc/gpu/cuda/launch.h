// How a kernel is launched on a stream. This file includes core, gpu/bodies and CUDA.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "core/status.h"
#include "gpu/bodies/plan.h"

namespace upsample {

// Returns how many threads of a kernel the current device runs at once. A device that doesn't say,
// because it can't run the kernel, has one.
int64_t ResidentThreads(const void* kernel);

// Launches the kernel of the plan, whose address is null if there is none.
Status Launch(const void* kernel, const Plan& plan, const void* in, void* out, cudaStream_t stream);

}  // namespace upsample
