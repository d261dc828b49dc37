// Where the kernels are, by direction and interpolation. Each function is in a file of its own, so
// that they compile in parallel. This file includes gpu/bodies only.
#pragma once

#include "gpu/bodies/plan.h"

namespace upsample {

// Returns the address of the kernel for a plan, or null if there is none.
using Finder = const void*(const Plan& plan);

Finder FindNearestForward;
Finder FindNearestBackward;
Finder FindBilinearForward;
Finder FindBilinearBackward;

}  // namespace upsample
