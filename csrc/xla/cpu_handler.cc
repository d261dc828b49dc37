// The custom call on the CPU, on XLA's thread pool. Includes core, cpu and XLA's foreign function
// interface.
#include "cpu/upsample.h"
#include "xla/call.h"

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
    return ToFfi(work.write(BeginOfShare(share, shares, work.rows),
                            BeginOfShare(share + 1, shares, work.rows)));
  };
  for (int64_t share = 1; share < shares; ++share) {
    pool.Schedule([=]() mutable { promise.CountDown(write_share(share)); });
  }
  promise.CountDown(write_share(0));
  return future;
}

XLA_FFI_DEFINE_HANDLER(kHandler, Upsample, Binding().Ctx<ffi::ThreadPool>());
XLA_FFI_REGISTER_HANDLER(ffi::GetXlaFfiApi(), "upsample_op.upsample2d", "Host", kHandler);

}  // namespace
}  // namespace upsample
