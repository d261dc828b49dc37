// Which CPU kernels there are, and which one runs: of a list the first that fits. This is the only
// place that chooses. Compiled per instruction set. Includes core, cpu and the standard library
// only.
//
// "In registers": from being loaded to being written, nothing is stored in between. "Two passes":
// along the rows and down them, with rows of accumulators between the two; the rest of such a name
// says how the pass along a row is done.
#pragma once

#include "core/float16.h"
#include "cpu/backward/gather_tiles.h"
#include "cpu/backward/two_pass_gather.h"
#include "cpu/backward/vector_gather.h"
#include "cpu/backward/zipped_gather.h"
#include "cpu/forward/nearest_rows.h"
#include "cpu/forward/permuted_blend.h"
#include "cpu/forward/two_pass_blend.h"
#include "cpu/forward/vector_blend.h"
#include "cpu/forward/zipped_blend.h"
#include "cpu/row_kernels.h"

namespace upsample {
namespace UPSAMPLE_ISA {

inline bool Always(const Geometry&, const void*) { return true; }

// Nearest, forward: how a pixel is repeated along its row.
inline constexpr Candidate kNearestForward[] = {
    {"copied", [](const Geometry& g, const void*) { return g.size_w == 1; },
     NearestForwardRows<RepeatSchedule::kCopied>},
    // Powers of two have loops that the compiler vectorises.
    {"elements",
     [](const Geometry& g, const void*) {
       return g.pixel_bytes <= 16 && (g.pixel_bytes & (g.pixel_bytes - 1)) == 0;
     },
     NearestForwardRows<RepeatSchedule::kElements>},
    {"permuted",
     [](const Geometry& g, const void*) { return PermutedRepeat::Fits(g.pixel_bytes, g.size_w); },
     NearestForwardRows<RepeatSchedule::kPermuted>},
    {"chunks", Always, NearestForwardRows<RepeatSchedule::kChunks>},
};

template <typename T>
inline constexpr Candidate kBilinearForward[] = {
    {"in_registers_vectors", VectorBlend<T>::Fits, BlendTiles<T, VectorBlend<T>>},
    {"in_registers_zipped", ZippedBlend<T>::Fits, BlendTiles<T, ZippedBlend<T>>},
    {"in_registers_permuted", PermutedBlend<T>::Fits, BlendTiles<T, PermutedBlend<T>>},
    {"two_passes_vectors", [](const Geometry& g, const void*) { return g.inner >= kLanesOf<T>; },
     BlendTwice<T, GapSchedule::kVectors>},
    {"two_passes_zipped",
     [](const Geometry& g, const void*) { return g.size_w == 2 && PixelZip<T>::Fits(g.inner); },
     BlendTwice<T, GapSchedule::kZipped>},
    {"two_passes_permuted",
     [](const Geometry& g, const void*) { return BlendSteps<T>::Fits(g.inner, g.size_w); },
     BlendTwice<T, GapSchedule::kPermuted>},
    {"two_passes_elements", Always, BlendTwice<T, GapSchedule::kElements>},
};

// The gradient, of both interpolations.
template <typename T>
inline constexpr Candidate kBackward[] = {
    {"in_registers_vectors", VectorGather<T>::Fits, GatherTiles<T, VectorGather<T>>},
    {"in_registers_zipped", ZippedGather<T, 2>::Fits, GatherTiles<T, ZippedGather<T, 2>>},
    {"in_registers_zipped", ZippedGather<T, 3>::Fits, GatherTiles<T, ZippedGather<T, 3>>},
    {"in_registers_zipped", ZippedGather<T, 4>::Fits, GatherTiles<T, ZippedGather<T, 4>>},
    {"two_passes_permuted",
     [](const Geometry& g, const void*) {
       return PermutedSum<Accumulator<T>>::Fits(g.inner, g.size_w);
     },
     GatherTiles<T, TwoPassGather<T, PermutedSum<Accumulator<T>>>>},
    {"two_passes_elements", Always, GatherTiles<T, TwoPassGather<T, ElementSum<Accumulator<T>>>>},
};

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
