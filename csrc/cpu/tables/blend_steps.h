// The table of a row's gaps: what each vector of outputs is blended from. This file is compiled per
// instruction set and includes core, cpu and the standard library only.
#pragma once

#include <cstdint>

#include "core/taps.h"
#include "cpu/scratch.h"
#include "cpu/simd/convert.h"
#include "cpu/simd/vector.h"
#include "cpu/tables/cycle.h"
#include "cpu/tuning.h"

namespace upsample {
namespace UPSAMPLE_ISA {

// A vector of outputs, which blends the same permutation of two windows that lie a pixel apart.
template <typename T>
struct BlendStep {
  using A = Accumulator<T>;

  int64_t window;  // where the low inputs begin, in elements from the cycle's first input
  WidenedPermutation<T> permutation;
  Vector<A> weight;    // of the high input
  Integers<A> copies;  // all ones where an output is its low input, 0 elsewhere

  template <bool kHasCopies = true>
  UPSAMPLE_INLINE Vector<A> Of(const T* low_at, int64_t inner) const {
    const Vector<A> low = permutation.Of(low_at), high = permutation.Of(low_at + inner);
    const Vector<A> blend = Blend(weight, low, high);
    if constexpr (!kHasCopies) return blend;
    return copies ? low : blend;
  }
};

// The steps of a cycle that begins with output element `first` of the gaps.
template <typename T>
class BlendSteps {
 public:
  using A = Accumulator<T>;

  // Only factors that nobody uses need a longer table of permutations.
  static constexpr bool kFitsAny = kHasPermutation;
  static bool Fits(int64_t inner, int64_t size) {
    return kFitsAny && size > 1 && CycleOf(inner, size).steps <= tuning::kMostPermutedSteps;
  }
  static Cycle CycleOf(int64_t inner, int64_t size) { return {inner, size, kLanes<A>}; }

  BlendSteps(int64_t inner, int64_t size, int64_t first)
      : cycle_(CycleOf(inner, size)), steps_(cycle_.steps) {
    if (!has_room()) return;
    for (int64_t s = 0; s < cycle_.steps; ++s) {
      BlendStep<T>& step = steps_[s] = BlendStep<T>();
      const int64_t begin = first + s * kLanes<A>;
      step.window = cycle_.WindowOf(begin);
      for (int64_t lane = 0; lane < kLanes<A>; ++lane) {
        const int64_t k = (begin + lane) / inner % size;
        step.permutation.Set(lane, cycle_.SourceOf(begin + lane) - step.window);
        step.copies[lane] = k < FirstBlendedPhase(size) ? -1 : 0;
        step.weight[lane] = WeightOfHigh<A>(k, size);
      }
    }
  }

  bool has_room() const { return steps_.has_room(); }

  // Goes round the steps. It has a step's table, and knows where the inputs of its cycle begin.
  class Cursor {
   public:
    Cursor(const BlendSteps& steps, const T* in)
        : begin_(steps.steps_.get()),
          end_(begin_ + steps.cycle_.steps),
          inputs_(steps.cycle_.inputs),
          step_(begin_),
          in_(in) {}

    const BlendStep<T>& step() const { return *step_; }
    const T* window() const { return in_ + step_->window; }
    void Next() {
      if (++step_ != end_) return;
      step_ = begin_;
      in_ += inputs_;
    }

   private:
    const BlendStep<T>* const begin_;
    const BlendStep<T>* const end_;
    const int64_t inputs_;
    const BlendStep<T>* step_;
    const T* in_;
  };

 private:
  const Cycle cycle_;
  Scratch<BlendStep<T>> steps_;
};

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
