// How a problem finds one of the kernels. This file includes core and gpu.
#include "core/validate.h"
#include "gpu/cuda/kernels.h"
#include "gpu/cuda/upsample_cuda.h"

namespace upsample {
namespace {

Launcher* SelectKernel(Direction direction, Interpolation interpolation) {
  if (interpolation == Interpolation::kNearest) {
    return direction == Direction::kForward ? LaunchNearestForward : LaunchNearestBackward;
  }
  return direction == Direction::kForward ? LaunchBilinearForward : LaunchBilinearBackward;
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
  const Plan plan = MakePlan(direction, problem, dtype, in, out);
  Status status = SelectKernel(direction, problem.interpolation)(plan, in, out, stream);
  if (!status.ok()) status.message += ", for " + ImagesOf(problem);
  return status;
}

std::string DescribeCuda(Direction direction, const Problem& problem, DType dtype, const void* in,
                         const void* out) {
  return problem.empty() ? "" : Describe(MakePlan(direction, problem, dtype, in, out));
}

}  // namespace upsample
