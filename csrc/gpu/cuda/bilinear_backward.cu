// The gradient of bilinear upsampling on a GPU. This file includes gpu/bodies and gpu/cuda.
#include "gpu/bodies/bilinear_backward.h"
#include "gpu/cuda/kernels.h"
#include "gpu/cuda/launch.h"

namespace upsample {

Status LaunchBilinearBackward(const Plan& plan, const void* in, void* out, cudaStream_t stream) {
  return Launch<BilinearBackward, false>(plan, in, out, stream);
}

}  // namespace upsample
