// What callers outside of a framework have to see to: which GPU memory belongs to, and the order of
// streams. For host compilers too. Includes core only.
#pragma once

#include "core/export.h"
#include "core/status.h"

struct CUstream_st;  // what a cudaStream_t points to

namespace upsample {

// While it lives, the device that memory belongs to is the current one.
class UPSAMPLE_EXPORT DeviceGuard {
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
UPSAMPLE_EXPORT Status OrderStreams(CUstream_st* first, CUstream_st* then);

}  // namespace upsample
