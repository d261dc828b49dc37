// The ops under jit_compile=True. This file takes half a minute or more and 1.7 GB to compile
// because of its headers, so all that needs them is here. It includes core, tf/translate.h, xla,
// TensorFlow and XLA.
#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tensorflow/compiler/tf2xla/xla_op_kernel.h"
#include "tf/translate.h"
#include "xla/custom_call.h"
#include "xla/hlo.h"
#include "xla/lowering.h"
#include "xla/registration.h"

namespace upsample {
namespace {

using tensorflow::OpKernelConstruction;
using tensorflow::XlaOpKernelContext;

// XLA counts a tensor's bytes in 64 bits, and ends the process where they don't suffice, even for
// an empty tensor: tf.zeros([2**20, 2**20, 2**21, 0]) alone is a segmentation fault (TensorFlow
// 2.21). So no dimension is skipped because another is 0.
absl::Status CheckBytes(const Shape& shape) {
  int64_t bytes = 16;  // of the largest dtype
  for (const int64_t dim : shape) {
    if (__builtin_mul_overflow(bytes, dim, &bytes)) {
      return absl::InvalidArgumentError(
          absl::StrCat("too large for XLA: a result of shape [", absl::StrJoin(shape, ","), "]"));
    }
  }
  return absl::OkStatus();
}

// The program holds the weights of each phase (PhaseWeights). For a factor in the billions they
// take more than a machine's memory.
absl::Status CheckPhases(const Problem& problem) {
  constexpr int64_t kMost = int64_t{1} << 20;
  if (!problem.empty() && TapsOf(problem.interpolation) > 1 &&
      std::max(problem.size_h, problem.size_w) > kMost) {
    return absl::InvalidArgumentError(
        absl::StrCat("too large for XLA's own operations: bilinear by a factor above ", kMost));
  }
  return absl::OkStatus();
}

template <Direction kDirection>
class XlaKernel : public tensorflow::XlaOpKernel {
 public:
  explicit XlaKernel(OpKernelConstruction* construction)
      : XlaOpKernel(construction), device_(construction->device_type().type_string()) {
    OP_REQUIRES_OK(construction, ReadSpec(construction, kDirection, &spec_));
  }

  void Compile(XlaOpKernelContext* context) override {
    const xla::XlaOp in = context->Input(0);
    const absl::StatusOr<xla::Shape> shape = context->InputXlaShape(0);
    OP_REQUIRES_OK(context, shape.status());
    Problem problem;
    Shape result;
    OP_REQUIRES_OK(context, ToAbsl(MakeProblem(Bounds(*shape, spec_), spec_, &problem, &result)));
    OP_REQUIRES_OK(context, CheckBytes(result));
    if (problem.size_h == 1 && problem.size_w == 1) {
      context->SetOutput(0, in);
      return;
    }
    Lowering lowering;
    OP_REQUIRES_OK(context, ToAbsl(ChooseLowering(device_, spec_, shape->is_static(), &lowering)));
    if (lowering == Lowering::kCustomCall) {
      context->SetOutput(0, EmitCustomCall(in, *shape, result, spec_));
      return;
    }
    OP_REQUIRES_OK(context, CheckPhases(problem));
    context->SetOutput(0, EmitHlo(in, *shape, result, spec_, LengthsOf()));
  }

 private:
  // Returns how the result's lengths are computed where they are known at run time only.
  ResultLengths LengthsOf() const {
    return device_ == "XLA_CPU_JIT" ? ResultLengths::kByCustomCall : ResultLengths::kByHlo;
  }

  const std::string device_;
  Spec spec_;
};

template <Direction kDirection>
tensorflow::OpKernel* Make(OpKernelConstruction* construction) {
  return new XlaKernel<kDirection>(construction);
}

const XlaKernelRegistration forward("UpsampleOp>Upsample2D", Make<Direction::kForward>);
const XlaKernelRegistration backward("UpsampleOp>Upsample2DGrad", Make<Direction::kBackward>);

}  // namespace
}  // namespace upsample
