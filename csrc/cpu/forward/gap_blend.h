// How the gaps along a row of pixels are blended. This file is compiled per instruction set and
// includes core, cpu and the standard library only.
//
// Each operation of a blend is rounded (there is no fused multiply-add), so all instruction sets
// give the same bits.
#pragma once

#include <cstdint>

#include "core/taps.h"
#include "cpu/scratch.h"
#include "cpu/simd/convert.h"
#include "cpu/simd/pixel_zip.h"
#include "cpu/simd/vector.h"
#include "cpu/tables/blend_steps.h"

namespace upsample {
namespace UPSAMPLE_ISA {

// How the gaps of a row are interpolated: by whole vectors of a pixel; as even and odd pixels that
// are zipped; as permutations of vectors; or element by element.
enum class GapSchedule { kVectors, kZipped, kPermuted, kElements };

// Interpolates the gaps of rows: `in` has gaps + 1 pixels of `inner` elements, and `out` gaps *
// size. Behind both there is room for two more vectors, which may be read or overwritten.
template <typename T>
class GapBlend {
 public:
  using A = Accumulator<T>;

  GapBlend(GapSchedule schedule, int64_t inner, int64_t size)
      : schedule_(schedule),
        inner_(inner),
        size_(size),
        zip_(schedule == GapSchedule::kZipped ? inner : 1),
        weights_(size),
        steps_(schedule == GapSchedule::kPermuted ? inner : 1,
               schedule == GapSchedule::kPermuted ? size : 1, 0) {
    if (!has_room()) return;
    for (int64_t k = 0; k < size; ++k) weights_[k] = WeightOfHigh<A>(k, size);
  }

  bool has_room() const { return weights_.has_room() && steps_.has_room(); }

  void Run(const T* in, int64_t gaps, A* out) const {
    switch (schedule_) {
      case GapSchedule::kVectors:
        return BlendVectors(in, gaps, out);
      case GapSchedule::kZipped:
        return BlendZipped(in, gaps, out);
      case GapSchedule::kPermuted:
        return BlendPermuted(in, gaps, out);
      case GapSchedule::kElements:
        if (inner_ == 3 && size_ == 2) return BlendElements<3, 2>(in, gaps, out);
        return BlendElements<0, 0>(in, gaps, out);
    }
  }

 private:
  // The loops here and below use locals, because a store of a vector could change a member, as far
  // as the compiler knows.
  void BlendPermuted(const T* in, int64_t gaps, A* out) const {
    const int64_t inner = inner_;
    A* const end = out + gaps * size_ * inner;
    for (typename BlendSteps<T>::Cursor at(steps_, in); out < end; out += kLanes<A>, at.Next()) {
      Prefetch(at.window());
      Store(at.step().Of(at.window(), inner), out);
    }
  }

  void BlendVectors(const T* in, int64_t gaps, A* out) const {
    if (size_ == 2) return BlendVectorsBy<2>(in, gaps, out);
    if (size_ == 3) return BlendVectorsBy<3>(in, gaps, out);
    if (size_ == 4) return BlendVectorsBy<4>(in, gaps, out);
    BlendVectorsBy<0>(in, gaps, out);
  }

  // A template argument of 0 stands for the number given at run time, here and below.
  template <int kSize>
  void BlendVectorsBy(const T* in, int64_t gaps, A* out) const {
    const int64_t inner = inner_, size = kSize == 0 ? size_ : kSize;
    A copied[kSize == 0 ? 1 : kSize];
    for (int k = 0; k < kSize; ++k) copied[k] = weights_[k];
    const A* const weights = kSize == 0 ? weights_.get() : copied;
    for (int64_t g = 0; g < gaps; ++g, in += inner, out += size * inner) {
      ForEachVector<A>(inner, [&](int64_t c) {
        Prefetch(in + c);
        const Vector<A> low = Widened(in + c), high = Widened(in + inner + c);
        A* to = out + c;
        for (int64_t k = 0; k < size; ++k, to += inner) {
          Store(k < FirstBlendedPhase(size) ? low : Blend(weights[k], low, high), to);
        }
      });
    }
  }

  // Pixels are smaller than a vector and the factor is 2: a gap has two outputs, and neither is a
  // copy.
  void BlendZipped(const T* in, int64_t gaps, A* out) const {
    const PixelZip<T> zip = zip_;
    const int64_t inner = inner_, step = zip.step();
    const A weights[] = {weights_[0], weights_[1]};
    for (int64_t i = 0; i < gaps * inner; i += step, out += 2 * step) {
      Prefetch(in + i);
      const Vector<A> low = Widened(in + i), high = Widened(in + inner + i);
      const Pair<A> outputs = zip.Zip({Blend(weights[0], low, high), Blend(weights[1], low, high)});
      Store(outputs.first, out);
      Store(outputs.second, out + kLanes<A>);
    }
  }

  template <int kInner, int kSize>
  void BlendElements(const T* __restrict in, int64_t gaps, A* __restrict out) const {
    const int64_t inner = kInner == 0 ? inner_ : kInner, size = kSize == 0 ? size_ : kSize;
    const A* const weights = weights_.get();
    for (int64_t g = 0; g < gaps; ++g) {
      for (int64_t k = 0; k < size; ++k) {
        for (int64_t c = 0; c < inner; ++c) {
          const A low = ToAccumulator(in[g * inner + c]);
          const A high = ToAccumulator(in[(g + 1) * inner + c]);
          out[(g * size + k) * inner + c] =
              k < FirstBlendedPhase(size) ? low : Blend(weights[k], low, high);
        }
      }
    }
  }

  const GapSchedule schedule_;
  const int64_t inner_;
  const int64_t size_;
  const PixelZip<T> zip_;
  Scratch<A> weights_;  // of the high input, by phase
  const BlendSteps<T> steps_;
};

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
