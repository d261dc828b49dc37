// The custom call on a GPU, on XLA's stream. This file includes core, gpu/cuda and XLA's foreign
// function interface.
#include "gpu/cuda/upsample_cuda.h"
#include "xla/unpack.h"

namespace upsample {
namespace {

ffi::Error Upsample(ffi::AnyBuffer in, ffi::Result<ffi::AnyBuffer> out, Numbers numbers,
                    CUstream_st* stream) {
  Spec spec;
  Problem problem;
  Status status = ReadProblem(numbers, in, *out, &spec, &problem);
  if (status.ok()) {
    status = UpsampleCuda(spec.direction, problem, spec.dtype, in.untyped_data(),
                          out->untyped_data(), stream);
  }
  return ToFfi(status);
}

// The handler launches one kernel on the stream and does nothing else, so XLA may record it in a
// command buffer (a CUDA graph) and replay it.
XLA_FFI_DEFINE_HANDLER(kHandler, Upsample, Binding().Ctx<ffi::PlatformStream<CUstream_st*>>(),
                       {ffi::Traits::kCmdBufferCompatible});
XLA_FFI_REGISTER_HANDLER(ffi::GetXlaFfiApi(), "upsample_op.upsample2d", "CUDA", kHandler,
                         XLA_FFI_HANDLER_TRAITS_COMMAND_BUFFER_COMPATIBLE);

}  // namespace
}  // namespace upsample
