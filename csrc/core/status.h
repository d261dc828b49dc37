// The one error type below the framework glue. This file includes the standard library only.
#pragma once

#include <string>
#include <utility>

namespace upsample {

enum class Code { kOk, kInvalidArgument, kOutOfMemory, kInternal };

struct Status {
  Code code = Code::kOk;
  std::string message;

  bool ok() const { return code == Code::kOk; }
};

inline Status InvalidArgument(std::string message) {
  return {Code::kInvalidArgument, std::move(message)};
}

// A message of at most 15 characters takes no memory.
inline Status OutOfMemory() { return {Code::kOutOfMemory, "out of memory"}; }

}  // namespace upsample

// Leaves the calling function with the status of `expr` unless that is OK.
#define UPSAMPLE_RETURN_IF_ERROR(expr) \
  if (::upsample::Status status = (expr); !status.ok()) return status
