// The module upsample_op._kernels: the CPU kernels on NumPy arrays. Only translates; the rules are
// core's and the public face is python/upsample_op/kernels.py. Includes core, cpu and pybind11.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <new>
#include <string>
#include <vector>

#include "bindings/threads.h"
#include "core/validate.h"
#include "cpu/cache.h"
#include "cpu/isa.h"
#include "cpu/upsample.h"

namespace py = pybind11;

namespace upsample {
namespace {

// pybind11 makes a MemoryError of std::bad_alloc.
void ThrowIfError(const Status& status) {
  if (status.code == Code::kInvalidArgument) throw py::value_error(status.message);
  if (status.code == Code::kOutOfMemory) throw std::bad_alloc();
  if (!status.ok()) throw std::runtime_error(status.message);
}

Shape ShapeOf(const py::array& array) { return Shape(array.shape(), array.shape() + array.ndim()); }

Direction DirectionOf(bool backward) {
  return backward ? Direction::kBackward : Direction::kForward;
}

// The shape of the result, after every check that needs no data.
Shape CheckedResultShape(bool backward, const Shape& shape, const std::string& dtype,
                         const std::vector<int64_t>& size, const std::string& interpolation,
                         const std::string& data_format) {
  Attributes attributes;
  DType parsed;
  Shape result;
  ThrowIfError(ParseAttributes(size, interpolation, data_format, &attributes));
  ThrowIfError(ParseDType(dtype, &parsed));
  ThrowIfError(CheckDType(parsed, attributes.interpolation, DirectionOf(backward)));
  ThrowIfError(ResultShape(shape, attributes, DirectionOf(backward), &result));
  return result;
}

// `in` and `out` are C-contiguous, of the dtype named, and out has the shape of the result.
void Run(bool backward, const py::array& in, py::array& out, const std::string& dtype,
         const std::vector<int64_t>& size, const std::string& interpolation,
         const std::string& data_format, int num_threads) {
  Attributes attributes;
  DType parsed;
  Problem problem;
  Shape result;
  ThrowIfError(ParseAttributes(size, interpolation, data_format, &attributes));
  ThrowIfError(ParseDType(dtype, &parsed));
  ThrowIfError(MakeProblem(ShapeOf(in), attributes, DirectionOf(backward), &problem, &result));
  const void* in_data = in.data();
  void* out_data = out.mutable_data();
  py::gil_scoped_release release;
  ThrowIfError(
      UpsampleCpu(DirectionOf(backward), problem, parsed, in_data, out_data, Threads(num_threads)));
}

}  // namespace
}  // namespace upsample

PYBIND11_MODULE(_kernels, module) {
  module.def("result_shape", &upsample::CheckedResultShape);
  module.def("run", &upsample::Run);
  module.def("cpu_isas", &upsample::CpuIsas);
  module.def("cpu_isa", &upsample::CurrentCpuIsa);
  module.def("set_cpu_isa", &upsample::SetCpuIsa);
  module.def("last_level_cache_bytes", &upsample::LastLevelCacheBytes);
  module.def("set_last_level_cache_bytes", &upsample::SetLastLevelCacheBytes);
}
