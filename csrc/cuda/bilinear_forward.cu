// Bilinear upsampling on a GPU, forward. Includes kernels and cuda.
#include "cuda/kernels.h"
#include "cuda/launch.h"
#include "kernels/bilinear_forward_body.h"

namespace upsample {

Status LaunchBilinearForward(const Plan& plan, const void* in, void* out, cudaStream_t stream) {
  switch (plan.element) {
    case Element::kFloat16:
      return Launch<BilinearForward, Half>(plan, in, out, stream);
    case Element::kBFloat16:
      return Launch<BilinearForward, BFloat16>(plan, in, out, stream);
    case Element::kFloat32:
      return Launch<BilinearForward, float>(plan, in, out, stream);
    default:
      return Launch<BilinearForward, double>(plan, in, out, stream);
  }
}

}  // namespace upsample
