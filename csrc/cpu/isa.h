// The instruction sets that the kernels are compiled for, and the one that runs. This file includes
// the standard library, core and cpu only.
#pragma once

#include <string>
#include <vector>

#include "core/export.h"
#include "cpu/row_kernels.h"

namespace upsample {

// Returns the kernels in use: those of the best instruction set that the processor has, or of the
// one that the environment variable UPSAMPLE_CPU_ISA or SetCpuIsa() names, if the processor has it.
const RowKernels& CurrentRowKernels();

// Returns the names of the compiled sets that this processor has, the plainest first.
UPSAMPLE_EXPORT std::vector<std::string> CpuIsas();
UPSAMPLE_EXPORT std::string CurrentCpuIsa();

// Returns false and changes nothing if the set is not among CpuIsas().
UPSAMPLE_EXPORT bool SetCpuIsa(const std::string& name);

}  // namespace upsample
