// Repeats each pixel of a row along it. This file is compiled per instruction set and includes cpu
// and the standard library only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "cpu/scratch.h"
#include "cpu/simd/vector.h"
#include "cpu/tables/cycle.h"
#include "cpu/tuning.h"

namespace upsample {
namespace UPSAMPLE_ISA {

// Writes `pixels` pixels of kPixelBytes `size` times each, or kSize times unless kSize is 0.
template <int kPixelBytes, int kSize>
void RepeatFixed(const char* __restrict in, int64_t pixels, int64_t, int64_t size,
                 char* __restrict out) {
  const int64_t copies = kSize == 0 ? size : kSize;
  for (int64_t x = 0; x < pixels; ++x) {
    for (int64_t k = 0; k < copies; ++k) {
      std::memcpy(out + (x * copies + k) * kPixelBytes, in + x * kPixelBytes, kPixelBytes);
    }
  }
}

// Does the same for a pixel of any number of bytes >= kChunk: in chunks, of which the last
// overlaps.
template <int kChunk>
void RepeatChunked(const char* __restrict in, int64_t pixels, int64_t pixel_bytes, int64_t size,
                   char* __restrict out) {
  struct Chunk {
    char bytes[kChunk];
  };
  for (int64_t x = 0; x < pixels; ++x, in += pixel_bytes, out += pixel_bytes * size) {
    for (int64_t offset = 0;; offset = std::min<int64_t>(offset + kChunk, pixel_bytes - kChunk)) {
      Chunk chunk;
      std::memcpy(&chunk, in + offset, kChunk);
      for (int64_t k = 0; k < size; ++k) {
        std::memcpy(out + k * pixel_bytes + offset, &chunk, kChunk);
      }
      if (offset == pixel_bytes - kChunk) break;
    }
  }
}

// Does the same for a pixel of less than 16 bytes. A vector of the output is a permutation of a
// window of the input, and windows and permutations recur after a cycle.
class PermutedRepeat {
 public:
  PermutedRepeat(int64_t pixel_bytes, int64_t size)
      : pixel_bytes_(pixel_bytes),
        size_(size),
        cycle_(pixel_bytes, size, kBytes),
        steps_(cycle_.steps) {
    if (!has_room()) return;
    for (int64_t s = 0; s < cycle_.steps; ++s) {
      Step& step = steps_[s];
      step.window = cycle_.WindowOf(s * kBytes);
      for (int64_t lane = 0; lane < kBytes; ++lane) {
        const int64_t source = cycle_.SourceOf(s * kBytes + lane);
        step.index[lane] = static_cast<uint8_t>(source - step.window);
      }
    }
  }

  bool has_room() const { return steps_.has_room(); }

  // Returns whether there is an instruction for it and the tables are worth their cost.
  static bool Fits(int64_t pixel_bytes, int64_t size) {
#if defined(__SSSE3__) || defined(__aarch64__)
    return pixel_bytes < kBytes && size > 1 &&
           Cycle(pixel_bytes, size, kBytes).steps <= tuning::kMostPermutedSteps;
#else
    (void)pixel_bytes, (void)size;
    return false;
#endif
  }

  // Writes whole vectors whose windows lie in the input, and returns how many pixels these cover.
  int64_t Run(const char* in, int64_t pixels, char* out) const {
    const char* const in_end = in + pixels * pixel_bytes_;
    const char* const out_begin = out;
    const char* const out_end = out + pixels * pixel_bytes_ * size_;
    const int64_t in_cycle = cycle_.inputs;  // a copy, which no store could change
    const Step* const steps = steps_.get();
    const Step* const steps_end = steps + cycle_.steps;
    for (const Step* step = steps; out + kBytes <= out_end; out += kBytes) {
      if (in + step->window + kBytes > in_end) break;
      Store(PermutedBytes(LoadAs<Bytes>(in + step->window), step->index), out);
      if (++step == steps_end) {
        step = steps;
        in += in_cycle;
      }
    }
    return (out - out_begin) / (pixel_bytes_ * size_);
  }

 private:
  static constexpr int64_t kBytes = 16;
  typedef uint8_t Bytes __attribute__((vector_size(kBytes)));
  struct Step {
    Bytes index;
    int64_t window;  // in bytes from the cycle's first input
  };

  static Bytes PermutedBytes(Bytes bytes, Bytes index) {
#if defined(__GNUC__) && !defined(__clang__)
    return __builtin_shuffle(bytes, index);
#else
    Bytes result;
    for (int lane = 0; lane < kBytes; ++lane) result[lane] = bytes[index[lane]];
    return result;
#endif
  }

  const int64_t pixel_bytes_;
  const int64_t size_;
  const Cycle cycle_;
  Scratch<Step> steps_;
};

inline void CopyPixels(const char* __restrict in, int64_t pixels, int64_t pixel_bytes, int64_t,
                       char* __restrict out) {
  std::memcpy(out, in, pixels * pixel_bytes);
}

// How pixels are repeated: not at all, for a factor of 1; as numbers of 1 to 16 bytes; as
// permutations of vectors; or in chunks of 2 bytes or more.
enum class RepeatSchedule { kCopied, kElements, kPermuted, kChunks };

using RepeatFunction = void (*)(const char* in, int64_t pixels, int64_t pixel_bytes, int64_t size,
                                char* out);

template <int kPixelBytes>
RepeatFunction SelectRepeatFixed(int64_t size) {
  if (size == 2) return RepeatFixed<kPixelBytes, 2>;
  if (size == 3) return RepeatFixed<kPixelBytes, 3>;
  if (size == 4) return RepeatFixed<kPixelBytes, 4>;
  return RepeatFixed<kPixelBytes, 0>;
}

inline RepeatFunction SelectRepeat(RepeatSchedule schedule, int64_t pixel_bytes, int64_t size) {
  if (schedule == RepeatSchedule::kCopied) return CopyPixels;
  if (schedule == RepeatSchedule::kElements) {
    if (pixel_bytes == 1) return SelectRepeatFixed<1>(size);
    if (pixel_bytes == 2) return SelectRepeatFixed<2>(size);
    if (pixel_bytes == 4) return SelectRepeatFixed<4>(size);
    if (pixel_bytes == 8) return SelectRepeatFixed<8>(size);
    return SelectRepeatFixed<16>(size);
  }
  if (pixel_bytes >= 64) return RepeatChunked<64>;
  if (pixel_bytes >= 16) return RepeatChunked<16>;
  if (pixel_bytes >= 8) return RepeatChunked<8>;
  if (pixel_bytes >= 4) return RepeatChunked<4>;
  return RepeatChunked<2>;
}

class PixelRepeat {
 public:
  PixelRepeat(RepeatSchedule schedule, int64_t pixel_bytes, int64_t size)
      : pixel_bytes_(pixel_bytes),
        size_(size),
        function_(SelectRepeat(schedule, pixel_bytes, size)),
        is_permuted_(schedule == RepeatSchedule::kPermuted),
        permuted_(is_permuted_ ? pixel_bytes : 16, is_permuted_ ? size : 1) {}

  bool has_room() const { return permuted_.has_room(); }

  // Writes `pixels` pixels `size` times each.
  void Run(const char* in, int64_t pixels, char* out) const {
    const int64_t done = is_permuted_ ? permuted_.Run(in, pixels, out) : 0;
    function_(in + done * pixel_bytes_, pixels - done, pixel_bytes_, size_,
              out + done * size_ * pixel_bytes_);
  }

 private:
  const int64_t pixel_bytes_;
  const int64_t size_;
  const RepeatFunction function_;
  const bool is_permuted_;
  const PermutedRepeat permuted_;
};

}  // namespace UPSAMPLE_ISA
}  // namespace upsample
