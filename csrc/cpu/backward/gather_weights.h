// The weights of the gradient along one axis. Compiled per instruction set. Includes core, cpu and
// the standard library only.
#pragma once

#include <cstdint>
#include <utility>

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
        interior_(interior_count_),
        first_(2 * size),
        last_(2 * size) {
    if (!has_room()) return;
    for (int64_t m = 0; m < interior_count_; ++m) {
      interior_[m] = InteriorWeight<A>(interpolation, m, size);
    }
    for (const auto& [i, weights] : {std::pair(int64_t{0}, &first_), std::pair(in - 1, &last_)}) {
      const Readers readers = ReadersOf(interpolation, i, in, size);
      for (int64_t o = readers.begin; o < readers.end; ++o) {
        (*weights)[o - readers.begin] = WeightOf<A>(interpolation, o, i, in, size);
      }
    }
  }

  bool has_room() const { return interior_.has_room() && first_.has_room() && last_.has_room(); }

  const A* interior() const { return interior_.get(); }
  int64_t interior_count() const { return interior_count_; }

  // One weight for each reader of input i.
  const A* Of(int64_t i) const {
    if (!IsBorder(interpolation_, i, in_)) return interior_.get();
    return i == 0 ? first_.get() : last_.get();
  }

 private:
  const Interpolation interpolation_;
  const int64_t in_;
  const int64_t interior_count_;
  Scratch<A> interior_;
  Scratch<A> first_;
  Scratch<A> last_;
};

// The row of grad_out behind those that read row `row` of the result; rows of all planes.
inline int64_t EndOfReaders(const Geometry& g, int64_t row) {
  return row / g.in_h * g.out_h() + ReadersOf(g.interpolation, row % g.in_h, g.in_h, g.size_h).end;
}

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
