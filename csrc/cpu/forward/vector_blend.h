// Bilinear upsampling, forward, where a pixel is a number of whole vectors: the outputs between
// four input pixels are computed in registers, and nothing is stored in between
// (backward/vector_gather.h says why). This file is compiled per instruction set and includes core,
// cpu and the standard library only.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/taps.h"
#include "cpu/forward/row_groups.h"
#include "cpu/row_kernels.h"
#include "cpu/simd/convert.h"
#include "cpu/simd/stream.h"
#include "cpu/simd/vector.h"
#include "cpu/tuning.h"

namespace upsample {
namespace UPSAMPLE_ISA {

template <typename T>
class VectorBlend {
 public:
  using A = Accumulator<T>;

  static constexpr bool kFitsAny = kFillsLines;
  static bool Fits(const Geometry& g, const void* out) {
    return g.inner % kElements == 0 && reinterpret_cast<uintptr_t>(out) % kVectorBytes == 0 &&
           g.size_w == g.size_h && 2 <= g.size_w && g.size_w <= 4;
  }

  VectorBlend(const Geometry& g, const T* in, T* out, int64_t /*end*/)
      : g_(g), in_(in), out_(out) {}

  static constexpr bool has_room() { return true; }

  // Wider rows would no longer be in L2 when they are read again.
  int64_t pixels_per_tile() const {
    return std::max<int64_t>(1, tuning::kRegisterTileBytes / int64_t{sizeof(T)} / g_.inner);
  }

  // Writes output rows [begin, end) of a group, between the centres of input pixels pixels_begin
  // and pixels_end, or of the last pixel. The outputs outside of the outermost centres are written
  // too.
  void Run(const RowGroup& group, int64_t begin, int64_t end, int64_t pixels_begin,
           int64_t pixels_end) const {
    // With more rows at once, what lies between the input rows is computed again for the others.
    const int64_t rows_at_once = g_.streams ? tuning::kStreamedRows : g_.size_h;
    for (int64_t row = begin; row < end; row += rows_at_once) {
      const int64_t rows_end = std::min(end, row + rows_at_once);
      if (g_.size_w == 2) RunBy<2>(group, row, rows_end, pixels_begin, pixels_end);
      if (g_.size_w == 3) RunBy<3>(group, row, rows_end, pixels_begin, pixels_end);
      if (g_.size_w == 4) RunBy<4>(group, row, rows_end, pixels_begin, pixels_end);
    }
  }

 private:
  // The elements of T in a vector.
  static constexpr int64_t kElements = kVectorBytes / int64_t{sizeof(T)};
  using V = decltype(WidenedVector(static_cast<const T*>(nullptr)));

  // The output rows of a group, of which those not to be written are null, and the input rows that
  // they read: two in a gap, one at a border.
  template <int64_t kSize, int64_t kInputs>
  struct Rows {
    const T* in[kInputs];
    T* out[kSize];
  };

  template <int64_t kSize>
  void RunBy(const RowGroup& group, int64_t begin, int64_t end, int64_t pixels_begin,
             int64_t pixels_end) const {
    if (group.is_gap) {
      RunRows<kSize, 2>(group, begin, end, pixels_begin, pixels_end);
    } else {
      RunRows<kSize, 1>(group, begin, end, pixels_begin, pixels_end);
    }
  }
  template <int64_t kSize, int64_t kInputs>
  void RunRows(const RowGroup& group, int64_t begin, int64_t end, int64_t pixels_begin,
               int64_t pixels_end) const {
    Rows<kSize, kInputs> rows;
    for (int64_t r = 0; r < kInputs; ++r) rows.in[r] = in_ + (group.low + r) * g_.in_w * g_.inner;
    for (int64_t k = 0; k < kSize; ++k) {
      const int64_t row = group.begin + k;
      rows.out[k] = begin <= row && row < end ? out_ + row * g_.out_w() * g_.inner : nullptr;
    }
    if (pixels_begin == 0) Copy(rows, 0, 0, FirstOfGap(int64_t{0}, kSize));
    BlendGaps(rows, pixels_begin, std::min(pixels_end, g_.in_w - 1));
    if (pixels_end == g_.in_w) Copy(rows, g_.in_w - 1, FirstOfGap(g_.in_w - 1, kSize), g_.out_w());
  }

  // Writes outputs [begin, end), which lie outside of the outermost centres and copy their pixel.
  template <int64_t kSize, int64_t kInputs>
  UPSAMPLE_FLATTEN void Copy(const Rows<kSize, kInputs>& rows, int64_t pixel, int64_t begin,
                             int64_t end) const {
    for (int64_t o = begin; o < end; ++o) {
      for (int64_t c = 0; c < g_.inner; c += kElements) {
        V outputs[kInputs][1];
        for (int64_t r = 0; r < kInputs; ++r) {
          outputs[r][0] = WidenedVector(rows.in[r] + pixel * g_.inner + c);
        }
        WriteRows(rows, o * g_.inner + c, outputs);
      }
    }
  }

  // Writes the outputs between pixels begin, begin + 1, ... end.
  template <int64_t kSize, int64_t kInputs>
  UPSAMPLE_FLATTEN void BlendGaps(const Rows<kSize, kInputs>& rows_, int64_t begin,
                                  int64_t end) const {
    const Rows<kSize, kInputs> rows = rows_;  // a copy, which no store could change
    const int64_t inner = g_.inner;
    for (int64_t gap = begin; gap < end; ++gap) {
      for (int64_t c = 0; c < inner; c += kElements) {
        V outputs[kInputs][kSize];
        for (int64_t r = 0; r < kInputs; ++r) {
          const T* const at = rows.in[r] + gap * inner + c;
          if (r + 1 == kInputs) Prefetch(at + inner);
          const V low = WidenedVector(at), high = WidenedVector(at + inner);
          for (int64_t k = 0; k < kSize; ++k) outputs[r][k] = Output<kSize>(k, low, high);
        }
        WriteRows(rows, FirstOfGap(gap, kSize) * inner + c, outputs);
      }
    }
  }

  // Returns the k-th of kSize outputs between two inputs.
  template <int64_t kSize>
  static V Output(int64_t k, V low, V high) {
    if (k < FirstBlendedPhase(kSize)) return low;
    return Blend(WeightOfHigh<A>(k, kSize), low, high);
  }

  // Writes neighbouring pixels, from element i on, which are blended from those of the input rows.
  template <int64_t kSize, int64_t kInputs, int64_t kPixels>
  void WriteRows(const Rows<kSize, kInputs>& rows, int64_t i,
                 const V (&outputs)[kInputs][kPixels]) const {
    for (int64_t k = 0; k < kSize; ++k) {
      if (rows.out[k] == nullptr) continue;
      for (int64_t o = 0; o < kPixels; ++o) {
        const V result =
            kInputs == 1 ? outputs[0][o] : Output<kSize>(k, outputs[0][o], outputs[kInputs - 1][o]);
        WriteVector(NarrowedVector(result, T()), g_.streams, rows.out[k] + i + o * g_.inner);
      }
    }
  }

  const Geometry& g_;
  const T* const in_;
  T* const out_;
};

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
