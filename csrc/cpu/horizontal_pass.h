// Bilinear upsampling along a row of pixels, forward. Compiled per instruction set. Includes core,
// cpu and the standard library only.
//
// A blend is two products and a sum, each rounded (no fused multiply-add): so all instruction
// sets give the same bits, and an infinity stays one, where a + (b - a) * t would make it a NaN.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <type_traits>

#include "core/taps.h"
#include "cpu/convert.h"
#include "cpu/pixel_zip.h"
#include "cpu/row_kernels.h"
#include "cpu/scratch.h"
#include "cpu/vector.h"

namespace upsample {
namespace UPSAMPLE_ISA {

// Interpolates the gaps of rows: in has gaps + 1 pixels of `inner` elements, out gaps * size.
// Behind both there is room for two vectors more, to be read or spoilt.
template <typename T>
class GapBlend {
 public:
  using A = Accumulator<T>;

  GapBlend(int64_t inner, int64_t size)
      : inner_(inner),
        size_(size),
        cycle_(kHasPermutation && inner < kLanes<A> ? std::lcm(inner * size, kLanes<A>) : 0),
        zip_(zips() ? inner : 1),
        low_weights_(size),
        high_weights_(size),
        steps_(permutes() ? cycle_ / kLanes<A> : 0) {
    if (!has_room()) return;
    for (int64_t k = 0; k < size; ++k) {
      low_weights_[k] = static_cast<A>(WeightOfLow(k, size));
      high_weights_[k] = static_cast<A>(WeightOfHigh(k, size));
    }
    if (!permutes()) return;
    for (int64_t e = 0; e < cycle_; ++e) {
      const int64_t lane = e % kLanes<A>, k = e / inner % size;
      Step& step = steps_[e / kLanes<A>];
      if (lane == 0) step.window = LeastInput(e);
      step.index[lane] = InputOf(e) - step.window;
      step.copies[lane] = k < FirstBlendedPhase(size) ? -1 : 0;
      step.low_weight[lane] = low_weights_[k];
      step.high_weight[lane] = high_weights_[k];
    }
  }

  bool has_room() const {
    return low_weights_.has_room() && high_weights_.has_room() && steps_.has_room();
  }

  void Run(const T* in, int64_t gaps, A* out) const {
    if (inner_ >= kLanes<A>) {
      BlendVectors(in, gaps, out);
    } else if (zips()) {
      BlendTwice(in, gaps, out);
    } else if (permutes()) {
      BlendPermuted(in, gaps, out);
    } else if (inner_ == 3 && size_ == 2) {
      BlendElements<3, 2>(in, gaps, out);
    } else {
      BlendElements<0, 0>(in, gaps, out);
    }
  }

 private:
  // Where a pixel is smaller than a vector, a vector of outputs is a permutation of a window of the
  // inputs; windows and permutations recur after a cycle.
  struct Step {
    Vector<A> low_weight, high_weight;
    Integers<A> index;
    Integers<A> copies;  // all ones where an output is its low input, 0 elsewhere
    int64_t window;      // in elements from the cycle's first input
  };
  // Longer cycles, of factors that nobody has, would leave the cache.
  static constexpr int64_t kMaxSteps = 256;

  bool zips() const { return size_ == 2 && PixelZip<T>::Fits(inner_); }
  bool permutes() const { return 0 < cycle_ && cycle_ <= kMaxSteps * kLanes<A> && size_ > 1; }

  // The low input of an output.
  int64_t InputOf(int64_t e) const { return e / inner_ / size_ * inner_ + e % inner_; }
  int64_t LeastInput(int64_t first_output) const {
    int64_t least = first_output;
    for (int64_t lane = 0; lane < kLanes<A>; ++lane) {
      least = std::min(least, InputOf(first_output + lane));
    }
    return least;
  }

  // Locals in the loops, here and below: for all that the compiler knows, a store of a vector could
  // change a member.
  void BlendPermuted(const T* in, int64_t gaps, A* out) const {
    const int64_t inner = inner_, inputs_per_cycle = cycle_ / size_;
    const Step* const steps = steps_.get();
    const Step* const steps_end = steps + cycle_ / kLanes<A>;
    A* const end = out + gaps * size_ * inner;
    for (const Step* step = steps; out < end; out += kLanes<A>) {
      const T* const low_at = in + step->window;
      Prefetch(low_at);
      const Vector<A> low = Permuted<A>(Widened(low_at), step->index);
      const Vector<A> high = Permuted<A>(Widened(low_at + inner), step->index);
      const Vector<A> blend = step->low_weight * low + step->high_weight * high;
      Store(step->copies ? low : blend, out);
      if (++step == steps_end) {
        step = steps;
        in += inputs_per_cycle;
      }
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
    A copied[2 * (kSize == 0 ? 1 : kSize)];
    for (int k = 0; k < kSize; ++k)
      copied[k] = low_weights_[k], copied[kSize + k] = high_weights_[k];
    const A* const low_weights = kSize == 0 ? low_weights_.get() : copied;
    const A* const high_weights = kSize == 0 ? high_weights_.get() : copied + kSize;
    for (int64_t g = 0; g < gaps; ++g, in += inner, out += size * inner) {
      ForEachVector<A>(inner, [&](int64_t c) {
        Prefetch(in + c);
        const Vector<A> low = Widened(in + c), high = Widened(in + inner + c);
        A* to = out + c;
        for (int64_t k = 0; k < size; ++k, to += inner) {
          const Vector<A> blend = low_weights[k] * low + high_weights[k] * high;
          Store(k < FirstBlendedPhase(size) ? low : blend, to);
        }
      });
    }
  }

  // Pixels smaller than a vector by 2: a gap has two outputs, neither of them a copy.
  void BlendTwice(const T* in, int64_t gaps, A* out) const {
    const PixelZip<T> zip = zip_;
    const int64_t inner = inner_, step = zip.step();
    const A low_weights[] = {low_weights_[0], low_weights_[1]};
    const A high_weights[] = {high_weights_[0], high_weights_[1]};
    for (int64_t i = 0; i < gaps * inner; i += step, out += 2 * step) {
      Prefetch(in + i);
      const Vector<A> low = Widened(in + i), high = Widened(in + inner + i);
      const Pair<A> outputs = zip.Zip({low_weights[0] * low + high_weights[0] * high,
                                       low_weights[1] * low + high_weights[1] * high});
      Store(outputs.first, out);
      Store(outputs.second, out + kLanes<A>);
    }
  }

  template <int kInner, int kSize>
  void BlendElements(const T* __restrict in, int64_t gaps, A* __restrict out) const {
    const int64_t inner = kInner == 0 ? inner_ : kInner, size = kSize == 0 ? size_ : kSize;
    const A* const low_weights = low_weights_.get();
    const A* const high_weights = high_weights_.get();
    for (int64_t g = 0; g < gaps; ++g) {
      for (int64_t k = 0; k < size; ++k) {
        for (int64_t c = 0; c < inner; ++c) {
          const A low = ToAccumulator(in[g * inner + c]);
          const A high = ToAccumulator(in[(g + 1) * inner + c]);
          const A blend = low_weights[k] * low + high_weights[k] * high;
          out[(g * size + k) * inner + c] = k < FirstBlendedPhase(size) ? low : blend;
        }
      }
    }
  }

  const int64_t inner_;
  const int64_t size_;
  const int64_t cycle_;  // in output elements
  const PixelZip<T> zip_;
  Scratch<A> low_weights_;
  Scratch<A> high_weights_;
  Scratch<Step> steps_;
};

// Writes a pixel `times` times.
template <typename T>
void CopyPixelTimes(const T* pixel, int64_t inner, int64_t times, Accumulator<T>* __restrict out) {
  for (int64_t i = 0; i < times; ++i, out += inner) {
    for (int64_t c = 0; c < inner; ++c) out[c] = ToAccumulator(pixel[c]);
  }
}

// What is interpolated at a time: some neighbouring gaps of a row, the first one with the border
// before it and the last one with the border behind it; or several short rows, whole.
struct Span {
  int64_t rows;
  int64_t first_gap, end_gap;
  int64_t begin, end;  // in output pixels of a row
};

// The pass over rows of T.
template <typename T>
class HorizontalPass {
 public:
  using A = Accumulator<T>;

  // `in` has `rows` rows.
  HorizontalPass(const Geometry& g, const T* in, int64_t rows)
      : g_(g),
        in_(in),
        in_end_(in + rows * g.in_w * g.inner),
        rows_per_span_log2_(FloorLog2(kShortRowElements / (g.out_w() * g.inner))),
        rows_per_span_(int64_t{1} << rows_per_span_log2_),
        gaps_per_span_(rows_per_span_ > 1
                           ? g.in_w
                           : std::max<int64_t>(1, SpanElements(g.streams) / (g.size_w * g.inner))),
        blend_(g.inner, g.size_w),
        room_(rows_per_span_ * std::min(gaps_per_span_ + 1, g.in_w) * g.inner + 2 * kLanes<A>) {}

  bool has_room() const { return blend_.has_room() && room_.has_room(); }

  // Rows of one span: 1 unless they are short, and a power of two.
  int64_t rows_per_span() const { return rows_per_span_; }
  int rows_per_span_log2() const { return rows_per_span_log2_; }

  // Spans that make a row.
  int64_t spans() const {
    return std::max<int64_t>(1, (g_.in_w - 1 + gaps_per_span_ - 1) / gaps_per_span_);
  }

  Span SpanAt(int64_t index, int64_t rows) const {
    const int64_t gaps = g_.in_w - 1;
    const int64_t first = index * gaps_per_span_;
    const int64_t end = std::min(gaps, first + gaps_per_span_);
    return {rows, first, end, first == 0 ? 0 : FirstOfGap(first, g_.size_w),
            end == gaps ? g_.out_w() : FirstOfGap(end, g_.size_w)};
  }

  // Room for the output elements of so many spans, and two vectors more.
  int64_t MaxElements(int64_t spans) const {
    const int64_t pixels = std::min(g_.out_w(), (spans * gaps_per_span_ + 1) * g_.size_w);
    return rows_per_span_ * pixels * g_.inner + 2 * kLanes<A>;
  }

  // Interpolates a span of rows [span.rows, in_w, inner], the first of which is `row`, into
  // out [span.rows, span.end - span.begin, inner], which has room for two vectors more.
  void Run(int64_t row, const Span& span, A* out) {
    const int64_t inner = g_.inner, size = g_.size_w;
    const int64_t in_pixels = span.end_gap - span.first_gap + 1;
    const int64_t out_pixels = span.end - span.begin;
    const int64_t before = FirstOfGap(span.first_gap, size) - span.begin;
    const int64_t after = span.end - FirstOfGap(span.end_gap, size);
    const T* in =
        WithRoom(in_ + (row * g_.in_w + span.first_gap) * inner, span.rows * in_pixels * inner);
    // Several rows are taken for a long one. Where two meet, the outputs of the gap between them
    // are those that the borders are copied to.
    blend_.Run(in, span.rows * in_pixels - 1, out + before * inner);
    for (int64_t r = 0; r < span.rows; ++r) {
      CopyPixelTimes(in, inner, before, out);
      in += in_pixels * inner;
      out += out_pixels * inner;
      CopyPixelTimes(in - inner, inner, after, out - after * inner);
    }
  }

 private:
  // 0 for 0, too.
  static int FloorLog2(int64_t n) {
    int log2 = 0;
    while (n >> (log2 + 1) != 0) ++log2;
    return log2;
  }

  // n elements with two vectors behind them that may be read: a copy at the end of the tensor.
  const T* WithRoom(const T* in, int64_t n) {
    if (in + n + 2 * kLanes<A> <= in_end_) return in;
    std::memcpy(room_.get(), in, n * sizeof(T));
    return room_.get();
  }

  const Geometry& g_;
  const T* const in_;
  const T* const in_end_;
  const int rows_per_span_log2_;
  const int64_t rows_per_span_;
  const int64_t gaps_per_span_;
  GapBlend<T> blend_;
  Scratch<T> room_;
};

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
