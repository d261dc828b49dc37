// The gradient of bilinear upsampling on a GPU. Includes kernels and cuda.
#include "cuda/kernels.h"
#include "cuda/launch.h"
#include "kernels/bilinear_backward_body.h"

namespace upsample {

Status LaunchBilinearBackward(const Plan& plan, const void* in, void* out, cudaStream_t stream) {
  switch (plan.element) {
    case Element::kFloat16:
      return Launch<BilinearBackward, Half>(plan, in, out, stream);
    case Element::kBFloat16:
      return Launch<BilinearBackward, BFloat16>(plan, in, out, stream);
    case Element::kFloat32:
      return Launch<BilinearBackward, float>(plan, in, out, stream);
    default:
      return Launch<BilinearBackward, double>(plan, in, out, stream);
  }
}

}  // namespace upsample
