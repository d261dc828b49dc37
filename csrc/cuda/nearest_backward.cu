// The gradient of nearest upsampling on a GPU. Includes kernels and cuda.
#include "cuda/kernels.h"
#include "cuda/launch.h"
#include "kernels/nearest_backward_body.h"

namespace upsample {

Status LaunchNearestBackward(const Plan& plan, const void* in, void* out, cudaStream_t stream) {
  switch (plan.element) {
    case Element::kFloat16:
      return Launch<NearestBackward, Half>(plan, in, out, stream);
    case Element::kBFloat16:
      return Launch<NearestBackward, BFloat16>(plan, in, out, stream);
    case Element::kFloat32:
      return Launch<NearestBackward, float>(plan, in, out, stream);
    default:
      return Launch<NearestBackward, double>(plan, in, out, stream);
  }
}

}  // namespace upsample
