// What a kernel keeps for itself while it works on its rows. This file is compiled per instruction
// set and includes the standard library only.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace upsample {
namespace UPSAMPLE_ISA {

// Memory that is uninitialised and aligned to a cache line. Its owner tells by has_room() whether
// there was memory for it, and kernels return false where there was none. No exception is thrown in
// a thread of a pool: a thread's first exception takes memory of that thread's own, and where there
// is none glibc ends the process. No std container is used here, because its out-of-line members
// would be shared between instruction sets.
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
