// Runs the bodies of the CUDA kernels on the host, block by block and thread by thread, as a plan
// says. This file includes core, gpu/bodies and gpu/emulator only.
#pragma once

#include "core/status.h"
#include "gpu/bodies/plan.h"
#include "gpu/emulator/memory.h"

namespace upsample {

// The tensors that a plan was made for, with their sizes in bytes.
struct Tensors {
  const void* in;
  int64_t in_bytes;
  void* out;
  int64_t out_bytes;
};

// Runs all items. An error of a kernel (an access outside of its tensor or of an address that isn't
// aligned for it, an output that isn't written exactly once) is kInternal.
Status Emulate(const Plan& plan, const Tensors& tensors, MemoryLog* log);

// Runs some items on tensors without data, which may be larger than the machine's memory, and lists
// what they access.
Status Trace(const Plan& plan, int64_t in_bytes, int64_t out_bytes,
             const std::vector<int64_t>& items, MemoryLog* log);

// Returns whether there is a kernel for the plan's variant.
bool HasVariant(const Plan& plan);

}  // namespace upsample
