// Nearest upsampling on a GPU, forward. Includes kernels and cuda.
#include "cuda/kernels.h"
#include "cuda/launch.h"
#include "kernels/nearest_forward_body.h"

namespace upsample {

Status LaunchNearestForward(const Plan& plan, const void* in, void* out, cudaStream_t stream) {
  switch (plan.element) {
    case Element::kRaw1:
      return Launch<NearestForward, Raw<1>>(plan, in, out, stream);
    case Element::kRaw2:
      return Launch<NearestForward, Raw<2>>(plan, in, out, stream);
    case Element::kRaw4:
      return Launch<NearestForward, Raw<4>>(plan, in, out, stream);
    case Element::kRaw8:
      return Launch<NearestForward, Raw<8>>(plan, in, out, stream);
    default:
      return Launch<NearestForward, Raw<16>>(plan, in, out, stream);
  }
}

}  // namespace upsample
