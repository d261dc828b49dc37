// The custom calls on the CPU. That of the op itself runs on XLA's thread pool. This file includes
// core, cpu and XLA's foreign function interface.
#include <algorithm>

#include "cpu/upsample_cpu.h"
#include "xla/unpack.h"

namespace upsample {
namespace {

// The calling thread writes a share too, and returns without waiting for the others. It must not
// wait: if all threads of the pool waited in here, none would be left to do the work.
ffi::Future Upsample(ffi::AnyBuffer in, ffi::Result<ffi::AnyBuffer> out, Numbers numbers,
                     ffi::ThreadPool pool) {
  Spec spec;
  Problem problem;
  RowWork work;
  Status status = ReadProblem(numbers, in, *out, &spec, &problem);
  if (status.ok()) {
    status =
        PlanCpu(spec.direction, problem, spec.dtype, in.untyped_data(), out->untyped_data(), &work);
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

// Computes the dimensions of the op's result from those of its input.
ffi::Error ShapeOfResult(Lengths in, ffi::Result<Lengths> out, Numbers numbers) {
  const int32_t* const lengths = in.typed_data();
  Spec spec;
  Problem problem;
  Shape result;
  Status status = SpecOf(numbers.begin(), numbers.size(), &spec);
  if (status.ok()) {
    status = MakeProblem({lengths, lengths + in.element_count()}, spec, &problem, &result);
  }
  if (status.ok() && out->element_count() != result.size()) {
    status = InvalidArgument("a program has no room for the lengths of upsample_op's result");
  }
  if (status.ok()) std::copy(result.begin(), result.end(), out->typed_data());
  return ToFfi(status);
}

XLA_FFI_DEFINE_HANDLER(kShapeHandler, ShapeOfResult, (BindingOf<Lengths, Lengths>()));
XLA_FFI_REGISTER_HANDLER(ffi::GetXlaFfiApi(), "upsample_op.result_shape", "Host", kShapeHandler);

}  // namespace
}  // namespace upsample
