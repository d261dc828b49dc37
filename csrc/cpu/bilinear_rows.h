// Bilinear upsampling, forward, as two 1-D passes: each input row is interpolated horizontally
// once, into one of two accumulator rows, and each output row is a blend of those two.
// Compiled per instruction set. Includes core, cpu and the standard library only.
//
// A blend is two products and a sum, each rounded (no fused multiply-add): so all instruction
// sets give the same bits, and an infinity stays one, where a + (b - a) * t would make it a NaN.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "core/taps.h"
#include "cpu/convert.h"
#include "cpu/results.h"
#include "cpu/row_kernels.h"
#include "cpu/scratch.h"

namespace upsample {
namespace UPSAMPLE_ISA {

// Interpolates `gaps` gaps of pixels of `inner` elements: in has gaps + 1 pixels, out gaps * size.
// A template argument of 0 stands for the number given at run time.
template <int kInner, int kSize, typename A>
void BlendGaps(const A* __restrict in, int64_t gaps, int64_t inner_, int64_t size_,
               const A* __restrict low_weights, const A* __restrict high_weights,
               A* __restrict out) {
  const int64_t inner = kInner == 0 ? inner_ : kInner;
  const int64_t size = kSize == 0 ? size_ : kSize;
  const int64_t first_blended = FirstBlendedPhase(size);
  for (int64_t g = 0; g < gaps; ++g) {
    const A* __restrict low = in + g * inner;
    const A* __restrict high = low + inner;
    A* __restrict o = out + g * size * inner;
    for (int64_t k = 0; k < size; ++k) {
      if (k < first_blended) {
        for (int64_t c = 0; c < inner; ++c) o[c] = low[c];
      } else {
        const A low_weight = low_weights[k];
        const A high_weight = high_weights[k];
        for (int64_t c = 0; c < inner; ++c) {
          o[k * inner + c] = low_weight * low[c] + high_weight * high[c];
        }
      }
    }
  }
}

template <typename A>
using Blend = void (*)(const A* in, int64_t gaps, int64_t inner, int64_t size, const A* low_weights,
                       const A* high_weights, A* out);

template <int kInner, typename A>
Blend<A> SelectBlendOfSize(int64_t size) {
  if (size == 2) return BlendGaps<kInner, 2, A>;
  if (size == 3) return BlendGaps<kInner, 3, A>;
  if (size == 4) return BlendGaps<kInner, 4, A>;
  return BlendGaps<kInner, 0, A>;
}

template <typename A>
Blend<A> SelectBlend(int64_t inner, int64_t size) {
  if (inner == 1) return SelectBlendOfSize<1, A>(size);
  if (inner == 2) return SelectBlendOfSize<2, A>(size);
  if (inner == 3) return SelectBlendOfSize<3, A>(size);
  if (inner == 4) return SelectBlendOfSize<4, A>(size);
  return SelectBlendOfSize<0, A>(size);
}

template <typename A>
A* CopyPixelTimes(const A* pixel, int64_t inner, int64_t times, A* out) {
  for (int64_t i = 0; i < times; ++i, out += inner) std::memcpy(out, pixel, inner * sizeof(A));
  return out;
}

// The horizontal pass over tiles of a row. A tile is a number of gaps, the first one with the
// border before it and the last one with the border after it.
template <typename T>
class HorizontalPass {
 public:
  using A = Accumulator<T>;

  explicit HorizontalPass(const Geometry& g)
      : g_(g),
        blend_(SelectBlend<A>(g.inner, g.size_w)),
        gaps_per_tile_(std::max<int64_t>(1, kTileElements / (g.size_w * g.inner))),
        low_weights_(g.size_w),
        high_weights_(g.size_w),
        widened_(std::is_same_v<T, A> ? 0 : (MaxGaps() + 1) * g.inner) {
    for (int64_t k = 0; k < g.size_w; ++k) {
      low_weights_[k] = static_cast<A>(WeightOfLow(k, g.size_w));
      high_weights_[k] = static_cast<A>(WeightOfHigh(k, g.size_w));
    }
  }

  // The number of elements of the widest tile.
  int64_t MaxTileElements() const { return (MaxGaps() + 1) * g_.size_w * g_.inner; }

  // Starts with the first tile; false after the last.
  bool SelectTile(int64_t index) {
    const int64_t gaps = g_.in_w - 1;
    first_gap_ = index * gaps_per_tile_;
    if (index > 0 && first_gap_ >= gaps) return false;
    end_gap_ = std::min(gaps, first_gap_ + gaps_per_tile_);
    begin_ = index == 0 ? 0 : FirstOfGap(first_gap_, g_.size_w);
    end_ = end_gap_ == gaps ? g_.out_w() : FirstOfGap(end_gap_, g_.size_w);
    return true;
  }

  // Of the current tile, in elements of an output row.
  int64_t begin() const { return begin_ * g_.inner; }
  int64_t elements() const { return (end_ - begin_) * g_.inner; }

  // Interpolates the current tile of an input row [in_w, inner] into out [elements()].
  void Run(const T* in_row, A* out) {
    const int64_t gaps = end_gap_ - first_gap_;
    const A* in = Widened(in_row + first_gap_ * g_.inner, (gaps + 1) * g_.inner, widened_.get());
    if (begin_ == 0) out = CopyPixelTimes(in, g_.inner, FirstOfGap<int64_t>(0, g_.size_w), out);
    blend_(in, gaps, g_.inner, g_.size_w, low_weights_.get(), high_weights_.get(), out);
    if (end_ == g_.out_w()) {
      CopyPixelTimes(in + gaps * g_.inner, g_.inner, end_ - FirstOfGap(end_gap_, g_.size_w),
                     out + gaps * g_.size_w * g_.inner);
    }
  }

 private:
  int64_t MaxGaps() const { return std::min(gaps_per_tile_, g_.in_w - 1); }

  const Geometry& g_;
  const Blend<A> blend_;
  const int64_t gaps_per_tile_;
  Scratch<A> low_weights_;
  Scratch<A> high_weights_;
  Scratch<A> widened_;
  int64_t first_gap_ = 0, end_gap_ = 0;  // of the current tile
  int64_t begin_ = 0, end_ = 0;          // in output pixels
};

// out = low_weight * low + high_weight * high
template <typename T, typename A>
void BlendRows(const A* __restrict low, A low_weight, const A* __restrict high, A high_weight,
               int64_t n, bool streams, T* out) {
  A buffer[kBlockElements];
  for (int64_t begin = 0; begin < n;) {
    const int64_t count = BlockElementsAt(out + begin, n - begin);
    A* __restrict to = Destination(out + begin, buffer, streams);
    for (int64_t i = 0; i < count; ++i) {
      to[i] = low_weight * low[begin + i] + high_weight * high[begin + i];
    }
    Finish(to, count, out + begin, streams);
    begin += count;
  }
}

template <typename T>
void BilinearForwardRows(const Geometry& g, const void* in, void* out, int64_t begin, int64_t end) {
  using A = Accumulator<T>;
  const int64_t in_row_elements = g.in_w * g.inner;
  const int64_t out_row_elements = g.out_w() * g.inner;
  HorizontalPass<T> horizontal(g);
  // Input row r is kept in slot r % 2, so both rows of a gap fit.
  const int64_t slot_elements = horizontal.MaxTileElements();
  Scratch<A> slots(2 * slot_elements);
  for (int64_t tile = 0; horizontal.SelectTile(tile); ++tile) {
    int64_t held[2] = {-1, -1};
    const auto interpolated = [&](int64_t in_row) {
      A* slot = slots.get() + in_row % 2 * slot_elements;
      if (held[in_row % 2] != in_row) {
        horizontal.Run(static_cast<const T*>(in) + in_row * in_row_elements, slot);
        held[in_row % 2] = in_row;
      }
      return slot;
    };
    for (int64_t row = begin; row < end; ++row) {
      const Tap tap = TapOf(row % g.out_h(), g.in_h, g.size_h);
      const int64_t low_row = row / g.out_h() * g.in_h + tap.low;
      T* out_tile = static_cast<T*>(out) + row * out_row_elements + horizontal.begin();
      const A* low = interpolated(low_row);
      if (tap.is_copy) {
        Finish(low, horizontal.elements(), out_tile, g.streams);
      } else {
        BlendRows(low, static_cast<A>(WeightOfLow(tap.k, g.size_h)), interpolated(low_row + 1),
                  static_cast<A>(WeightOfHigh(tap.k, g.size_h)), horizontal.elements(), g.streams,
                  out_tile);
      }
    }
  }
  if (g.streams) StreamFence();
}

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
