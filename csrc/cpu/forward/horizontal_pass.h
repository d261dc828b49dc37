// Bilinear upsampling along a row of pixels, forward: the gaps in spans, and the borders. This file
// is compiled per instruction set and includes core, cpu and the standard library only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "core/taps.h"
#include "cpu/forward/gap_blend.h"
#include "cpu/row_kernels.h"
#include "cpu/scratch.h"
#include "cpu/simd/convert.h"
#include "cpu/simd/vector.h"
#include "cpu/tuning.h"

namespace upsample {
namespace UPSAMPLE_ISA {

// Writes a pixel `times` times.
template <typename T>
void CopyPixelTimes(const T* pixel, int64_t inner, int64_t times, Accumulator<T>* __restrict out) {
  for (int64_t i = 0; i < times; ++i, out += inner) {
    for (int64_t c = 0; c < inner; ++c) out[c] = ToAccumulator(pixel[c]);
  }
}

// Returns about how many output elements are interpolated at a time.
inline int64_t SpanElements(bool streams) {
  return tuning::kSpanElements * (streams ? 1 : tuning::kSpansInCache);
}

// What is interpolated at a time: some neighbouring gaps of a row, where the first comes with the
// border before it and the last with the border behind it; or several short rows as a whole.
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
  HorizontalPass(GapSchedule schedule, const Geometry& g, const T* in, int64_t rows)
      : g_(g),
        in_(in),
        in_end_(in + rows * g.in_w * g.inner),
        rows_per_span_log2_(FloorLog2(tuning::kShortRowElements / (g.out_w() * g.inner))),
        rows_per_span_(int64_t{1} << rows_per_span_log2_),
        gaps_per_span_(rows_per_span_ > 1
                           ? g.in_w
                           : std::max<int64_t>(1, SpanElements(g.streams) / (g.size_w * g.inner))),
        blend_(schedule, g.inner, g.size_w),
        room_(rows_per_span_ * std::min(gaps_per_span_ + 1, g.in_w) * g.inner + 2 * kLanes<A>) {}

  bool has_room() const { return blend_.has_room() && room_.has_room(); }

  // Returns the rows of one span, which are 1 unless rows are short, and always a power of two.
  int64_t rows_per_span() const { return rows_per_span_; }
  int rows_per_span_log2() const { return rows_per_span_log2_; }

  // Returns how many spans make a row.
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

  // Returns the room for the output elements of so many spans and for two more vectors.
  int64_t MaxElements(int64_t spans) const {
    const int64_t pixels = std::min(g_.out_w(), (spans * gaps_per_span_ + 1) * g_.size_w);
    return rows_per_span_ * pixels * g_.inner + 2 * kLanes<A>;
  }

  // Interpolates a span of rows [span.rows, in_w, inner], the first of which is `row`, into out
  // [span.rows, span.end - span.begin, inner], behind which there is room for two more vectors.
  void Run(int64_t row, const Span& span, A* out) {
    const int64_t inner = g_.inner, size = g_.size_w;
    const int64_t in_pixels = span.end_gap - span.first_gap + 1;
    const int64_t out_pixels = span.end - span.begin;
    const int64_t before = FirstOfGap(span.first_gap, size) - span.begin;
    const int64_t after = span.end - FirstOfGap(span.end_gap, size);
    const T* in =
        WithRoom(in_ + (row * g_.in_w + span.first_gap) * inner, span.rows * in_pixels * inner);
    // Several rows are treated as one long row. Where two of them meet, the outputs of the gap
    // between them are those that the borders are copied to afterwards.
    blend_.Run(in, span.rows * in_pixels - 1, out + before * inner);
    for (int64_t r = 0; r < span.rows; ++r) {
      CopyPixelTimes(in, inner, before, out);
      in += in_pixels * inner;
      out += out_pixels * inner;
      CopyPixelTimes(in - inner, inner, after, out - after * inner);
    }
  }

 private:
  // Returns 0 for 0 too.
  static int FloorLog2(int64_t n) {
    int log2 = 0;
    while (n >> (log2 + 1) != 0) ++log2;
    return log2;
  }

  // Returns n elements behind which two more vectors may be read. At the end of the tensor this is
  // a copy.
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
