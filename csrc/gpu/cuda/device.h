// What callers outside of a framework must take care of: which GPU memory belongs to, and the order
// of streams. Host compilers may include it. This file includes core only.
#pragma once

#include "core/export.h"
#include "core/status.h"

struct CUstream_st;  // what a cudaStream_t points to

namespace upsample {

// While this lives, the device that the memory belongs to is the current one.
class UPSAMPLE_EXPORT DeviceGuard {
 public:
  explicit DeviceGuard(const void* memory);
  ~DeviceGuard();
  DeviceGuard(const DeviceGuard&) = delete;
  DeviceGuard& operator=(const DeviceGuard&) = delete;

  // The status is kInvalidArgument if it is no device's memory, and kInternal if there is no
  // working CUDA.
  const Status& status() const { return status_; }
  int device() const { return device_; }

 private:
  int device_ = -1;
  int previous_ = -1;  // -1 if it is the same
  Status status_;
};

// Makes what is enqueued on `then` from now on wait for what is on `first`.
UPSAMPLE_EXPORT Status OrderStreams(CUstream_st* first, CUstream_st* then);

}  // namespace upsample
