// This file is compiled once per instruction set, with UPSAMPLE_ISA as its namespace and the
// compiler flags that CMakeLists.txt gives it. Nothing here may leave a symbol outside that
// namespace, because the linker could keep the copy of a set that the processor lacks. A test in
// tests/package checks it.
#include "cpu/row_kernels.h"

#include "core/float16.h"
#include "cpu/candidates.h"

#define UPSAMPLE_STRING_(x) #x
#define UPSAMPLE_STRING(x) UPSAMPLE_STRING_(x)

namespace upsample {
namespace UPSAMPLE_ISA {

const RowKernels kRowKernels = {
    UPSAMPLE_STRING(UPSAMPLE_ISA),
    kNearestForward,
    {kBilinearForward<Half>, kBilinearForward<BFloat16>, kBilinearForward<float>,
     kBilinearForward<double>},
    {kBackward<Half>, kBackward<BFloat16>, kBackward<float>, kBackward<double>},
};

}  // namespace UPSAMPLE_ISA
}  // namespace upsample

#undef UPSAMPLE_STRING
#undef UPSAMPLE_STRING_
