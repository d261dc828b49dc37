// The gradient of bilinear upsampling on a GPU. This file includes gpu/cuda.
#include "gpu/cuda/kernel.h"
#include "gpu/cuda/kernels.h"

namespace upsample {

const void* FindBilinearBackward(const Plan& plan) {
  return FindKernel<Direction::kBackward, Interpolation::kBilinear>(plan);
}

}  // namespace upsample
