// Pixels repeated along a row, as vectors of the result: each vector is a permutation of a window
// of the pixels, and windows and permutations recur after a cycle. No other file says where an
// element comes from. This file is compiled per instruction set and includes the standard library
// only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>

namespace upsample {
namespace UPSAMPLE_ISA {

// Pixels of `inner` elements (or bytes), each repeated `size` times, in vectors of `lanes`
// elements. The pattern recurs after `steps` vectors, the least number that holds whole pixels with
// all their copies. These come from `inputs` elements.
struct Cycle {
  Cycle(int64_t inner, int64_t size, int64_t lanes)
      : inner(inner),
        size(size),
        lanes(lanes),
        steps(std::lcm(inner * size, lanes) / lanes),
        inputs(steps * lanes / size) {}

  const int64_t inner, size, lanes;
  const int64_t steps, inputs;

  // SourceOf() returns where an element of the result comes from, and WindowOf() the least such
  // place for a vector of elements.
  int64_t SourceOf(int64_t element) const {
    return element / inner / size * inner + element % inner;
  }
  int64_t WindowOf(int64_t first) const {
    int64_t least = SourceOf(first);
    for (int64_t lane = 1; lane < lanes; ++lane) least = std::min(least, SourceOf(first + lane));
    return least;
  }
};

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
