// Which of two ways an op takes into an XLA program. No other file decides that. This file includes
// core.
#pragma once

#include <cstdlib>
#include <string>
#include <string_view>

#include "core/validate.h"

namespace upsample {

enum class Lowering {
  kHlo,         // XLA's own operations (hlo.h), which it fuses with their neighbours
  kCustomCall,  // our kernels (custom_call.h)
};

// Milliseconds by HLO and by our kernels, [7, 64, 64, 64] by 2, NHWC, in float32 and in bfloat16;
// two cores of an AMD EPYC 9005, TensorFlow 2.21, 2026-11-25 (`upsample_op.benchmark --jit`):
//
//                           alone                          with bias and relu
//     nearest, forward      0.97, 1.02;  0.62, 0.28        0.71, 1.34;  1.24, 1.51
//     nearest, gradient     1.39, 0.94;  1.70, 0.71        8.94, 2.82;  3.99, 1.77
//     bilinear, forward     2.40, 1.59;  1.42, 0.90        2.35, 2.10;  2.45, 2.13
//     bilinear, gradient    4.52, 1.38;  3.41, 0.69        5.64, 3.44;  3.83, 1.81
//
// As HLO, nearest gains more with a neighbour than it loses alone (the stock layer's is the same
// loop). The dtype makes no difference to the choice. Our kernels would win with bias and relu too
// only for nearest forward in NCHW of 16 bits (2.35, 1.44), and with a factor and one bias for all
// channels they lost there as well ([4, 64, 64, 64]: 0.69, 1.40).
inline Lowering BestOnCpu(Interpolation interpolation, Direction direction) {
  return interpolation == Interpolation::kNearest && direction == Direction::kForward
             ? Lowering::kHlo
             : Lowering::kCustomCall;
}

// This has not been measured yet, so it is a guess. By their plans our kernels are bound by memory,
// while XLA's fused loop over the cells of hlo.h computes four indices for each element of
// bilinear. Nearest as HLO is what the stock layer's is, and is fused with its neighbours.
inline Lowering BestOnGpu(Interpolation interpolation) {
  return interpolation == Interpolation::kNearest ? Lowering::kHlo : Lowering::kCustomCall;
}

// `device` is TensorFlow's name of what the program is compiled for, and `is_static` says whether
// all dimensions are known. The environment variable UPSAMPLE_XLA_LOWERING, "hlo" or "custom_call",
// overrides the choice for tests and benchmarks. It is read when a program is compiled.
inline Status ChooseLowering(std::string_view device, const Spec& spec, bool is_static,
                             Lowering* lowering) {
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
    *lowering = BestOnCpu(spec.interpolation, spec.direction);
#ifdef UPSAMPLE_CUDA
  } else if (device == "XLA_GPU_JIT") {
    *lowering = BestOnGpu(spec.interpolation);
#endif
  } else {
    *lowering = Lowering::kHlo;  // there are no kernels of ours
  }
  return {};
}

}  // namespace upsample
