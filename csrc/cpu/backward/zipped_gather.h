// The gradient by 2 along rows where a pixel fits a vector of accumulators: columns are summed down
// the rows, taken apart into even pixels and odd ones, and summed along the row, all in registers
// and with nothing stored in between (backward/vector_gather.h says why). Compiled per instruction
// set. Includes core, cpu and the standard library only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "core/taps.h"
#include "cpu/backward/gather_weights.h"
#include "cpu/row_kernels.h"
#include "cpu/scratch.h"
#include "cpu/simd/convert.h"
#include "cpu/simd/pixel_zip.h"
#include "cpu/simd/results.h"
#include "cpu/simd/stream.h"
#include "cpu/simd/terms.h"
#include "cpu/simd/vector.h"
#include "cpu/tuning.h"

namespace upsample {
namespace UPSAMPLE_ISA {

template <typename T>
class ZippedGather {
 public:
  using A = Accumulator<T>;

  // Shorter rows are better worked on several at once.
  static bool Fits(const Geometry& g, const void* /*grad_in*/) {
    return g.size_w == 2 && PixelZip<T>::Fits(g.inner) && g.in_w * g.inner >= kLanes<A>;
  }

  // For rows of grad_in before `end`.
  ZippedGather(const Geometry& g, const T* grad_out, T* grad_in, int64_t end)
      : g_(g),
        grad_out_(grad_out),
        grad_in_(grad_in),
        grad_out_end_(grad_out + EndOfReaders(end - 1) * g.out_w() * g.inner),
        row_elements_(g.in_w * g.inner),
        zip_(g.inner),
        last_step_((row_elements_ - 1) / zip_.step() * zip_.step()),
        weights_h_(g.interpolation, g.in_h, g.size_h),
        is_direct_(zip_.step() == kLanes<A> &&
                   (!g.streams || (reinterpret_cast<uintptr_t>(grad_in) % kVectorBytes == 0 &&
                                   row_elements_ % kElements == 0))),
        rows_at_once_(
            std::max<int64_t>(1, is_direct_ ? 0 : tuning::kGatheredElements / row_elements_)),
        results_(is_direct_ ? 0
                            : rows_at_once_ * std::min(row_elements_, elements_per_tile()) +
                                  2 * kLanes<A>) {
    for (int64_t m = 0; m < kMostReaders; ++m) {
      for (int64_t lane = 0; lane < kLanes<A>; ++lane) {
        weights_[m][lane] = InteriorWeight<A>(g.interpolation, m, int64_t{2});
      }
      first_weights_[m] = last_weights_[m] = weights_[m];
    }
    for (const int64_t x : {int64_t{0}, g.in_w - 1}) {
      SetWeights(x, 0, first_weights_);
      SetWeights(x, last_step_, last_weights_);
    }
    for (int64_t lane = 0; lane < kLanes<A>; ++lane) {
      is_in_row_[lane] = last_step_ + lane < row_elements_ ? -1 : 0;
    }
  }

  bool has_room() const { return weights_h_.has_room() && results_.has_room(); }

  int64_t pixels_per_tile() const { return elements_per_tile() / g_.inner; }

  int64_t rows_at_once() const { return rows_at_once_; }

  // Writes pixels [begin, end) of `rows` rows of grad_in from `row` on; of one row or of whole
  // rows. `begin` is the first of a tile.
  void Run(int64_t row, int64_t rows, int64_t begin, int64_t end) {
    const int64_t elements = (end - begin) * g_.inner;
    for (int64_t r = 0; r < rows; ++r) {
      SumRow(row + r, begin * g_.inner, end * g_.inner, results_.get() + r * elements);
    }
    if (is_direct_) return;
    const A* const results = results_.get();
    WriteElements(grad_in_ + row * row_elements_ + begin * g_.inner, 0, rows * elements, g_.streams,
                  [=](int64_t i) { return Load(results + i); });
  }

 private:
  // Along a row.
  static constexpr int64_t kMostReaders = 4;
  // Of T in a vector.
  static constexpr int64_t kElements = kVectorBytes / int64_t{sizeof(T)};

  // A number of steps, two at a time.
  int64_t elements_per_tile() const {
    const int64_t two = 2 * zip_.step();
    return std::max<int64_t>(1, tuning::kTileElements / 2 / two) * two;
  }

  // The row of grad_out behind those that read an input row.
  int64_t EndOfReaders(int64_t row) const {
    return row / g_.in_h * g_.out_h() +
           ReadersOf(g_.interpolation, row % g_.in_h, g_.in_h, g_.size_h).end;
  }

  // The weights of pixel x in its readers, 0 for one outside of the image, if the pixel belongs to
  // the step from element `begin` on.
  void SetWeights(int64_t x, int64_t begin, Vector<A>* weights) const {
    const int64_t lane = x * g_.inner - begin;
    if (lane < 0 || lane >= zip_.step()) return;
    for (int64_t m = 0; m < kMostReaders; ++m) {
      const int64_t o = InteriorBegin(g_.interpolation, int64_t{2}) + 2 * x + m;
      const bool is_inside = 0 <= o && o < g_.out_w();
      const A weight = is_inside ? WeightOf<A>(g_.interpolation, o, x, g_.in_w, int64_t{2}) : 0;
      for (int64_t c = 0; c < g_.inner; ++c) weights[m][lane + c] = weight;
    }
  }

  // Elements [begin, end) of a row: into grad_in or, where that isn't direct, to `results`.
  void SumRow(int64_t row, int64_t begin, int64_t end, A* results) {
    const int64_t y = row % g_.in_h;
    const Readers readers = ReadersOf(g_.interpolation, y, g_.in_h, g_.size_h);
    const int64_t count = readers.end - readers.begin;
    const auto run = [&](auto interpolation, auto pixels_are_elements) {
      constexpr int64_t kCount = InteriorCount(interpolation(), int64_t{2});
      const auto run_with = [&](auto unrolled) {
        SumRow<interpolation(), pixels_are_elements(), unrolled()>(
            row, Terms<A, unrolled()>(weights_h_.Of(y), count), begin, end, results);
      };
      if (count == kCount) return run_with(std::integral_constant<int64_t, kCount>());
      return run_with(std::integral_constant<int64_t, 0>());
    };
    const auto run_by = [&](auto interpolation) {
      if (g_.inner == 1) return run(interpolation, std::true_type());
      return run(interpolation, std::false_type());
    };
    if (g_.interpolation == Interpolation::kNearest) {
      run_by(std::integral_constant<Interpolation, Interpolation::kNearest>());
    } else {
      run_by(std::integral_constant<Interpolation, Interpolation::kBilinear>());
    }
  }
  template <Interpolation kInterpolation, bool kPixelsAreElements, int64_t kRows>
  void SumRow(int64_t row, const Terms<A, kRows>& down_, int64_t begin, int64_t end, A* results) {
    constexpr int64_t kPair = 2 * kLanes<A>;
    // Nothing that is stored could change these copies.
    const PixelZip<T> zip = zip_;
    const Terms<A, kRows> down = down_;
    const int64_t step = kPixelsAreElements ? kLanes<A> : zip.step(), last_step = last_step_;
    const int64_t out_elements = 2 * row_elements_;
    const T* const from = grad_out_ + (EndOfReaders(row) - down.count()) * out_elements;
    const int64_t readable = grad_out_end_ - (from + (down.count() - 1) * out_elements);
    // The row of the result above reads the others.
    const int64_t new_rows =
        kInterpolation == Interpolation::kNearest ? down.count() : (down.count() + 1) / 2;

    // Of even and odd pixels, as many as belong to a step of the result.
    const auto column_sums = [&](int64_t i) __attribute__((always_inline)) {
      const T* const at = from + 2 * i;
      const auto summed = [&](auto load) __attribute__((always_inline)) {
        const Pair<A> sums = down.Sum([&](int64_t r) { return load(at + r * out_elements); });
        return kPixelsAreElements ? EvenAndOdd<T>(sums) : zip.Unzip(sums);
      };
      if (2 * i + kPair > readable) {
        return summed([&](const T* few) { return WidenedFew(few, readable - 2 * i); });
      }
      for (int64_t r = down.count() - new_rows; r < down.count(); ++r) {
        for (int64_t j = 0; j < kPair; j += kLineBytes / int64_t{sizeof(T)}) {
          Prefetch(at + r * out_elements + j);
        }
      }
      return summed([](const T* pair) { return WidenedPair(pair); });
    };

    // What lies outside of the image weighs 0 and adds -0, which leaves a sum of -0 as it is.
    const Vector<A> nothing = -Vector<A>{};
    int64_t i = begin;
    Pair<A> sums, before = {nothing, nothing};
    if (kInterpolation == Interpolation::kBilinear) {
      sums = column_sums(i);
      if (i > 0) before = column_sums(i - step);
    }
    // As many elements as a step has; behind them there may be anything.
    const auto next_results = [&]() __attribute__((always_inline)) {
      if constexpr (kInterpolation == Interpolation::kNearest) {
        sums = column_sums(i);
        i += step;
        return sums.first + sums.second;
      } else {
        const bool is_last = i == last_step;
        const Vector<A>* const weights = i == 0    ? first_weights_
                                         : is_last ? last_weights_
                                                   : weights_;
        Pair<A> next = {nothing, nothing};
        if (is_last) {
          sums.first = is_in_row_ ? sums.first : nothing;
        } else {
          next = column_sums(i + step);
        }
        const Vector<A> one_back = kPixelsAreElements
                                       ? ElementsFrom<A, kLanes<A> - 1>(before.second, sums.second)
                                       : zip.OneBack(before.second, sums.second);
        const Vector<A> one_on = kPixelsAreElements ? ElementsFrom<A, 1>(sums.first, next.first)
                                                    : zip.OneOn(sums.first, next.first);
        const Vector<A> results = weights[0] * one_back + weights[1] * sums.first +
                                  weights[2] * sums.second + weights[3] * one_on;
        before = sums;
        sums = next;
        i += step;
        return results;
      }
    };

    while (!is_direct_ && i < end) {
      A* const at = results + (i - begin);
      Store(next_results(), at);
    }
    T* const to = grad_in_ + row * row_elements_ + begin;
    while (i < end) {
      const int64_t done = i - begin, few = end - i;
      const auto vector = [&]() __attribute__((always_inline)) {
        if constexpr (std::is_same_v<T, A>) {
          return next_results();
        } else {
          const Vector<A> first = next_results();
          return Narrowed(first, i < end ? next_results() : first, T());
        }
      }();
      if (few < kElements) {
        T elements[kElements];
        Store(vector, elements);
        CopyFew<kElements>(elements, few, to + done);
      } else {
        WriteVector(vector, g_.streams, to + done);
      }
    }
  }

  const Geometry& g_;
  const T* const grad_out_;
  T* const grad_in_;
  const T* const grad_out_end_;
  const int64_t row_elements_;
  const PixelZip<T> zip_;
  const int64_t last_step_;  // the first element of a row's last step
  const GatherWeights<A> weights_h_;
  const bool is_direct_;  // without a buffer
  const int64_t rows_at_once_;
  Scratch<A> results_;
  Vector<A> weights_[kMostReaders];  // of a row's steps, but for its first and its last one
  Vector<A> first_weights_[kMostReaders];
  Vector<A> last_weights_[kMostReaders];
  Integers<A> is_in_row_;  // which elements of the last step
};

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
