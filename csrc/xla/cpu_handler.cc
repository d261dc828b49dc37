// The custom calls on the CPU; the op itself on XLA's thread pool. Includes core, cpu and XLA's
// foreign function interface.
#include <algorithm>

#include "cpu/upsample_cpu.h"
#include "xla/unpack.h"

namespace upsample {
namespace {

// The calling thread writes a share too and returns without waiting for the others. It must not
// wait: if all threads of the pool waited in here, none would be left to do the work.
ffi::Future Upsample(ffi::AnyBuffer in, ffi::Result<ffi::AnyBuffer> out, bool backward,
                     ffi::Span<const int64_t> size, std::string_view interpolation,
                     std::string_view data_format, ffi::ThreadPool pool) {
  Call call;
  RowWork work;
  Status status = ReadCall(in, backward, size, interpolation, data_format, &call);
  if (status.ok()) {
    status = PlanCpu(call.direction, call.problem, call.dtype, in.untyped_data(),
                     out->untyped_data(), &work);
  }
  constexpr int64_t kLeastNanoseconds = 50000;  // the pool's threads may sleep
  const int64_t shares =
      CountShares(work.rows, work.cost_ns, pool.num_threads(), kLeastNanoseconds);
  ffi::CountDownPromise promise(shares);
  ffi::Future future(promise);
  if (!status.ok() || work.rows == 0) {
    promise.CountDown(ToFfi(status));
    return future;
  }
  const auto write_share = [=](int64_t share) {
    const bool is_written = work.write(BeginOfShare(share, shares, work.rows),
                                       BeginOfShare(share + 1, shares, work.rows));
    return ToFfi(is_written ? Status() : OutOfMemory());
  };
  for (int64_t share = 1; share < shares; ++share) {
    pool.Schedule([=]() mutable { promise.CountDown(write_share(share)); });
  }
  promise.CountDown(write_share(0));
  return future;
}

XLA_FFI_DEFINE_HANDLER(kHandler, Upsample, Binding().Ctx<ffi::ThreadPool>());
XLA_FFI_REGISTER_HANDLER(ffi::GetXlaFfiApi(), "upsample_op.upsample2d", "Host", kHandler);

using Lengths = ffi::Buffer<ffi::S32, 1>;

// The dimensions of the op's result, from those of its input.
ffi::Error ShapeOfResult(Lengths in, ffi::Result<Lengths> out, bool backward,
                         ffi::Span<const int64_t> size, std::string_view interpolation,
                         std::string_view data_format) {
  const int32_t* const lengths = in.typed_data();
  Call call;
  Shape result;
  const Status status = ReadProblem({lengths, lengths + in.element_count()}, backward, size,
                                    interpolation, data_format, &call, &result);
  if (status.ok()) std::copy(result.begin(), result.end(), out->typed_data());
  return ToFfi(status);
}

XLA_FFI_DEFINE_HANDLER(kShapeHandler, ShapeOfResult, (BindingOf<Lengths, Lengths>()));
XLA_FFI_REGISTER_HANDLER(ffi::GetXlaFfiApi(), "upsample_op.result_shape", "Host", kShapeHandler);

}  // namespace
}  // namespace upsample
