// libupsample_hooks.so: what only the benchmark and the tests need to see and to set in the loaded
// kernels. It is C for Python's ctypes, so that one file serves every Python;
// python/upsample_op/_hooks.py wraps the functions. This file includes bindings, core, cpu and
// gpu/cuda.
#include <cstdint>

#include "bindings/thread_pool.h"
#include "core/export.h"
#include "cpu/cache.h"
#include "cpu/isa.h"
#include "cpu/parallel.h"
#include "hooks/traffic.h"

#if defined(UPSAMPLE_CUDA)
#include "gpu/cuda/traffic.h"
#endif

extern "C" {

// What upsample_move moves. It is one address, because ctypes takes 0.1 us for each argument.
struct Traffic {
  const char* in;
  int64_t in_lines;
  char* out;
  int64_t out_lines;
  int64_t num_threads;
};

UPSAMPLE_EXPORT bool upsample_set_cpu_isa(const char* name) noexcept {
  return upsample::SetCpuIsa(name);
}

UPSAMPLE_EXPORT int64_t upsample_last_level_cache_bytes() noexcept {
  return upsample::LastLevelCacheBytes();
}

UPSAMPLE_EXPORT void upsample_set_last_level_cache_bytes(int64_t bytes) noexcept {
  upsample::SetLastLevelCacheBytes(bytes);
}

UPSAMPLE_EXPORT void upsample_move(const Traffic* traffic) noexcept {
  const Traffic all = *traffic;
  upsample::ThreadPool::Run(all.num_threads, all.num_threads, [=](int64_t share) {
    const auto begin = [&](int64_t lines) {
      return upsample::BeginOfShare(share, all.num_threads, lines);
    };
    const auto end = [&](int64_t lines) {
      return upsample::BeginOfShare(share + 1, all.num_threads, lines);
    };
    upsample::MoveLines(all.in + begin(all.in_lines) * 64, end(all.in_lines) - begin(all.in_lines),
                        all.out + begin(all.out_lines) * 64,
                        end(all.out_lines) - begin(all.out_lines));
  });
}

#if defined(UPSAMPLE_CUDA)
// Moves as upsample_move does, on a GPU. It returns whether it could.
UPSAMPLE_EXPORT bool upsample_move_cuda(const void* in, int64_t in_bytes, void* out,
                                        int64_t out_bytes, CUstream_st* stream) noexcept {
  return upsample::MoveCuda(in, in_bytes, out, out_bytes, stream).ok();
}
#endif

}  // extern "C"
