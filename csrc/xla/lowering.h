// Which of two ways an op takes into an XLA program: the one place that decides. Includes core.
#pragma once

#include <cstdlib>
#include <string>
#include <string_view>

#include "core/problem.h"
#include "core/status.h"

namespace upsample {

enum class Lowering {
  kHlo,         // XLA's own operations (hlo.h), which it fuses with their neighbours
  kCustomCall,  // our kernels (custom_call.h)
};

// Figures: milliseconds on two cores of an AMD EPYC 9005, TensorFlow 2.21, 2026-11-25, for
// [7, 64, 64, 64] by 2 in float32 and bfloat16; rows of `python -m upsample_op.benchmark --jit`.
inline Lowering BestOnCpu(Interpolation interpolation, Direction direction) {
  return interpolation == Interpolation::kNearest && direction == Direction::kForward
             ? Lowering::kHlo
             : Lowering::kCustomCall;
}

// Not measured yet. By the plans of our kernels they are bound by memory, and what XLA makes of
// bilinear in hlo.h by its integer arithmetic; nearest as HLO is what the stock layer's is, and is
// fused with its neighbours.
inline Lowering BestOnGpu(Interpolation interpolation) {
  return interpolation == Interpolation::kNearest ? Lowering::kHlo : Lowering::kCustomCall;
}

// `device` is TensorFlow's name of what is compiled for, `is_static` whether all dimensions are
// known. The environment variable UPSAMPLE_XLA_LOWERING, "hlo" or "custom_call", overrides the
// choice for tests and benchmarks; it is read when a program is compiled.
inline Status ChooseLowering(std::string_view device, Interpolation interpolation,
                             Direction direction, bool is_static, Lowering* lowering) {
  const char* variable = std::getenv("UPSAMPLE_XLA_LOWERING");
  const std::string_view forced = variable == nullptr ? "" : variable;
  if (forced != "" && forced != "hlo" && forced != "custom_call") {
    return InvalidArgument("UPSAMPLE_XLA_LOWERING must be hlo or custom_call, got " +
                           std::string(forced));
  }
  if (!is_static) {
    *lowering = Lowering::kHlo;  // XLA refuses custom calls on dimensions of unknown length
  } else if (forced != "") {
    *lowering = forced == "hlo" ? Lowering::kHlo : Lowering::kCustomCall;
  } else if (device == "XLA_CPU_JIT") {
    *lowering = BestOnCpu(interpolation, direction);
#ifdef UPSAMPLE_CUDA
  } else if (device == "XLA_GPU_JIT") {
    *lowering = BestOnGpu(interpolation);
#endif
  } else {
    *lowering = Lowering::kHlo;  // no kernels of ours
  }
  return {};
}

}  // namespace upsample
