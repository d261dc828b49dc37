// The gradient of nearest upsampling on a GPU. Includes kernels and cuda.
#include "cuda/kernels.h"
#include "cuda/launch.h"
#include "kernels/nearest_backward_body.h"

namespace upsample {

Status LaunchNearestBackward(const Plan& plan, const void* in, void* out, cudaStream_t stream) {
  return LaunchReal<NearestBackward>(plan, in, out, stream);
}

}  // namespace upsample
