// The gradient of nearest upsampling on a GPU. This file includes gpu/cuda.
#include "gpu/cuda/kernel.h"
#include "gpu/cuda/kernels.h"

namespace upsample {

const void* FindNearestBackward(const Plan& plan) {
  return FindKernel<Direction::kBackward, Interpolation::kNearest>(plan);
}

}  // namespace upsample
