// The gradient of nearest upsampling on a GPU. This file includes gpu/bodies and gpu/cuda.
#include "gpu/bodies/nearest_backward.h"
#include "gpu/cuda/kernel.h"
#include "gpu/cuda/kernels.h"

namespace upsample {

const void* FindNearestBackward(const Plan& plan) {
  return FindKernel<NearestBackward, false>(plan);
}

}  // namespace upsample
