// The CUDA kernels' front door, for host compilers too: needs no CUDA header.
// Includes core only.
#pragma once

#include "core/dtype.h"
#include "core/problem.h"
#include "core/status.h"

struct CUstream_st;  // what a cudaStream_t, or the driver's CUstream, points to

namespace upsample {

// UpsampleCpu on a GPU: `in` and `out` are memory of the current device. One kernel is launched on
// the stream, and nothing waits for it. kInternal, with what was asked for, if it can't be
// launched.
Status UpsampleCuda(Direction direction, const Problem& problem, DType dtype, const void* in,
                    void* out, CUstream_st* stream);

// While it lives, the device that memory belongs to is the current one. For callers that don't
// know which is; TensorFlow does.
class DeviceGuard {
 public:
  explicit DeviceGuard(const void* memory);
  ~DeviceGuard();
  DeviceGuard(const DeviceGuard&) = delete;
  DeviceGuard& operator=(const DeviceGuard&) = delete;

  // kInvalidArgument if it is no device's memory, kInternal where there is no working CUDA.
  const Status& status() const { return status_; }
  int device() const { return device_; }

 private:
  int device_ = -1;
  int previous_ = -1;  // where that is another
  Status status_;
};

// Has what is enqueued on `then` from now on wait for what is on `first`.
Status OrderStreams(CUstream_st* first, CUstream_st* then);

}  // namespace upsample
