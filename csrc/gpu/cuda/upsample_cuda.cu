// How a problem finds one of the kernels. This file includes core and gpu.
#include "core/validate.h"
#include "gpu/cuda/kernels.h"
#include "gpu/cuda/launch.h"
#include "gpu/cuda/upsample_cuda.h"

namespace upsample {
namespace {

Finder* SelectFinder(Direction direction, Interpolation interpolation) {
  if (interpolation == Interpolation::kNearest) {
    return direction == Direction::kForward ? FindNearestForward : FindNearestBackward;
  }
  return direction == Direction::kForward ? FindBilinearForward : FindBilinearBackward;
}

std::string ImagesOf(const Problem& p) {
  const auto times = [](int64_t a, int64_t b) {
    return std::to_string(a) + " x " + std::to_string(b);
  };
  return times(p.batch, p.channels) + " images of " + times(p.in_h, p.in_w) + " pixels";
}

}  // namespace

Status UpsampleCuda(Direction direction, const Problem& problem, DType dtype, const void* in,
                    void* out, CUstream_st* stream) {
  UPSAMPLE_RETURN_IF_ERROR(CheckDType(dtype, problem.interpolation, direction));
  if (problem.empty()) return {};
  Finder* const find = SelectFinder(direction, problem.interpolation);
  Limits limits;
  limits.resident_threads = [find](const Plan& plan) {
    const void* const kernel = find(plan);
    return kernel == nullptr ? 1 : ResidentThreads(kernel);
  };
  const Plan plan = MakePlan(direction, problem, dtype, in, out, limits);
  Status status = Launch(find(plan), plan, in, out, stream);
  if (!status.ok()) status.message += ", for " + ImagesOf(problem);
  return status;
}

std::string DescribeCuda(Direction direction, const Problem& problem, DType dtype, const void* in,
                         const void* out) {
  return problem.empty() ? "" : Describe(MakePlan(direction, problem, dtype, in, out));
}

}  // namespace upsample
