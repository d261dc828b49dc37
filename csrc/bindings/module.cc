// The module upsample_op._kernels: the CPU kernels on NumPy arrays, and the CUDA kernels, where
// they are built in, on addresses in a GPU's memory. It only translates; the rules are core's, and
// users call python/upsample_op/kernels.py. This file includes core, cpu, gpu/cuda and pybind11.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <string>

#include "bindings/arrays.h"
#include "bindings/dlpack.h"
#include "bindings/main_interpreter.h"
#include "bindings/spec.h"
#include "bindings/threads.h"
#include "bindings/without_gil.h"
#include "cpu/isa.h"
#include "cpu/upsample_cpu.h"
#if defined(UPSAMPLE_CUDA)
#include "gpu/cuda/device.h"
#include "gpu/cuda/upsample_cuda.h"
#endif

namespace py = pybind11;

namespace upsample {
namespace {

Shape CheckedResultShape(const Spec& spec, const Shape& shape) {
  return ProblemOf(spec, shape).second;
}

// Returns which kernel would run, on which instruction set, and whether the result would be
// streamed. `out` is where the result would be.
py::tuple Describe(const Spec& spec, const Shape& shape, uintptr_t out) {
  const auto [problem, result] = ProblemOf(spec, shape);
  // Whatever runs has its result in memory, so the code that plans it need not look for overflows.
  constexpr int64_t kAddresses = int64_t{1} << 57;
  for (const Shape* tensor : {&shape, &result}) {
    int64_t bytes = Info(spec.dtype).bytes;
    bool overflows = false;
    for (const int64_t dim : *tensor) overflows |= __builtin_mul_overflow(bytes, dim, &bytes);
    if (!problem.empty() && (overflows || bytes > kAddresses)) {
      throw py::value_error("no processor has addresses for so many bytes");
    }
  }
  RowWork work;
  ThrowIfError(
      PlanCpu(spec.direction, problem, spec.dtype, nullptr, reinterpret_cast<void*>(out), &work));
  return py::make_tuple(work.kernel, work.isa, work.is_streamed);
}

// `in` and `out` are of the spec's dtype, and `out` has the shape of the result.
void Run(const Spec& spec, const py::array& in, py::array& out, int num_threads) {
  const auto [problem, result] = ProblemOf(spec, ShapeOf(in));
  CheckArray("the input", in, spec.dtype, ShapeOf(in));
  CheckResult("`out`", out, spec.dtype, result);
  const void* in_data = in.data();
  void* out_data = out.mutable_data();
  CheckApart(reinterpret_cast<uintptr_t>(in_data), in.nbytes(),
             reinterpret_cast<uintptr_t>(out_data), out.nbytes());
  const GilRelease release;
  ThrowIfError(
      UpsampleCpu(spec.direction, problem, spec.dtype, in_data, out_data, Threads(num_threads)));
}

#if defined(UPSAMPLE_CUDA)
// Does the same on a GPU, with addresses in its memory and a cudaStream_t.
void RunCuda(const Spec& spec, const Shape& shape, uintptr_t in, uintptr_t out, uintptr_t stream) {
  const auto [problem, result] = ProblemOf(spec, shape);
  if (problem.empty()) return;
  if ((in | out) % Info(spec.dtype).bytes != 0) {
    throw py::value_error("an array on a GPU must be aligned to its elements");
  }
  CheckApart(in, BytesOf(spec, shape), out, BytesOf(spec, result));
  const void* in_data = reinterpret_cast<const void*>(in);
  const GilRelease release;
  int device_of_out;
  {
    const DeviceGuard out_guard(reinterpret_cast<const void*>(out));
    ThrowIfError(out_guard.status());
    device_of_out = out_guard.device();
  }
  const DeviceGuard guard(in_data);
  ThrowIfError(guard.status());
  if (guard.device() != device_of_out) {
    ThrowIfError(InvalidArgument("`out` must be on the same GPU as the input"));
  }
  ThrowIfError(UpsampleCuda(spec.direction, problem, spec.dtype, in_data,
                            reinterpret_cast<void*>(out), reinterpret_cast<CUstream_st*>(stream)));
}

// Returns the variant of a kernel that would run on memory at these addresses.
std::string DescribeOnGpu(const Spec& spec, const Shape& shape, uintptr_t in, uintptr_t out) {
  return DescribeCuda(spec.direction, ProblemOf(spec, shape).first, spec.dtype,
                      reinterpret_cast<void*>(in), reinterpret_cast<void*>(out));
}

void OrderCudaStreams(uintptr_t first, uintptr_t then) {
  ThrowIfError(
      OrderStreams(reinterpret_cast<CUstream_st*>(first), reinterpret_cast<CUstream_st*>(then)));
}
#endif

}  // namespace
}  // namespace upsample

UPSAMPLE_MODULE(_kernels, module) {
  // The class is local, so that another copy of the package may be loaded beside this one.
  py::class_<upsample::Spec>(module, "Spec", py::module_local()).def(py::init(&upsample::MakeSpec));
  module.def("result_shape", &upsample::CheckedResultShape);
  module.def("run", &upsample::Run);
#if defined(UPSAMPLE_CUDA)
  module.def("run_cuda", &upsample::RunCuda);
  module.def("describe_cuda", &upsample::DescribeOnGpu);
  module.def("order_streams", &upsample::OrderCudaStreams);
#endif
  module.def("describe_dlpack", &upsample::DescribeDLPack);
  module.def("describe", &upsample::Describe);
  module.def("cpu_isas", &upsample::CpuIsas);
  module.def("cpu_isa", &upsample::CurrentCpuIsa);
}
