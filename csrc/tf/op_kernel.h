// What the ops' kernels do on every device: they read the attributes, check the input and allocate
// the output. A device adds its launch. This file includes core and TensorFlow.
#pragma once

#include "tensorflow/core/framework/op_kernel.h"
#include "tf/translate.h"

namespace upsample {

class UpsampleOpKernel : public tensorflow::OpKernel {
 public:
  UpsampleOpKernel(tensorflow::OpKernelConstruction* construction, Direction direction)
      : OpKernel(construction) {
    OP_REQUIRES_OK(construction, ReadSpec(construction, direction, &spec_));
  }

  void Compute(tensorflow::OpKernelContext* context) final {
    const tensorflow::Tensor& in = context->input(0);
    Problem problem;
    Shape shape;
    OP_REQUIRES_OK(context, ToAbsl(MakeProblem(ToShape(in.shape()), spec_, &problem, &shape)));
    if (problem.size_h == 1 && problem.size_w == 1) {
      context->set_output(0, in);  // shares the buffer
      return;
    }
    tensorflow::TensorShape out_shape;
    OP_REQUIRES_OK(context, tensorflow::TensorShape::BuildTensorShape(shape, &out_shape));
    tensorflow::Tensor* out = nullptr;
    OP_REQUIRES_OK(context, context->allocate_output(0, out_shape, &out));
    OP_REQUIRES_OK(context, ToAbsl(Launch(context, spec_, problem, in.data(), out->data())));
  }

 protected:
  virtual Status Launch(tensorflow::OpKernelContext* context, const Spec& spec,
                        const Problem& problem, const void* in, void* out) = 0;

 private:
  Spec spec_;
};

}  // namespace upsample
