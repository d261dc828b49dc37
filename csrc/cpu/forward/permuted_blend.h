// Bilinear upsampling, forward, where a pixel is smaller than a vector. Each vector of outputs is
// blended from permutations of the inputs, which a table gives (tables/blend_steps.h). All is done
// in registers, and nothing is stored in between (backward/vector_gather.h says why). This file is
// compiled per instruction set and includes core, cpu and the standard library only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "core/taps.h"
#include "cpu/forward/row_groups.h"
#include "cpu/row_kernels.h"
#include "cpu/scratch.h"
#include "cpu/simd/convert.h"
#include "cpu/simd/results.h"
#include "cpu/simd/vector.h"
#include "cpu/tables/blend_steps.h"
#include "cpu/tuning.h"

namespace upsample {
namespace UPSAMPLE_ISA {

template <typename T>
class PermutedBlend {
 public:
  using A = Accumulator<T>;

  // The blends along a gap's two input rows are computed for each gap, so each row is interpolated
  // twice. That pays where the kernel waits for memory, but not for a factor of 2 where elements
  // are also converted. Nor does it pay with so many output rows in a gap that they leave cache
  // lines half-written.
  static constexpr bool kFitsAny = kFillsLines && BlendSteps<T>::kFitsAny;
  static bool Fits(const Geometry& g, const void* out) {
    return g.streams && g.size_h <= tuning::kMostPermutedRows &&
           reinterpret_cast<uintptr_t>(out) % kVectorBytes == 0 &&
           g.out_w() * g.inner % kElements == 0 && BlendSteps<T>::Fits(g.inner, g.size_w) &&
           (g.size_w > 2 || std::is_same_v<T, A>) && g.inner < kLanes<A> &&
           g.in_w * g.inner >= g.inner + kLanes<A>;
  }

  PermutedBlend(const Geometry& g, const T* in, T* out, int64_t /*end*/)
      : g_(g),
        in_(in),
        out_(out),
        in_elements_(g.in_w * g.inner),
        out_elements_(in_elements_ * g.size_w),
        left_(FirstOfGap<int64_t>(0, g.size_w) * g.inner),
        first_(UpToWhole(left_)),
        last_(first_ + std::max<int64_t>(0, LastWhole() - first_) / kElements * kElements),
        steps_(g.inner, g.size_w, first_ - left_),
        edges_((first_ + out_elements_ - last_) / kLanes<A>),
        weights_(g.size_h) {
    if (!has_room()) return;
    for (int64_t k = 0; k < g.size_h; ++k) weights_[k] = WeightOfHigh<A>(k, g.size_h);
    Edge* edge = edges_.get();
    for (int64_t e = 0; e < first_; e += kLanes<A>) *edge++ = EdgeAt(e);
    for (int64_t e = last_; e < out_elements_; e += kLanes<A>) *edge++ = EdgeAt(e);
  }

  bool has_room() const { return steps_.has_room() && edges_.has_room() && weights_.has_room(); }

  int64_t pixels_per_tile() const { return g_.in_w; }

  // Writes output rows [begin, end) of a group.
  void Run(const RowGroup& group, int64_t begin, int64_t end, int64_t, int64_t) const {
    if (group.is_gap && end - group.begin > FirstBlendedPhase(g_.size_h)) {
      Run<2>(group, begin, end);
    } else {
      Run<1>(group, begin, end);
    }
  }

 private:
  // The elements of T in a vector, and how many vectors of accumulators make a vector of T.
  static constexpr int64_t kElements = kVectorBytes / int64_t{sizeof(T)};
  static constexpr int64_t kSteps = kElements / kLanes<A>;

  // A step beside a border. The outputs behind the last centre are the high inputs.
  struct Edge {
    BlendStep<T> step;
    Integers<A> is_high;

    Vector<A> Of(const T* row, int64_t inner) const {
      const T* const low_at = row + step.window;
      return is_high ? step.permutation.Of(low_at + inner) : step.Of(low_at, inner);
    }
  };

  // A part of the output rows of a group. kInputs rows are interpolated along: two in a gap, and
  // one elsewhere.
  template <int kInputs>
  using Rows = Vector<A>[kInputs][kSteps];

  static int64_t UpToWhole(int64_t elements) {
    return (elements + kElements - 1) / kElements * kElements;
  }

  // Returns the last element with which whole steps between the borders can end.
  int64_t LastWhole() const {
    const Cycle cycle = BlendSteps<T>::CycleOf(g_.inner, g_.size_w);
    int64_t end = FirstOfGap(g_.in_w - 1, g_.size_w) * g_.inner / kLanes<A> * kLanes<A>;
    while (end >= first_ + kLanes<A> &&
           in_elements_ < cycle.WindowOf(end - kLanes<A> - left_) + g_.inner + kLanes<A>) {
      end -= kLanes<A>;
    }
    return end;
  }

  // Returns the step of the outputs from element `begin` of a row on. Where an output copies the
  // last pixel, that pixel is its high input.
  Edge EdgeAt(int64_t begin) const {
    const int64_t inner = g_.inner;
    Edge edge = Edge();
    int64_t lows[kLanes<A>];
    int64_t window = in_elements_ - inner - kLanes<A>;
    for (int64_t lane = 0; lane < kLanes<A>; ++lane) {
      const int64_t e = begin + lane;
      const Tap<int64_t> tap = TapOf(e / inner, g_.in_w, g_.size_w);
      const bool is_high = tap.low == g_.in_w - 1;
      lows[lane] = (tap.low - (is_high ? 1 : 0)) * inner + e % inner;
      window = std::min(window, lows[lane]);
      edge.is_high[lane] = is_high ? -1 : 0;
      edge.step.copies[lane] = tap.is_copy ? -1 : 0;
      edge.step.weight[lane] = WeightOfHigh<A>(tap.k, g_.size_w);
    }
    edge.step.window = window;
    for (int64_t lane = 0; lane < kLanes<A>; ++lane) {
      edge.step.permutation.Set(lane, lows[lane] - window);
    }
    return edge;
  }

  template <int kInputs>
  void Run(const RowGroup& group, int64_t begin, int64_t end) const {
    const Edge* edge = edges_.get();
    edge = RunEdges<kInputs>(group, begin, end, 0, first_, edge);
    if (g_.size_w % 2 == 0) {
      RunSteps<kInputs, false>(group, begin, end);
    } else {
      RunSteps<kInputs, true>(group, begin, end);
    }
    RunEdges<kInputs>(group, begin, end, last_, out_elements_, edge);
  }

  template <int kInputs>
  UPSAMPLE_FLATTEN const Edge* RunEdges(const RowGroup& group, int64_t begin, int64_t end,
                                        int64_t first, int64_t last, const Edge* edge) const {
    const T* const in = in_ + group.low * in_elements_;
    for (int64_t e = first; e < last; e += kElements) {
      Rows<kInputs> rows;
      for (int64_t i = 0; i < kSteps; ++i, ++edge) {
        for (int r = 0; r < kInputs; ++r) rows[r][i] = edge->Of(in + r * in_elements_, g_.inner);
      }
      Write<kInputs>(rows, begin - group.begin, end - group.begin,
                     out_ + begin * out_elements_ + e);
    }
    return edge;
  }

  template <int kInputs, bool kHasCopies>
  UPSAMPLE_FLATTEN void RunSteps(const RowGroup& group, int64_t begin, int64_t end) const {
    const int64_t inner = g_.inner, in_elements = in_elements_, last = last_;
    const int64_t k_begin = begin - group.begin, k_end = end - group.begin;
    T* const out = out_ + begin * out_elements_;
    typename BlendSteps<T>::Cursor at(steps_, in_ + group.low * in_elements);
    for (int64_t e = first_; e < last; e += kElements) {
      Rows<kInputs> rows;
      for (int64_t i = 0; i < kSteps; ++i, at.Next()) {
        const T* const window = at.window();
        Prefetch(window + (kInputs - 1) * in_elements);
        for (int r = 0; r < kInputs; ++r) {
          rows[r][i] = at.step().template Of<kHasCopies>(window + r * in_elements, inner);
        }
      }
      Write<kInputs>(rows, k_begin, k_end, out + e);
    }
  }

  // Writes rows k_begin ... k_end of a group.
  template <int kInputs>
  UPSAMPLE_INLINE void Write(const Rows<kInputs>& rows, int64_t k_begin, int64_t k_end,
                             T* to) const {
    const int64_t out_elements = out_elements_, first_blended = FirstBlendedPhase(g_.size_h);
    const A* const weights = weights_.get();
    for (int64_t k = k_begin; k < k_end; ++k, to += out_elements) {
      const auto result = [&](int64_t e) __attribute__((always_inline)) {
        const int64_t i = e / kLanes<A>;
        if (kInputs == 1 || k < first_blended) return rows[0][i];
        return Blend(weights[k], rows[0][i], rows[kInputs - 1][i]);
      };
      StreamVector(ResultsAt<T>(0, result), to);
    }
  }

  const Geometry& g_;
  const T* const in_;
  T* const out_;
  const int64_t in_elements_, out_elements_;  // of a row
  const int64_t left_;                        // elements that copy the first pixel
  const int64_t first_, last_;                // output elements between the edges
  const BlendSteps<T> steps_;
  Scratch<Edge> edges_;
  Scratch<A> weights_;  // of the lower row, by phase
};

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
