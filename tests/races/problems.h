// What the drivers under ThreadSanitizer call, and what they compare with. This file includes core,
// cpu and the standard library only.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "core/validate.h"
#include "cpu/upsample_cpu.h"

namespace upsample {

// One call in float32, of several shares of work, with its result as one thread computes it.
struct Call32 {
  Spec spec;
  Shape in_shape;
  Problem problem;
  Shape out_shape;
  std::vector<float> in;
  std::vector<float> expected;
};

inline int64_t Elements(const Shape& shape) {
  int64_t elements = 1;
  for (const int64_t dim : shape) elements *= dim;
  return elements;
}

inline void Require(bool is_right, const char* what) {
  if (is_right) return;
  std::fprintf(stderr, "wrong: %s\n", what);
  std::abort();
}

inline Call32 MakeCall(Direction direction, Interpolation interpolation, Layout layout) {
  const int64_t side = direction == Direction::kForward ? 40 : 80;
  const Spec spec = {direction, DType::kFloat32, 2, 2, interpolation, layout};
  Call32 call = {spec, {3, side, side, 24}, {}, {}, {}, {}};
  if (layout == Layout::kNCHW) call.in_shape = {3, 24, side, side};
  Require(MakeProblem(call.in_shape, spec, &call.problem, &call.out_shape).ok(), "the problem");
  for (int64_t i = 0; i < Elements(call.in_shape); ++i) {
    call.in.push_back(static_cast<float>(i % 251));
  }
  call.expected.resize(Elements(call.out_shape));
  const auto alone = [](int64_t total, int64_t, const RangeWork& work) { work(0, total); };
  Require(
      UpsampleCpu(direction, call.problem, spec.dtype, call.in.data(), call.expected.data(), alone)
          .ok(),
      "the expected result");
  return call;
}

inline std::vector<Call32> AllCalls() {
  std::vector<Call32> calls;
  for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
    for (const auto interpolation : {Interpolation::kNearest, Interpolation::kBilinear}) {
      for (const Layout layout : {Layout::kNHWC, Layout::kNCHW}) {
        calls.push_back(MakeCall(direction, interpolation, layout));
      }
    }
  }
  return calls;
}

}  // namespace upsample
