// What a kernel keeps for itself while it works on its rows. Compiled per instruction set.
// Includes the standard library only.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace upsample {
namespace UPSAMPLE_ISA {

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
