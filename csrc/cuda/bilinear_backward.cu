// The gradient of bilinear upsampling on a GPU. Includes kernels and cuda.
#include "cuda/kernels.h"
#include "cuda/launch.h"
#include "kernels/bilinear_backward_body.h"

namespace upsample {

Status LaunchBilinearBackward(const Plan& plan, const void* in, void* out, cudaStream_t stream) {
  return LaunchReal<BilinearBackward>(plan, in, out, stream);
}

}  // namespace upsample
