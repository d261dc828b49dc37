#include "cpu/upsample.h"

#include <atomic>
#include <new>

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

// One thread moves about 10 bytes of the large tensor per nanosecond (AMD EPYC 9005, 2026-11).
constexpr int64_t kBytesPerNanosecond = 10;

}  // namespace

Status UpsampleCpu(Direction direction, const Problem& problem, DType dtype, const void* in,
                   void* out, const ParallelFor& parallel_for) {
  UPSAMPLE_RETURN_IF_ERROR(CheckDType(dtype, problem.interpolation, direction));
  if (problem.empty()) return {};
  const bool is_forward = direction == Direction::kForward;
  const DTypeInfo& info = Info(dtype);
  const int64_t parts = info.arithmetic == Arithmetic::kComplex ? 2 : 1;
  const int64_t pixel_bytes = problem.inner() * info.bytes;
  // Rows of the result, which are what is shared out, and bytes of the large tensor behind each.
  const int64_t rows = problem.planes() * (is_forward ? problem.out_h() : problem.in_h);
  const int64_t result_w = is_forward ? problem.out_w() : problem.in_w;
  const int64_t large_rows = is_forward ? 1 : problem.size_h;
  const int64_t bytes_per_row = large_rows * problem.out_w() * pixel_bytes;
  const bool streams = rows * result_w * pixel_bytes >= LastLevelCacheBytes();
  const Geometry geometry = {problem.in_h,   problem.in_w,   problem.inner() * parts, pixel_bytes,
                             problem.size_h, problem.size_w, problem.interpolation,   streams};
  const RowKernel kernel = SelectKernel(direction, problem.interpolation, dtype);
  std::atomic<bool> out_of_memory = false;
  parallel_for(rows, 1 + bytes_per_row / kBytesPerNanosecond, [&](int64_t begin, int64_t end) {
    try {
      kernel(geometry, in, out, begin, end);
    } catch (const std::bad_alloc&) {
      out_of_memory = true;
    }
  });
  if (!out_of_memory) return {};
  return {Code::kOutOfMemory, "no memory for the rows that the threads work on"};
}

}  // namespace upsample
