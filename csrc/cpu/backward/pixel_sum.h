// The weighted sums of pixels along a row, which are the horizontal pass of the gradient. This file
// is compiled per instruction set and includes core, cpu and the standard library only.
#pragma once

#include <cstdint>
#include <numeric>

#include "core/taps.h"
#include "cpu/row_kernels.h"
#include "cpu/scratch.h"
#include "cpu/simd/terms.h"
#include "cpu/simd/vector.h"
#include "cpu/tuning.h"

namespace upsample {
namespace UPSAMPLE_ISA {

// The horizontal pass for interior pixels: out[j] is the weighted sum of the kCount pixels from
// in[j * kSize] on. A template argument of 0 stands for the number given at run time.
template <int kInner, int kSize, int kCount, typename A>
void SumPixels(const A* __restrict in, int64_t pixels, int64_t inner_, int64_t size_,
               const A* __restrict weights, int64_t count_, A* __restrict out) {
  const int64_t inner = kInner == 0 ? inner_ : kInner;
  const int64_t size = kSize == 0 ? size_ : kSize;
  const int64_t count = kCount == 0 ? count_ : kCount;
  for (int64_t j = 0; j < pixels; ++j) {
    const A* __restrict from = in + j * size * inner;
    A* __restrict to = out + j * inner;
    if constexpr (kCount == 0) {
      for (int64_t c = 0; c < inner; ++c) to[c] = weights[0] * from[c];
      for (int64_t m = 1; m < count; ++m) {
        for (int64_t c = 0; c < inner; ++c) to[c] += weights[m] * from[m * inner + c];
      }
    } else {
      for (int64_t c = 0; c < inner; ++c) {
        A total = weights[0] * from[c];
        for (int64_t m = 1; m < kCount; ++m) total += weights[m] * from[m * inner + c];
        to[c] = total;
      }
    }
  }
}

template <typename A>
using SumPixelsFunction = void (*)(const A* in, int64_t pixels, int64_t inner, int64_t size,
                                   const A* weights, int64_t count, A* out);

template <int kInner, typename A>
SumPixelsFunction<A> SelectSumPixels(Interpolation interpolation, int64_t size) {
  return VisitInterpolation(interpolation, [=](auto of_taps) -> SumPixelsFunction<A> {
    if (size == 2) return SumPixels<kInner, 2, InteriorCount(of_taps(), 2), A>;
    if (size == 3) return SumPixels<kInner, 3, InteriorCount(of_taps(), 3), A>;
    if (size == 4) return SumPixels<kInner, 4, InteriorCount(of_taps(), 4), A>;
    return SumPixels<kInner, 0, 0, A>;
  });
}

// The two classes below do the same: for interior pixels, out[j] is the weighted sum of `count`
// pixels of `inner` elements from in[j * size] on. Behind `in` there are RoomBehind() elements that
// may be read.
inline int64_t RoomBehind(int64_t inner, int64_t size) {
  constexpr int64_t kMostLanes = kLanes<float>;
  return 2 * size * inner + (tuning::kMostPermutedFactor + 3) * kMostLanes;
}

// This class sums element by element.
template <typename A>
class ElementSum {
 public:
  ElementSum(Interpolation interpolation, int64_t inner, int64_t size, const A* weights,
             int64_t count)
      : inner_(inner),
        size_(size),
        weights_(weights),
        count_(count),
        function_(inner == 1 ? SelectSumPixels<1, A>(interpolation, size)
                             : SelectSumPixels<0, A>(interpolation, size)) {}

  static constexpr bool kFitsAny = true;
  static bool Fits(int64_t /*inner*/, int64_t /*size*/) { return true; }

  bool has_room() const { return true; }

  void Run(const A* in, int64_t pixels, A* out) const {
    function_(in, pixels, inner_, size_, weights_, count_, out);
  }

 private:
  const int64_t inner_;
  const int64_t size_;
  const A* const weights_;
  const int64_t count_;
  const SumPixelsFunction<A> function_;
};

// This class is for pixels smaller than a vector, where the compiler makes no good loop. Its
// vectors hold sums that begin at any element, and the sums that begin at an output are selected
// from some neighbouring vectors. The selections recur after a cycle.
template <typename A>
class PermutedSum {
 public:
  PermutedSum(Interpolation, int64_t inner, int64_t size, const A* weights, int64_t count)
      : inner_(inner),
        size_(size),
        weights_(weights),
        count_(count),
        sources_(SourcesOf(inner, size)),
        cycle_(std::lcm(inner, kLanes<A>)),
        selections_(sources_ * cycle_ / kLanes<A>),
        offsets_(cycle_ / kLanes<A>) {
    if (!has_room()) return;
    Selection* selection = selections_.get();
    for (int64_t first = 0; first < cycle_; first += kLanes<A>) {
      const int64_t offset = offsets_[first / kLanes<A>] = SumOf(first);
      for (int64_t source = 0; source < sources_; ++source, ++selection) {
        for (int64_t lane = 0; lane < kLanes<A>; ++lane) {
          const int64_t index = SumOf(first + lane) - offset - source * kLanes<A>;
          const bool is_here = 0 <= index && index < kLanes<A>;
          selection->index[lane] = is_here ? index : 0;
          selection->is_here[lane] = is_here ? -1 : 0;
        }
      }
    }
  }

  bool has_room() const { return selections_.has_room() && offsets_.has_room(); }

  // With a large factor most sums are dropped, and there are few outputs.
  static constexpr bool kFitsAny = kHasPermutation;
  static bool Fits(int64_t inner, int64_t size) {
    return kFitsAny && 1 < inner && inner < kLanes<A> && size <= tuning::kMostPermutedFactor;
  }

  void Run(const A* in, int64_t pixels, A* out) const {
    WithCount(count_, [&](auto unrolled) {
      RunWith(Terms<A, unrolled>(weights_, count_), in, pixels, out);
    });
  }

 private:
  template <int64_t kCount>
  UPSAMPLE_FLATTEN void RunWith(const Terms<A, kCount>& terms, const A* in, int64_t pixels,
                                A* out) const {
    const int64_t inner = inner_, sources = sources_, steps = cycle_ / kLanes<A>;
    const int64_t in_cycle = cycle_ * size_;
    const int64_t* const offsets = offsets_.get();
    A* const end = out + pixels * inner;
    for (; out < end; in += in_cycle) {
      const Selection* selection = selections_.get();
      for (int64_t step = 0; step < steps && out < end; ++step, out += kLanes<A>) {
        const A* from = in + offsets[step];
        Vector<A> sums = {};
        for (int64_t source = 0; source < sources; ++source, ++selection, from += kLanes<A>) {
          const Vector<A> dense = terms.Sum([=](int64_t m) { return Load(from + m * inner); });
          sums = selection->is_here ? Permuted<A>(dense, selection->index) : sums;
        }
        if (out + kLanes<A> <= end) {
          Store(sums, out);
        } else {
          A last[kLanes<A>];
          Store(sums, last);
          CopyFew<kLanes<A>>(last, end - out, out);
        }
      }
    }
  }

  struct Selection {
    Integers<A> index;
    Integers<A> is_here;  // all ones where an output is in this vector, 0 elsewhere
  };

  // Returns where in `in` the sum of an output begins.
  int64_t SumOf(int64_t out) const { return out / inner_ * size_ * inner_ + out % inner_; }

  // Returns how many vectors hold the sums of a vector of outputs. A vector that begins with the
  // last element of a pixel crosses the most pixels.
  static int64_t SourcesOf(int64_t inner, int64_t size) {
    const int64_t pixels_crossed = (kLanes<A> - 2 + inner) / inner;
    return 1 + (kLanes<A> - 1 + pixels_crossed * (size - 1) * inner) / kLanes<A>;
  }

  const int64_t inner_;
  const int64_t size_;
  const A* const weights_;
  const int64_t count_;
  const int64_t sources_;
  const int64_t cycle_;  // in outputs
  Scratch<Selection> selections_;
  Scratch<int64_t> offsets_;
};

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
