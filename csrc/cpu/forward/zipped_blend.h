// Bilinear upsampling by 2, forward, where a vector holds a whole number of pixels: the even and
// the odd outputs of some neighbouring pixels are computed in registers, and zipped where they are
// written (backward/vector_gather.h says why nothing is stored in between). This file is compiled
// per instruction set and includes core, cpu and the standard library only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "core/taps.h"
#include "cpu/forward/row_groups.h"
#include "cpu/row_kernels.h"
#include "cpu/simd/convert.h"
#include "cpu/simd/pixel_shift.h"
#include "cpu/simd/pixel_zip.h"
#include "cpu/simd/results.h"
#include "cpu/simd/stream.h"
#include "cpu/simd/vector.h"
#include "cpu/tuning.h"

namespace upsample {
namespace UPSAMPLE_ISA {

template <typename T>
class ZippedBlend {
 public:
  using A = Accumulator<T>;

  // For shorter rows, a kernel that works on several at once is faster. Every input row is
  // interpolated for both of its gaps. That pays where permutations are cheap, but not where
  // rounding to bfloat16 takes long while the kernel waits for memory.
  static constexpr bool kFitsAny = kHasPairPermutation;
  static bool Fits(const Geometry& g, const void* out) {
    const int64_t row_elements = g.in_w * g.inner;
    const bool is_aligned = reinterpret_cast<uintptr_t>(out) % kVectorBytes == 0 &&
                            kSize * row_elements * int64_t{sizeof(T)} % kVectorBytes == 0;
    const bool is_slow = std::is_same_v<T, BFloat16> && 1 < g.inner && g.inner < kLanes<A> / 2;
    return g.size_h == kSize && g.size_w == kSize && kLanes<A> % g.inner == 0 &&
           row_elements >= kLanes<A> && (!g.streams || (is_aligned && !is_slow));
  }

  // The object serves output rows before `end`.
  ZippedBlend(const Geometry& g, const T* in, T* out, int64_t end)
      : g_(g),
        in_(in),
        out_(out),
        row_elements_(g.in_w * g.inner),
        last_step_((row_elements_ - 1) / kLanes<A> * kLanes<A>),
        zip_(g.inner),
        shift_(g.inner) {
    const RowGroup group = RowGroups(g, end - 1).Get();
    in_end_ = in + (group.low + (group.is_gap ? 2 : 1)) * row_elements_;
    for (int64_t lane = 0; lane < kLanes<A>; ++lane) {
      const int64_t to_end = row_elements_ - (last_step_ + lane);
      is_first_pixel_[lane] = lane < g.inner ? -1 : 0;
      is_last_pixel_[lane] = 0 < to_end && to_end <= g.inner ? -1 : 0;
    }
  }

  static constexpr bool has_room() { return true; }

  int64_t pixels_per_tile() const { return tuning::kTileElements / g_.inner; }

  // Writes output rows [begin, end) of a group for input pixels [pixels_begin, pixels_end), of
  // which the first is the first of a tile.
  void Run(const RowGroup& group, int64_t begin, int64_t end, int64_t pixels_begin,
           int64_t pixels_end) const {
    const auto run = [&](auto inputs) {
      if (g_.inner == 1) {
        RunRows<inputs(), true>(group, begin, end, pixels_begin, pixels_end);
      } else {
        RunRows<inputs(), false>(group, begin, end, pixels_begin * g_.inner, pixels_end * g_.inner);
      }
    };
    if (group.is_gap) return run(std::integral_constant<int, 2>());
    run(std::integral_constant<int, 1>());
  }

 private:
  // The factor along both axes.
  static constexpr int64_t kSize = 2;

  // Returns the k-th of the outputs between two inputs.
  template <typename V>
  static V Output(int64_t k, V low, V high) {
    return Blend(WeightOfHigh<A>(k, kSize), low, high);
  }

  // Returns the elements from in[at] on, where those from in[readable] on are zeros.
  static Vector<A> LoadUpTo(int64_t readable, const T* in, int64_t at) {
    if (at + kLanes<A> <= readable) return Widened(in + at);
    return LoadFew(in + at, readable - at);
  }
  UPSAMPLE_SELDOM static Vector<A> LoadFew(const T* in, int64_t elements) {
    T few[kLanes<A>] = {};
    CopyFew<kLanes<A>>(in, elements, few);
    return Widened(few);
  }

  // Writes the outputs of elements [begin, end) of kInputs input rows: two in a gap, one at a
  // border.
  template <int kInputs, bool kPixelsAreElements>
  UPSAMPLE_FLATTEN void RunRows(const RowGroup& group, int64_t rows_begin, int64_t rows_end,
                                int64_t begin, int64_t end) const {
    // No store could change these copies.
    const PixelZip<T> zip = zip_;
    const PixelShift<A> shift = shift_;
    const int64_t row_elements = row_elements_, last_step = last_step_;
    const T* const in = in_ + group.low * row_elements;
    const int64_t readable = in_end_ - in;
    const auto load = [&](int r, int64_t i) __attribute__((always_inline)) {
      return LoadUpTo(readable, in, r * row_elements + i);
    };
    Vector<A> before[kInputs], here[kInputs];
    for (int r = 0; r < kInputs; ++r) {
      here[r] = load(r, begin);
      before[r] = begin > 0 ? load(r, begin - kLanes<A>) : here[r];
    }
    for (int64_t i = begin; i < end; i += kLanes<A>) {
      const bool is_last = i == last_step;
      Prefetch(in + (kInputs - 1) * row_elements + i);
      Pair<A> outputs[kInputs];  // the even outputs and the odd ones
      for (int r = 0; r < kInputs; ++r) {
        const Vector<A> next = is_last ? here[r] : load(r, i + kLanes<A>);
        const Vector<A> one_back = shift.template OneBack<kPixelsAreElements>(before[r], here[r]);
        const Vector<A> one_on = shift.template OneOn<kPixelsAreElements>(here[r], next);
        outputs[r] = {Output(1, one_back, here[r]), Output(0, here[r], one_on)};
        // The outermost outputs are copies.
        if (i == 0) outputs[r].first = is_first_pixel_ ? here[r] : outputs[r].first;
        if (is_last) outputs[r].second = is_last_pixel_ ? here[r] : outputs[r].second;
        before[r] = here[r];
        here[r] = next;
      }
      const int64_t elements = kSize * std::min(kLanes<A>, row_elements - i);
      for (int k = 0; k < kInputs; ++k) {
        const int64_t row = group.begin + k;
        if (row < rows_begin || row >= rows_end) continue;
        const Pair<A> result =
            kInputs == 1 ? outputs[0] : Output(k, outputs[0], outputs[kInputs - 1]);
        Write<kPixelsAreElements>(zip, result, elements, out_ + kSize * (row * row_elements + i));
      }
    }
  }

  template <bool kPixelsAreElements>
  void Write(const PixelZip<T>& zip, Pair<A> even_and_odd, int64_t elements, T* to) const {
    constexpr int64_t kElements = kSize * kLanes<A>;
    if constexpr (kPixelsAreElements && std::is_same_v<T, BFloat16>) {
      WriteUpTo(elements, NarrowedVector(even_and_odd, T()), g_.streams, to);
    } else if constexpr (!std::is_same_v<T, A>) {
      WriteUpTo(elements, zip.ZipNarrowed(even_and_odd), g_.streams, to);
    } else {
      const Pair<A> pair = kPixelsAreElements ? Interleaved(even_and_odd) : zip.Zip(even_and_odd);
      WriteUpTo(elements, pair.first, g_.streams, to);
      if (elements > kElements / 2) {
        WriteUpTo(elements - kElements / 2, pair.second, g_.streams, to + kElements / 2);
      }
    }
  }

  const Geometry& g_;
  const T* const in_;
  T* const out_;
  const int64_t row_elements_;
  const int64_t last_step_;  // the first element of a row's last step
  const PixelZip<T> zip_;
  const PixelShift<A> shift_;
  const T* in_end_;
  Integers<A> is_first_pixel_;  // which elements of the first step
  Integers<A> is_last_pixel_;   // which elements of the last step
};

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
