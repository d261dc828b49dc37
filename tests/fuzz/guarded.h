// Memory between two pages that nobody may touch. Whatever instruction reads or writes one byte
// beyond what lies at one of its ends faults, even if no sanitizer sees that instruction. This file
// includes the standard library and POSIX only.
#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>

#include "check.h"

namespace upsample::fuzz {

class Guarded {
 public:
  explicit Guarded(int64_t bytes) : bytes_((bytes + kPage - 1) / kPage * kPage) {
    void* const pages = mmap(nullptr, bytes_ + 2 * kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
                             /*fd=*/-1, /*offset=*/0);
    Require(pages != MAP_FAILED, "no memory");
    begin_ = static_cast<char*>(pages) + kPage;
    Require(mprotect(begin_, bytes_, PROT_READ | PROT_WRITE) == 0, "no memory");
  }

  // Returns `bytes` of the memory, at a distance from its first byte or its last one. A pattern
  // lies around them.
  char* Place(int64_t bytes, bool at_end, int64_t distance) {
    char* const place = at_end ? begin_ + bytes_ - bytes - distance : begin_ + distance;
    placed_ = place;
    placed_bytes_ = bytes;
    std::memset(AroundBegin(), kPattern, AroundEnd() - AroundBegin());
    return place;
  }

  bool IsIntactAround() const {
    const auto is_pattern = [](char byte) { return byte == static_cast<char>(kPattern); };
    return std::all_of(AroundBegin(), placed_, is_pattern) &&
           std::all_of(placed_ + placed_bytes_, AroundEnd(), is_pattern);
  }

 private:
  static constexpr int64_t kPage = 4096;
  static constexpr int64_t kAround = 2048;
  static constexpr int kPattern = 0xa5;

  char* AroundBegin() const { return std::max(begin_, placed_ - kAround); }
  char* AroundEnd() const { return std::min(begin_ + bytes_, placed_ + placed_bytes_ + kAround); }

  int64_t bytes_;
  char* begin_;
  char* placed_ = nullptr;
  int64_t placed_bytes_ = 0;
};

}  // namespace upsample::fuzz
