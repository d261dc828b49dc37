// The gradient of bilinear upsampling on a GPU. This file includes gpu/bodies and gpu/cuda.
#include "gpu/bodies/bilinear_backward.h"
#include "gpu/cuda/kernel.h"
#include "gpu/cuda/kernels.h"

namespace upsample {

const void* FindBilinearBackward(const Plan& plan) {
  return FindKernel<BilinearBackward, false>(plan);
}

}  // namespace upsample
