// The weights of the gradient along one axis. This file is compiled per instruction set and
// includes core, cpu and the standard library only.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/taps.h"
#include "cpu/row_kernels.h"
#include "cpu/scratch.h"

namespace upsample {
namespace UPSAMPLE_ISA {

// The weights of an input in its readers along one axis.
template <typename A>
class GatherWeights {
 public:
  GatherWeights(Interpolation interpolation, int64_t in, int64_t size)
      : interpolation_(interpolation),
        in_(in),
        interior_count_(InteriorCount(interpolation, size)),
        weights_((1 + 2 * BordersOf(interpolation)) * interior_count_) {
    if (!has_room()) return;
    for (int64_t m = 0; m < interior_count_; ++m) {
      weights_[m] = InteriorWeight<A>(interpolation, m, size);
    }
    for (int64_t border = 0; border < BordersOf(interpolation); ++border) {
      for (const int64_t i : {std::min(border, in - 1), std::max(in - 1 - border, int64_t{0})}) {
        const Readers readers = ReadersOf(interpolation, i, in, size);
        A* const weights = weights_.get() + PlaceOf(i);
        for (int64_t o = readers.begin; o < readers.end; ++o) {
          weights[o - readers.begin] = WeightOf<A>(interpolation, o, i, in, size);
        }
      }
    }
  }

  bool has_room() const { return weights_.has_room(); }

  const A* interior() const { return weights_.get(); }
  int64_t interior_count() const { return interior_count_; }

  // Returns one weight for each reader of input i.
  const A* Of(int64_t i) const { return weights_.get() + PlaceOf(i); }

 private:
  // The interior's weights come first, then those of the left border's inputs, then those of the
  // right border's.
  int64_t PlaceOf(int64_t i) const {
    const int64_t borders = BordersOf(interpolation_), from_right = in_ - 1 - i;
    const int64_t row = i < borders ? 1 + i : from_right < borders ? 1 + borders + from_right : 0;
    return row * interior_count_;
  }

  const Interpolation interpolation_;
  const int64_t in_;
  const int64_t interior_count_;
  Scratch<A> weights_;
};

// Returns the row of grad_out behind those that read row `row` of the result. Both rows are
// numbered through all planes.
inline int64_t EndOfReaders(const Geometry& g, int64_t row) {
  return row / g.in_h * g.out_h() + ReadersOf(g.interpolation, row % g.in_h, g.in_h, g.size_h).end;
}

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
