// Runs the bodies of the CUDA kernels on the host, block by block and thread by thread, as a plan
// says. Includes core, kernels and emu only.
#pragma once

#include "core/status.h"
#include "emu/memory.h"
#include "kernels/plan.h"

namespace upsample {

// `in` and `out` are what the plan was made for, of so many bytes. An error of a kernel (an access
// outside of its tensor or of an address that isn't aligned for it, an output that isn't written
// exactly once) is kInternal.
Status Emulate(const Plan& plan, const void* in, int64_t in_bytes, void* out, int64_t out_bytes,
               MemoryLog* log);

}  // namespace upsample
