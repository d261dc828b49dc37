// The ops under jit_compile=True. This file takes half a minute or more and 1.7 GB to compile,
// for the sake of its headers: all that needs them is here. Includes core, tf/translate.h, xla,
// TensorFlow and XLA.
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

// XLA counts a tensor's bytes in 64 bits, and ends the process where they don't suffice.
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

template <Direction kDirection>
class XlaKernel : public tensorflow::XlaOpKernel {
 public:
  explicit XlaKernel(OpKernelConstruction* construction)
      : XlaOpKernel(construction), device_(construction->device_type().type_string()) {
    DType dtype;  // checked, and in the program as XLA's own
    OP_REQUIRES_OK(construction, ReadAttributes(construction, kDirection, &attributes_, &dtype));
  }

  void Compile(XlaOpKernelContext* context) override {
    const xla::XlaOp in = context->Input(0);
    const absl::StatusOr<xla::Shape> shape = context->InputXlaShape(0);
    OP_REQUIRES_OK(context, shape.status());
    const auto dims = shape->dimensions();  // of a dynamic dimension, its bound
    Problem problem;
    Shape result;
    OP_REQUIRES_OK(context, ToAbsl(MakeProblem({dims.begin(), dims.end()}, attributes_, kDirection,
                                               &problem, &result)));
    OP_REQUIRES_OK(context, CheckBytes(result));
    if (problem.size_h == 1 && problem.size_w == 1) {
      context->SetOutput(0, in);
      return;
    }
    Lowering lowering;
    OP_REQUIRES_OK(context, ToAbsl(ChooseLowering(device_, attributes_.interpolation, kDirection,
                                                  shape->is_static(), &lowering)));
    context->SetOutput(0, lowering == Lowering::kHlo
                              ? EmitHlo(in, *shape, result, attributes_.interpolation, kDirection)
                              : EmitCustomCall(in, *shape, result, attributes_, kDirection));
  }

 private:
  const std::string device_;
  Attributes attributes_;
};

template <Direction kDirection>
tensorflow::OpKernel* Make(OpKernelConstruction* construction) {
  return new XlaKernel<kDirection>(construction);
}

const XlaKernelRegistration forward("UpsampleOp>Upsample2D", Make<Direction::kForward>);
const XlaKernelRegistration backward("UpsampleOp>Upsample2DGrad", Make<Direction::kBackward>);

}  // namespace
}  // namespace upsample
