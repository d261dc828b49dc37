// One launcher per kernel. Each is in a file of its own, so that they compile in parallel. This
// file includes core, gpu/bodies and CUDA.
#pragma once

#include <cuda_runtime.h>

#include "core/status.h"
#include "gpu/bodies/plan.h"

namespace upsample {

using Launcher = Status(const Plan& plan, const void* in, void* out, cudaStream_t stream);

Launcher LaunchNearestForward;
Launcher LaunchNearestBackward;
Launcher LaunchBilinearForward;
Launcher LaunchBilinearBackward;

}  // namespace upsample
