// Which CPU kernels there are, and which one runs: the first of a list that fits. No other file
// chooses. This file is compiled per instruction set and includes core, cpu and the standard
// library only.
//
// "In registers" means that nothing is stored in between, from loading to writing. "Two passes"
// means along the rows and down them, with rows of accumulators between the two; the rest of such a
// name says how the pass along a row is done.
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
inline bool Never(const Geometry&, const void*) { return false; }

// A kernel that is a class. If it fits nothing on this instruction set, nothing is compiled.
template <typename T, typename Blend>
constexpr Candidate Blends(const char* name) {
  if constexpr (Blend::kFitsAny) {
    return {name, Blend::Fits, BlendTiles<T, Blend>};
  } else {
    return {name, Never, nullptr};
  }
}
template <typename T, typename Gather>
constexpr Candidate Gathers(const char* name) {
  if constexpr (Gather::kFitsAny) {
    return {name, Gather::Fits, GatherTiles<T, Gather>};
  } else {
    return {name, Never, nullptr};
  }
}

// Nearest, forward. The names say how a pixel is repeated along its row.
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
    Blends<T, VectorBlend<T>>("in_registers_vectors"),
    Blends<T, ZippedBlend<T>>("in_registers_zipped"),
    Blends<T, PermutedBlend<T>>("in_registers_permuted"),
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

// The gradient of both interpolations.
template <typename T>
inline constexpr Candidate kBackward[] = {
    Gathers<T, VectorGather<T>>("in_registers_vectors"),
    Gathers<T, ZippedGather<T, 2>>("in_registers_zipped"),
    Gathers<T, ZippedGather<T, 3>>("in_registers_zipped"),
    Gathers<T, ZippedGather<T, 4>>("in_registers_zipped"),
    Gathers<T, TwoPassGather<T, PermutedSum<Accumulator<T>>>>("two_passes_permuted"),
    Gathers<T, TwoPassGather<T, ElementSum<Accumulator<T>>>>("two_passes_elements"),
};

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
