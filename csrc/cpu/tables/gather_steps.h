// The table of a gradient's row where pixels are taken apart by phase. It has the weights of each
// step's pixels in their readers. This file is compiled per instruction set and includes core, cpu
// and the standard library only.
#pragma once

#include <cstdint>

#include "core/taps.h"
#include "cpu/row_kernels.h"
#include "cpu/simd/pixel_phases.h"
#include "cpu/simd/pixel_shift.h"
#include "cpu/simd/vector.h"

namespace upsample {
namespace UPSAMPLE_ISA {

// The table for factor kSize along a row. A step has as many whole pixels as fit a vector.
template <typename T, int kSize>
class GatherSteps {
 public:
  using A = Accumulator<T>;

  explicit GatherSteps(const Geometry& g)
      : step_(StepOf<A>(g.inner)),
        last_step_((g.in_w * g.inner - 1) / step_ * step_),
        phases_(g.inner),
        shift_(g.inner) {
    for (int64_t m = 0; m < InteriorCount(g.interpolation, int64_t{kSize}); ++m) {
      for (int64_t lane = 0; lane < kLanes<A>; ++lane) {
        weights_[m][lane] = InteriorWeight<A>(g.interpolation, m, int64_t{kSize});
      }
      first_weights_[m] = last_weights_[m] = weights_[m];
    }
    for (const int64_t x : {int64_t{0}, g.in_w - 1}) {  // no step has more pixels of either border
      SetWeights(g, x, 0, first_weights_);
      SetWeights(g, x, last_step_, last_weights_);
    }
    for (int64_t lane = 0; lane < kLanes<A>; ++lane) {
      is_in_row_[lane] = last_step_ + lane < g.in_w * g.inner ? -1 : 0;
    }
  }

  int64_t step() const { return step_; }            // in elements
  int64_t last_step() const { return last_step_; }  // its first element
  const PixelPhases<T, kSize>& phases() const { return phases_; }
  const PixelShift<A>& shift() const { return shift_; }

  // Returns the weights of the pixels of the step from element `begin` on, in each of their
  // readers.
  const Vector<A>* WeightsOf(int64_t begin) const {
    return begin == 0 ? first_weights_ : begin == last_step_ ? last_weights_ : weights_;
  }

  // Returns which elements of the last step there are.
  Integers<A> is_in_row() const { return is_in_row_; }

 private:
  // Sets the weights of pixel x in its readers if the pixel belongs to the step from element
  // `begin` on. The weight is 0 for a reader outside of the image.
  void SetWeights(const Geometry& g, int64_t x, int64_t begin, Vector<A>* weights) const {
    const int64_t lane = x * g.inner - begin;
    if (lane < 0 || lane >= step_) return;
    constexpr int64_t size = kSize;
    for (int64_t m = 0; m < InteriorCount(g.interpolation, size); ++m) {
      const int64_t o = InteriorBegin(g.interpolation, size) + size * x + m;
      const bool is_inside = 0 <= o && o < g.out_w();
      const A weight = is_inside ? WeightOf<A>(g.interpolation, o, x, g.in_w, size) : 0;
      for (int64_t c = 0; c < g.inner; ++c) weights[m][lane + c] = weight;
    }
  }

  const int64_t step_;
  const int64_t last_step_;
  const PixelPhases<T, kSize> phases_;
  const PixelShift<A> shift_;
  Vector<A> weights_[2 * kSize];  // of all steps but the first and the last one
  Vector<A> first_weights_[2 * kSize];
  Vector<A> last_weights_[2 * kSize];
  Integers<A> is_in_row_;
};

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
