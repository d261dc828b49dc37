// The ops on a GPU, on TensorFlow's stream. This file includes core, gpu/cuda and TensorFlow.
#include "gpu/cuda/upsample_cuda.h"
#include "tf/op_kernel.h"
#include "xla/stream_executor/stream.h"

namespace upsample {
namespace {

using tensorflow::OpKernelConstruction;
using tensorflow::OpKernelContext;

template <Direction kDirection>
class GpuKernel : public UpsampleOpKernel {
 public:
  explicit GpuKernel(OpKernelConstruction* construction)
      : UpsampleOpKernel(construction, kDirection) {}

 protected:
  Status Launch(OpKernelContext* context, const Spec& spec, const Problem& problem, const void* in,
                void* out) override {
    void* stream = context->op_device_context()->stream()->platform_specific_handle().stream;
    return UpsampleCuda(spec.direction, problem, spec.dtype, in, out,
                        static_cast<CUstream_st*>(stream));
  }
};

// There is no type constraint, as on the CPU, so int32 images stay in the GPU's memory too.
REGISTER_KERNEL_BUILDER(Name("UpsampleOp>Upsample2D").Device(tensorflow::DEVICE_GPU),
                        GpuKernel<Direction::kForward>);
REGISTER_KERNEL_BUILDER(Name("UpsampleOp>Upsample2DGrad").Device(tensorflow::DEVICE_GPU),
                        GpuKernel<Direction::kBackward>);

}  // namespace
}  // namespace upsample
