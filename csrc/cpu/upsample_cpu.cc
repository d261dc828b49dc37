#include "cpu/upsample_cpu.h"

#include <atomic>

#include "core/validate.h"
#include "cpu/cache.h"
#include "cpu/isa.h"
#include "cpu/row_kernels.h"
#include "cpu/tuning.h"

namespace upsample {
namespace {

// `dtype` has arithmetic, unless elements are only moved.
const Candidate& Choose(const RowKernels& kernels, Direction direction, DType dtype,
                        const Geometry& geometry, const void* out) {
  const RealType real = Info(dtype).real;
  const bool is_backward = direction == Direction::kBackward;
  const bool is_nearest = geometry.interpolation == Interpolation::kNearest;
  const Candidate* candidate = is_backward  ? kernels.backward[real]
                               : is_nearest ? kernels.nearest_forward
                                            : kernels.bilinear_forward[real];
  while (!candidate->fits(geometry, out)) ++candidate;
  return *candidate;
}

// Returns how many bytes of the large tensor one thread moves in a nanosecond, in its caches.
int64_t BytesPerNanosecond(Direction direction, const Problem& problem, DType dtype) {
  const bool is_copy =
      direction == Direction::kForward && problem.interpolation == Interpolation::kNearest;
  const bool is_converted = dtype == DType::kFloat16 || dtype == DType::kBFloat16;
  const bool is_wide = problem.inner() * Info(dtype).bytes >= 64;
  return is_copy || (is_wide && !is_converted) ? tuning::kMovedPerNanosecond
                                               : tuning::kComputedPerNanosecond;
}

// These return how many rows the result has, which are shared out to threads, and the bytes of one.
int64_t ResultRows(Direction direction, const Problem& problem) {
  return problem.planes() * (direction == Direction::kForward ? problem.out_h() : problem.in_h);
}
int64_t ResultRowBytes(Direction direction, const Problem& problem, DType dtype) {
  const int64_t width = direction == Direction::kForward ? problem.out_w() : problem.in_w;
  return width * problem.inner() * Info(dtype).bytes;
}

// Returns whether the call reads and writes half as much again as the last-level cache holds, or
// more. By then most of what it has written is no longer in the cache when the call ends.
bool ResultIsStreamed(Direction direction, const Problem& problem, DType dtype) {
  const Direction other =
      direction == Direction::kForward ? Direction::kBackward : Direction::kForward;
  int64_t bytes = 0;
  for (const Direction of : {direction, other}) {
    bytes += ResultRows(of, problem) * ResultRowBytes(of, problem, dtype);
  }
  const int64_t cache = LastLevelCacheBytes();
  return bytes - cache >= cache / tuning::kPartBeyondCache;
}

}  // namespace

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
  // The bytes of the large tensor that belong to a row of the result.
  const int64_t bytes_per_row = geometry.out_w() * geometry.pixel_bytes *
                                (direction == Direction::kForward ? 1 : problem.size_h);
  const RowKernels& kernels = CurrentRowKernels();
  const Candidate& candidate = Choose(kernels, direction, dtype, geometry, out);
  work->kernel = candidate.name;
  work->isa = kernels.isa;
  work->is_streamed = geometry.streams;
  work->rows = ResultRows(direction, problem);
  work->cost_ns = 1 + bytes_per_row / BytesPerNanosecond(direction, problem, dtype);
  work->write = [=, run = candidate.run](int64_t begin, int64_t end) {
    return run(geometry, in, out, begin, end);
  };
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
