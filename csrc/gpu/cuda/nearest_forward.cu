// Nearest upsampling on a GPU, forward. This file includes gpu/bodies and gpu/cuda.
#include "gpu/bodies/nearest_forward.h"
#include "gpu/cuda/kernel.h"
#include "gpu/cuda/kernels.h"

namespace upsample {

const void* FindNearestForward(const Plan& plan) { return FindKernel<NearestForward, true>(plan); }

}  // namespace upsample
