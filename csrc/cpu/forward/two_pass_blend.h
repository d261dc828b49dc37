// Bilinear upsampling, forward, as two 1-D passes: each input row is interpolated horizontally
// once, into a row of accumulators, and each output row is a blend of two of those. This file is
// compiled per instruction set and includes core, cpu and the standard library only.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/taps.h"
#include "cpu/forward/horizontal_pass.h"
#include "cpu/forward/row_groups.h"
#include "cpu/row_kernels.h"
#include "cpu/scratch.h"
#include "cpu/simd/convert.h"
#include "cpu/simd/results.h"
#include "cpu/simd/stream.h"

namespace upsample {
namespace UPSAMPLE_ISA {

// The vertical pass.
template <typename T>
class VerticalPass {
 public:
  using A = Accumulator<T>;

  explicit VerticalPass(const Geometry& g)
      : size_(g.size_h), streams_(g.streams), weights_(g.size_h) {
    if (!has_room()) return;
    for (int64_t k = 0; k < size_; ++k) weights_[k] = WeightOfHigh<A>(k, size_);
  }

  bool has_room() const { return weights_.has_room(); }

  // Writes elements [begin, end) of the k-th row of a group from the rows that the group reads.
  void Write(const RowGroup& group, int64_t k, const A* low, const A* high, int64_t begin,
             int64_t end, T* out) const {
    if (!group.is_gap || k < FirstBlendedPhase(size_)) {
      WriteElements(out, begin, end, streams_, [=](int64_t i) { return Load(low + i); });
      return;
    }
    const A weight = weights_[k];
    WriteElements(out, begin, end, streams_,
                  [=](int64_t i) { return Blend(weight, Load(low + i), Load(high + i)); });
  }

 private:
  const int64_t size_;
  const bool streams_;
  Scratch<A> weights_;  // of the lower row, by phase
};

// Accumulator rows in three slots, each of which holds 1 << rows_per_slot_log2 neighbouring input
// rows.
template <typename A>
class RowSlots {
 public:
  RowSlots(int rows_per_slot_log2, int64_t row_elements, int64_t slot_elements)
      : rows_per_slot_log2_(rows_per_slot_log2),
        row_elements_(row_elements),
        slot_elements_(slot_elements),
        elements_(kSlots * slot_elements) {}

  bool has_room() const { return elements_.has_room(); }

  int64_t SlotOf(int64_t row) const { return row >> rows_per_slot_log2_; }
  int64_t FirstRow(int64_t slot) const { return slot << rows_per_slot_log2_; }
  A* At(int64_t row) {
    const int64_t slot = SlotOf(row);
    return elements_.get() + slot % kSlots * slot_elements_ +
           (row - FirstRow(slot)) * row_elements_;
  }

 private:
  static constexpr int64_t kSlots = 3;

  const int rows_per_slot_log2_;
  const int64_t row_elements_;
  const int64_t slot_elements_;
  Scratch<A> elements_;
};

// Both passes.
template <typename T>
class TwoPassBlend {
 public:
  using A = Accumulator<T>;

  // The object writes output rows [begin, end).
  TwoPassBlend(GapSchedule schedule, const Geometry& g, const T* in, T* out, int64_t begin,
               int64_t end)
      : g_(g),
        out_(out),
        begin_(begin),
        end_(end),
        in_end_(EndOfInput(g, end)),
        horizontal_(schedule, g, in, in_end_),
        vertical_(g),
        spans_per_tile_(std::max<int64_t>(1, tuning::kTileElements / SpanElements(g.streams))),
        slots_(horizontal_.rows_per_span_log2(), g.out_w() * g.inner,
               horizontal_.MaxElements(spans_per_tile_)) {}

  bool has_room() const {
    return horizontal_.has_room() && vertical_.has_room() && slots_.has_room();
  }

  void Run() {
    for (int64_t first = 0; first < horizontal_.spans(); first += spans_per_tile_) {
      RunTile({first, std::min(horizontal_.spans(), first + spans_per_tile_),
               horizontal_.SpanAt(first, 1).begin * g_.inner});
    }
  }

 private:
  // Some spans of a row, and where their output elements begin in it.
  struct Tile {
    int64_t first, last;
    int64_t begin;
  };

  static int64_t EndOfInput(const Geometry& g, int64_t end) {
    const RowGroup last = RowGroups(g, end - 1).Get();
    return last.low + (last.is_gap ? 2 : 1);
  }

  void RunTile(const Tile& tile) {
    RowGroups groups(g_, begin_);
    int64_t next_slot = slots_.SlotOf(groups.Get().low);  // the slots before this one are filled
    const auto fill = [&] {
      for (int64_t index = tile.first; index < tile.last; ++index) {
        Interpolate(tile, next_slot, index);
      }
      ++next_slot;
    };
    fill();
    for (int64_t row = begin_; row < end_; groups.Next()) {
      const RowGroup group = groups.Get();
      const int64_t high_row = group.low + (group.is_gap ? 1 : 0);
      while (next_slot <= slots_.SlotOf(high_row)) fill();
      // The next slot is filled span by span, in turn with the spans of rows that are written. So
      // the memory has reads and writes to do at the same time, and what is loaded was stored long
      // ago. (A load of parts of two vectors that are still on their way to L1 waits for them, and
      // they wait for the streamed stores before them.)
      const bool is_due = next_slot == slots_.SlotOf(high_row) + 1;
      for (int64_t index = tile.first; index < tile.last; ++index) {
        if (is_due) Interpolate(tile, next_slot, index);
        WriteSpan(tile, index, group, row, slots_.At(group.low), slots_.At(high_row));
      }
      if (is_due) ++next_slot;
      row = std::min(end_, group.end);
    }
  }

  // Interpolates a span of the rows of a slot.
  void Interpolate(const Tile& tile, int64_t slot, int64_t index) {
    const int64_t row = slots_.FirstRow(slot);
    if (row >= in_end_) return;
    const int64_t rows = std::min(horizontal_.rows_per_span(), in_end_ - row);
    const Span span = horizontal_.SpanAt(index, rows);
    horizontal_.Run(row, span, slots_.At(row) + span.begin * g_.inner - tile.begin);
  }

  // Writes a span of the rows of a group, from output row `row` on.
  void WriteSpan(const Tile& tile, int64_t index, const RowGroup& group, int64_t row, const A* low,
                 const A* high) {
    const Span span = horizontal_.SpanAt(index, 1);
    const int64_t from = span.begin * g_.inner - tile.begin;
    const int64_t upto = span.end * g_.inner - tile.begin;
    for (int64_t r = row; r < std::min(end_, group.end); ++r) {
      T* const to = out_ + r * g_.out_w() * g_.inner + tile.begin;
      vertical_.Write(group, r - group.begin, low, high, EndOfWholeLines(to, from),
                      index + 1 == tile.last ? upto : EndOfWholeLines(to, upto), to);
    }
  }

  const Geometry& g_;
  T* const out_;
  const int64_t begin_, end_;
  const int64_t in_end_;  // the end of the input rows that are read
  HorizontalPass<T> horizontal_;
  const VerticalPass<T> vertical_;
  const int64_t spans_per_tile_;
  RowSlots<A> slots_;
};

template <typename T, GapSchedule kSchedule>
bool BlendTwice(const Geometry& g, const void* in, void* out, int64_t begin, int64_t end) {
  TwoPassBlend<T> blend(kSchedule, g, static_cast<const T*>(in), static_cast<T*>(out), begin, end);
  if (!blend.has_room()) return false;
  blend.Run();
  if (g.streams) StreamFence();
  return true;
}

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
