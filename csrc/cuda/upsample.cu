// From a problem to one of the kernels. Includes core, kernels and cuda.
#include "core/validate.h"
#include "cuda/kernels.h"
#include "cuda/upsample.h"

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

}  // namespace upsample
