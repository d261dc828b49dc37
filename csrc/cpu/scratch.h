// What a kernel keeps for itself while it works on its rows. Compiled per instruction set.
// Includes the standard library only.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace upsample {
namespace UPSAMPLE_ISA {

// A tile of an accumulator row has about this many elements, or one pixel if that is larger: of
// float, two tiles and the rows that stream past fit in a 256 KiB L2, and rows that are narrower
// are worked on whole. (Bilinear, 8 x 128 x 128 x 128 floats by 2, AMD EPYC 9005, 2026-11: 8.6 ms
// with 16384, 9.3 with 4096.)
constexpr int64_t kTileElements = 16384;

// A tile is worked on in spans of about this many elements of the wider row, which stay in L1 from
// being read to being written.
constexpr int64_t kSpanElements = 512;
inline int64_t SpanElements(bool streams) { return streams ? kSpanElements : 4 * kSpanElements; }

// Rows up to this length are worked on whole, and several at once that make about half as many
// elements together.
constexpr int64_t kShortRowElements = 2048;

// Uninitialised and aligned to a cache line. Whoever has one says by has_room() whether there was
// memory for it, and kernels return false where there was none: no exception is thrown in a thread
// of a pool, whose first one would take memory of that thread's own, for want of which glibc ends
// the process. No std container here, because its out-of-line members would be shared between
// instruction sets.
template <typename A>
class Scratch {
 public:
  explicit Scratch(int64_t elements)
      : data_(static_cast<A*>(std::aligned_alloc(64, (elements * sizeof(A) + 127) / 64 * 64))) {}
  ~Scratch() { std::free(data_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  bool has_room() const { return data_ != nullptr; }
  A* get() { return data_; }
  const A* get() const { return data_; }
  A& operator[](int64_t i) { return data_[i]; }
  const A& operator[](int64_t i) const { return data_[i]; }

 private:
  A* data_;
};

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
