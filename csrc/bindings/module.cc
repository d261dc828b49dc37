// The module upsample_op._kernels: the CPU kernels on NumPy arrays. Only translates; the rules are
// core's and the public face is python/upsample_op/kernels.py. Includes core, cpu and pybind11.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <string>
#include <vector>

#include "bindings/call.h"
#include "bindings/threads.h"
#include "cpu/cache.h"
#include "cpu/isa.h"
#include "cpu/upsample.h"

namespace py = pybind11;

namespace upsample {
namespace {

Shape ShapeOf(const py::array& array) { return Shape(array.shape(), array.shape() + array.ndim()); }

Shape CheckedResultShape(bool backward, const Shape& shape, const std::string& dtype,
                         const std::vector<int64_t>& size, const std::string& interpolation,
                         const std::string& data_format) {
  return Parse(backward, shape, dtype, size, interpolation, data_format).result;
}

bool IsStreamed(bool backward, const Shape& shape, const std::string& dtype,
                const std::vector<int64_t>& size, const std::string& interpolation,
                const std::string& data_format) {
  const Call call = Parse(backward, shape, dtype, size, interpolation, data_format);
  return ResultIsStreamed(call.direction, call.problem, call.dtype);
}

// `in` and `out` are C-contiguous, of the dtype named, and out has the shape of the result.
void Run(bool backward, const py::array& in, py::array& out, const std::string& dtype,
         const std::vector<int64_t>& size, const std::string& interpolation,
         const std::string& data_format, int num_threads) {
  const Call call = Parse(backward, ShapeOf(in), dtype, size, interpolation, data_format);
  const void* in_data = in.data();
  void* out_data = out.mutable_data();
  py::gil_scoped_release release;
  ThrowIfError(UpsampleCpu(call.direction, call.problem, call.dtype, in_data, out_data,
                           Threads(num_threads)));
}

}  // namespace
}  // namespace upsample

PYBIND11_MODULE(_kernels, module) {
  module.def("result_shape", &upsample::CheckedResultShape);
  module.def("run", &upsample::Run);
  module.def("is_streamed", &upsample::IsStreamed);
  module.def("cpu_isas", &upsample::CpuIsas);
  module.def("cpu_isa", &upsample::CurrentCpuIsa);
  module.def("set_cpu_isa", &upsample::SetCpuIsa);
  module.def("last_level_cache_bytes", &upsample::LastLevelCacheBytes);
  module.def("set_last_level_cache_bytes", &upsample::SetLastLevelCacheBytes);
}
