// Bilinear upsampling, forward, as two 1-D passes: each input row is interpolated horizontally
// once, into one of two accumulator rows, and each output row is a blend of those two.
// Compiled per instruction set. Includes core, cpu and the standard library only.
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

  // Writes elements [begin, end) of the k-th row of a group from the rows that it reads.
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

// Accumulator rows of three slots, which hold 1 << rows_per_slot_log2 neighbouring input rows each.
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

// Output rows [begin, end), by a class that works on tiles of their groups in registers.
template <typename T, typename Blend>
bool BlendTiles(const Geometry& g, const void* in, void* out, int64_t begin, int64_t end) {
  const Blend blend(g, static_cast<const T*>(in), static_cast<T*>(out), end);
  for (int64_t x = 0; x < g.in_w; x += blend.pixels_per_tile()) {
    const int64_t x_end = std::min(g.in_w, x + blend.pixels_per_tile());
    RowGroups groups(g, begin);
    for (int64_t row = begin; row < end; groups.Next()) {
      const RowGroup group = groups.Get();
      const int64_t group_end = std::min(end, group.end);
      blend.Run(group, row, group_end, x, x_end);
      row = group_end;
    }
  }
  if (g.streams) StreamFence();
  return true;
}

template <typename T>
bool BlendTwice(GapSchedule schedule, const Geometry& g, const void* in, void* out, int64_t begin,
                int64_t end) {
  using A = Accumulator<T>;
  const int64_t out_row_elements = g.out_w() * g.inner;
  const RowGroup last_group = RowGroups(g, end - 1).Get();
  const int64_t in_end = last_group.low + (last_group.is_gap ? 2 : 1);
  HorizontalPass<T> horizontal(schedule, g, static_cast<const T*>(in), in_end);
  const VerticalPass<T> vertical(g);
  const int64_t spans_per_tile =
      std::max<int64_t>(1, tuning::kTileElements / SpanElements(g.streams));
  RowSlots<A> slots(horizontal.rows_per_span_log2(), out_row_elements,
                    horizontal.MaxElements(spans_per_tile));
  if (!horizontal.has_room() || !vertical.has_room() || !slots.has_room()) return false;
  for (int64_t first = 0; first < horizontal.spans(); first += spans_per_tile) {
    const int64_t last = std::min(horizontal.spans(), first + spans_per_tile);
    const int64_t tile_begin = horizontal.SpanAt(first, 1).begin * g.inner;
    const auto interpolate = [&](int64_t slot, int64_t index) {
      const int64_t row = slots.FirstRow(slot);
      if (row >= in_end) return;
      const Span span =
          horizontal.SpanAt(index, std::min(horizontal.rows_per_span(), in_end - row));
      horizontal.Run(row, span, slots.At(row) + span.begin * g.inner - tile_begin);
    };
    // The slots before this one are filled.
    RowGroups groups(g, begin);
    int64_t next_slot = slots.SlotOf(groups.Get().low);
    const auto fill = [&] {
      for (int64_t index = first; index < last; ++index) interpolate(next_slot, index);
      ++next_slot;
    };
    fill();
    for (int64_t row = begin; row < end; groups.Next()) {
      const RowGroup group = groups.Get();
      const int64_t group_end = std::min(end, group.end);
      const int64_t high_row = group.low + (group.is_gap ? 1 : 0);
      while (next_slot <= slots.SlotOf(high_row)) fill();
      // The next slot is filled span by span, beside the spans of rows that are written: so that
      // the memory has reads and writes to do at the same time, and what is loaded has been stored
      // long ago. (A load of parts of two vectors that are still on their way to L1 waits for them,
      // and they for the streamed stores before them.)
      const bool is_due = next_slot == slots.SlotOf(high_row) + 1;
      const A* const low = slots.At(group.low);
      const A* const high = slots.At(high_row);
      for (int64_t index = first; index < last; ++index) {
        if (is_due) interpolate(next_slot, index);
        const Span span = horizontal.SpanAt(index, 1);
        const int64_t from = span.begin * g.inner - tile_begin;
        const int64_t upto = span.end * g.inner - tile_begin;
        for (int64_t r = row; r < group_end; ++r) {
          T* to = static_cast<T*>(out) + r * out_row_elements + tile_begin;
          vertical.Write(group, r - group.begin, low, high, EndOfWholeLines(to, from),
                         index + 1 == last ? upto : EndOfWholeLines(to, upto), to);
        }
      }
      if (is_due) ++next_slot;
      row = group_end;
    }
  }
  if (g.streams) StreamFence();
  return true;
}

template <typename T, GapSchedule kSchedule>
bool BlendTwice(const Geometry& g, const void* in, void* out, int64_t begin, int64_t end) {
  return BlendTwice<T>(kSchedule, g, in, out, begin, end);
}

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
