// The ops on the CPU, on TensorFlow's intra-op threads. This file includes core, cpu and
// TensorFlow.
#include "cpu/upsample_cpu.h"
#include "tensorflow/core/util/work_sharder.h"
#include "tf/op_kernel.h"

namespace upsample {
namespace {

using tensorflow::OpKernelConstruction;
using tensorflow::OpKernelContext;

template <Direction kDirection>
class CpuKernel : public UpsampleOpKernel {
 public:
  explicit CpuKernel(OpKernelConstruction* construction)
      : UpsampleOpKernel(construction, kDirection) {}

 protected:
  Status Launch(OpKernelContext* context, const Spec& spec, const Problem& problem, const void* in,
                void* out) override {
    const auto& workers = *context->device()->tensorflow_cpu_worker_threads();
    const auto shard = [&](int64_t total, int64_t cost_ns, const RangeWork& work) {
      tensorflow::Shard(workers.num_threads, workers.workers, total, cost_ns, work);
    };
    return UpsampleCpu(spec.direction, problem, spec.dtype, in, out, shard);
  }
};

// There is no type constraint, because the kernels serve every type that the op admits.
REGISTER_KERNEL_BUILDER(Name("UpsampleOp>Upsample2D").Device(tensorflow::DEVICE_CPU),
                        CpuKernel<Direction::kForward>);
REGISTER_KERNEL_BUILDER(Name("UpsampleOp>Upsample2DGrad").Device(tensorflow::DEVICE_CPU),
                        CpuKernel<Direction::kBackward>);

}  // namespace
}  // namespace upsample
