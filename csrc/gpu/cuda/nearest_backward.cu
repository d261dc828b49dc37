// The gradient of nearest upsampling on a GPU. This file includes gpu/bodies and gpu/cuda.
#include "gpu/bodies/nearest_backward.h"
#include "gpu/cuda/kernels.h"
#include "gpu/cuda/launch.h"

namespace upsample {

Status LaunchNearestBackward(const Plan& plan, const void* in, void* out, cudaStream_t stream) {
  return Launch<NearestBackward, false>(plan, in, out, stream);
}

}  // namespace upsample
