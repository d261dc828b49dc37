// The module upsample_op._emulator, for tests alone: plans of CUDA launches, and their kernels run
// on the host. Includes core, kernels, emu and pybind11.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "bindings/call.h"
#include "emu/emulate.h"
#include "kernels/plan.h"

namespace py = pybind11;

namespace upsample {
namespace {

py::dict ToDict(const Plan& plan) {
  py::dict dict;
  dict["description"] = Describe(plan);
  dict["vector_bytes"] = VectorBytesOf(plan);
  dict["along_row"] = plan.along_row;
  dict["unrolled"] = py::make_tuple(plan.unrolled_h, plan.unrolled_w);
  dict["wide_index"] = plan.wide_index;
  dict["rows_per_item"] = plan.rows_per_item;
  dict["items"] = plan.items;
  dict["blocks"] = plan.blocks;
  dict["threads_per_block"] = plan.threads_per_block;
  return dict;
}

// The plan for tensors at the given addresses, of which the alignment matters.
py::dict PlanOf(bool backward, const Shape& shape, const std::string& dtype,
                const std::vector<int64_t>& size, const std::string& interpolation,
                const std::string& data_format, uintptr_t in, uintptr_t out, int64_t max_blocks) {
  const Call call = Parse(backward, shape, dtype, size, interpolation, data_format);
  return ToDict(MakePlan(call.direction, call.problem, call.dtype,
                         reinterpret_cast<const void*>(in), reinterpret_cast<const void*>(out),
                         max_blocks));
}

// Runs the kernel and returns what it did, beside the plan: `loads` counts instructions. An access
// that a GPU would not allow, or an output not written exactly once, is a RuntimeError.
py::dict Run(bool backward, const py::array& in, py::array& out, const std::string& dtype,
             const std::vector<int64_t>& size, const std::string& interpolation,
             const std::string& data_format, int64_t max_blocks) {
  const Shape shape(in.shape(), in.shape() + in.ndim());
  const Call call = Parse(backward, shape, dtype, size, interpolation, data_format);
  const Plan plan =
      MakePlan(call.direction, call.problem, call.dtype, in.data(), out.data(), max_blocks);
  MemoryLog log;
  ThrowIfError(Emulate(plan, in.data(), call.Bytes(shape), out.mutable_data(),
                       call.Bytes(call.result), &log));
  py::dict did = ToDict(plan);
  did["loads"] = log.loads;
  did["widest_load"] = log.widest_load;
  did["widest_store"] = log.widest_store;
  return did;
}

}  // namespace
}  // namespace upsample

PYBIND11_MODULE(_emulator, module) {
  module.def("plan", &upsample::PlanOf);
  module.def("run", &upsample::Run);
}
