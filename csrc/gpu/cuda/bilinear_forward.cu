// Bilinear upsampling on a GPU, forward. This file includes gpu/bodies and gpu/cuda.
#include "gpu/bodies/bilinear_forward.h"
#include "gpu/cuda/kernel.h"
#include "gpu/cuda/kernels.h"

namespace upsample {

const void* FindBilinearForward(const Plan& plan) {
  return FindKernel<BilinearForward, false>(plan);
}

}  // namespace upsample
