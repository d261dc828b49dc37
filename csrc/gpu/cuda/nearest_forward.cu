// Nearest upsampling on a GPU, forward. This file includes gpu/bodies and gpu/cuda.
#include "gpu/bodies/nearest_forward.h"
#include "gpu/cuda/kernels.h"
#include "gpu/cuda/launch.h"

namespace upsample {

Status LaunchNearestForward(const Plan& plan, const void* in, void* out, cudaStream_t stream) {
  return Launch<NearestForward, true>(plan, in, out, stream);
}

}  // namespace upsample
