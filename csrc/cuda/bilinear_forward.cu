// Bilinear upsampling on a GPU, forward. Includes kernels and cuda.
#include "cuda/kernels.h"
#include "cuda/launch.h"
#include "kernels/bilinear_forward_body.h"

namespace upsample {

Status LaunchBilinearForward(const Plan& plan, const void* in, void* out, cudaStream_t stream) {
  return LaunchReal<BilinearForward>(plan, in, out, stream);
}

}  // namespace upsample
