#include "cpu/upsample.h"

#include <atomic>

#include "core/validate.h"
#include "cpu/cache.h"
#include "cpu/isa.h"
#include "cpu/row_kernels.h"

namespace upsample {
namespace {

// The element type behind a dtype with arithmetic; a complex number is two of its parts.
RealType RealTypeOf(DType dtype) {
  switch (dtype) {
    case DType::kFloat16:
      return kRealFloat16;
    case DType::kBFloat16:
      return kRealBFloat16;
    case DType::kFloat64:
    case DType::kComplex128:
      return kRealFloat64;
    default:
      return kRealFloat32;
  }
}

RowKernel SelectKernel(Direction direction, Interpolation interpolation, DType dtype) {
  const RowKernels& kernels = CurrentRowKernels();
  if (direction == Direction::kBackward) return kernels.backward[RealTypeOf(dtype)];
  if (interpolation == Interpolation::kNearest) return kernels.nearest_forward;
  return kernels.bilinear_forward[RealTypeOf(dtype)];
}

// How many bytes of the large tensor one thread moves in a nanosecond, in its caches: a lower bound
// for copies and for float pixels of a vector or more, and for all else, where elements are
// converted or moved one by one. (AMD EPYC 9005, 2026-11: 55 to 100, and 16 to 30.)
int64_t BytesPerNanosecond(Direction direction, const Problem& problem, DType dtype) {
  const bool is_copy =
      direction == Direction::kForward && problem.interpolation == Interpolation::kNearest;
  const bool is_converted = dtype == DType::kFloat16 || dtype == DType::kBFloat16;
  const bool is_wide = problem.inner() * Info(dtype).bytes >= 64;
  return is_copy || (is_wide && !is_converted) ? 50 : 16;
}

// Rows of the result, which are what is shared out, and the bytes of one.
int64_t ResultRows(Direction direction, const Problem& problem) {
  return problem.planes() * (direction == Direction::kForward ? problem.out_h() : problem.in_h);
}
int64_t ResultRowBytes(Direction direction, const Problem& problem, DType dtype) {
  const int64_t width = direction == Direction::kForward ? problem.out_w() : problem.in_w;
  return width * problem.inner() * Info(dtype).bytes;
}

}  // namespace

// If the call reads and writes half as much again as the last-level cache holds, or more: by then
// most of what it has written is no longer there when it ends. ([N, 32, 32, 64] floats by 2 on 2
// threads of an AMD EPYC 9005 with 32 MiB, 2026-11; ms in the caches and streamed, nearest and
// bilinear: results of 24 MiB 0.40 and 0.60, 0.60 and 0.62; 32 MiB 0.69 and 0.83, 0.92 and 0.82; 48
// MiB 1.32 and 1.25, 1.49 and 1.21; 128 MiB 4.6 and 3.7, 4.5 and 3.4. With a consumer that reads
// the result at once: 32 MiB 1.43 and 1.69, 1.67 and 1.69; 48 MiB 2.61 and 2.57, 2.75 and 2.53. And
// the gradients of [N, 64, 64, 64] floats on an EPYC 9004, consumer included: of 48 MiB 2.99
// and 2.82, 3.09 and 2.83; of 96 MiB 6.4 and 6.2, 5.9 and 5.5.)
bool ResultIsStreamed(Direction direction, const Problem& problem, DType dtype) {
  const Direction other =
      direction == Direction::kForward ? Direction::kBackward : Direction::kForward;
  int64_t bytes = 0;
  for (const Direction of : {direction, other}) {
    bytes += ResultRows(of, problem) * ResultRowBytes(of, problem, dtype);
  }
  const int64_t cache = LastLevelCacheBytes();
  return bytes - cache >= cache / 2;
}

Status PlanCpu(Direction direction, const Problem& problem, DType dtype, const void* in, void* out,
               RowWork* work) {
  UPSAMPLE_RETURN_IF_ERROR(CheckDType(dtype, problem.interpolation, direction));
  if (problem.empty()) return {};
  const int64_t parts = Info(dtype).arithmetic == Arithmetic::kComplex ? 2 : 1;
  const Geometry geometry = {problem.in_h,
                             problem.in_w,
                             problem.inner() * parts,
                             problem.inner() * Info(dtype).bytes,
                             problem.size_h,
                             problem.size_w,
                             problem.interpolation,
                             ResultIsStreamed(direction, problem, dtype)};
  // The bytes of the large tensor behind a row of the result.
  const int64_t bytes_per_row = geometry.out_w() * geometry.pixel_bytes *
                                (direction == Direction::kForward ? 1 : problem.size_h);
  const RowKernel kernel = SelectKernel(direction, problem.interpolation, dtype);
  work->rows = ResultRows(direction, problem);
  work->cost_ns = 1 + bytes_per_row / BytesPerNanosecond(direction, problem, dtype);
  work->write = [=](int64_t begin, int64_t end) { return kernel(geometry, in, out, begin, end); };
  return {};
}

Status UpsampleCpu(Direction direction, const Problem& problem, DType dtype, const void* in,
                   void* out, const ParallelFor& parallel_for) {
  RowWork work;
  UPSAMPLE_RETURN_IF_ERROR(PlanCpu(direction, problem, dtype, in, out, &work));
  if (work.rows == 0) return {};
  std::atomic<bool> all_written{true};
  parallel_for(work.rows, work.cost_ns, [&](int64_t begin, int64_t end) {
    if (!work.write(begin, end)) all_written = false;
  });
  return all_written ? Status() : OutOfMemory();
}

}  // namespace upsample
