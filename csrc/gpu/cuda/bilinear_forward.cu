// Bilinear upsampling on a GPU, forward. This file includes gpu/cuda.
#include "gpu/cuda/kernel.h"
#include "gpu/cuda/kernels.h"

namespace upsample {

const void* FindBilinearForward(const Plan& plan) {
  return FindKernel<Direction::kForward, Interpolation::kBilinear>(plan);
}

}  // namespace upsample
