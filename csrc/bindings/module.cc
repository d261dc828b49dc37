// The module upsample_op._kernels: the CPU kernels on NumPy arrays, and the CUDA kernels, where
// they are built in, on addresses in a GPU's memory. Only translates; the rules are core's and the
// public face is python/upsample_op/kernels.py. Includes core, cpu, gpu/cuda and pybind11.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <string>
#include <vector>

#include "bindings/arrays.h"
#include "bindings/dlpack.h"
#include "bindings/main_interpreter.h"
#include "bindings/parse.h"
#include "bindings/threads.h"
#include "bindings/traffic.h"
#include "bindings/without_gil.h"
#include "cpu/cache.h"
#include "cpu/isa.h"
#include "cpu/upsample_cpu.h"
#if defined(UPSAMPLE_CUDA)
#include "gpu/cuda/device.h"
#include "gpu/cuda/upsample_cuda.h"
#endif

namespace py = pybind11;

namespace upsample {
namespace {

Shape CheckedResultShape(bool backward, const Shape& shape, const std::string& dtype,
                         const std::vector<int64_t>& size, const std::string& interpolation,
                         const std::string& data_format) {
  return Parse(backward, shape, dtype, size, interpolation, data_format).result;
}

// Which kernel would run, on which instruction set, and whether past the caches; `out` is where the
// result would be.
py::tuple Describe(bool backward, const Shape& shape, const std::string& dtype,
                   const std::vector<int64_t>& size, const std::string& interpolation,
                   const std::string& data_format, uintptr_t out) {
  const Call call = Parse(backward, shape, dtype, size, interpolation, data_format);
  RowWork work;
  ThrowIfError(PlanCpu(call.direction, call.problem, call.dtype, nullptr,
                       reinterpret_cast<void*>(out), &work));
  return py::make_tuple(work.kernel, work.isa, work.is_streamed);
}

// `in` and `out` are of the dtype named, and out has the shape of the result.
void Run(bool backward, const py::array& in, py::array& out, const std::string& dtype,
         const std::vector<int64_t>& size, const std::string& interpolation,
         const std::string& data_format, int num_threads) {
  const Call call = Parse(backward, ShapeOf(in), dtype, size, interpolation, data_format);
  CheckArray("the input", in, call.dtype, ShapeOf(in));
  CheckResult("`out`", out, call.dtype, call.result);
  const void* in_data = in.data();
  void* out_data = out.mutable_data();
  CheckApart(reinterpret_cast<uintptr_t>(in_data), in.nbytes(),
             reinterpret_cast<uintptr_t>(out_data), out.nbytes());
  const GilRelease release;
  ThrowIfError(UpsampleCpu(call.direction, call.problem, call.dtype, in_data, out_data,
                           Threads(num_threads)));
}

// The benchmark's bound: reads all whole cache lines of `in`, and overwrites those of `out`. Both
// are C-contiguous and begin with a cache line.
void Move(const py::array& in, py::array& out, int num_threads) {
  const char* in_data = static_cast<const char*>(in.data());
  char* out_data = static_cast<char*>(out.mutable_data());
  const auto begin_of_line = [](const char* data) {
    return reinterpret_cast<uintptr_t>(data) % 64;
  };
  if (begin_of_line(in_data) != 0 || begin_of_line(out_data) != 0 || num_threads < 1 ||
      (in.flags() & out.flags() & py::array::c_style) == 0) {
    throw py::value_error("arrays to move must be C-contiguous and begin with a cache line");
  }
  const int64_t in_lines = in.nbytes() / 64, out_lines = out.nbytes() / 64;
  const GilRelease release;
  ThreadPool::Run(num_threads, num_threads, [=](int64_t share) {
    const int64_t in_begin = BeginOfShare(share, num_threads, in_lines);
    const int64_t out_begin = BeginOfShare(share, num_threads, out_lines);
    MoveLines(in_data + in_begin * 64, BeginOfShare(share + 1, num_threads, in_lines) - in_begin,
              out_data + out_begin * 64,
              BeginOfShare(share + 1, num_threads, out_lines) - out_begin);
  });
}

#if defined(UPSAMPLE_CUDA)
// The same on a GPU: addresses in its memory, and a cudaStream_t.
void RunCuda(bool backward, const Shape& shape, uintptr_t in, uintptr_t out,
             const std::string& dtype, const std::vector<int64_t>& size,
             const std::string& interpolation, const std::string& data_format, uintptr_t stream) {
  const Call call = Parse(backward, shape, dtype, size, interpolation, data_format);
  if (call.problem.empty()) return;
  if ((in | out) % Info(call.dtype).bytes != 0) {
    throw py::value_error("an array on a GPU must be aligned to its elements");
  }
  CheckApart(in, call.Bytes(shape), out, call.Bytes(call.result));
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
  ThrowIfError(UpsampleCuda(call.direction, call.problem, call.dtype, in_data,
                            reinterpret_cast<void*>(out), reinterpret_cast<CUstream_st*>(stream)));
}

// The variant of a kernel that would run on memory at these addresses.
std::string DescribeOnGpu(bool backward, const Shape& shape, const std::string& dtype,
                          const std::vector<int64_t>& size, const std::string& interpolation,
                          const std::string& data_format, uintptr_t in, uintptr_t out) {
  const Call call = Parse(backward, shape, dtype, size, interpolation, data_format);
  return DescribeCuda(call.direction, call.problem, call.dtype, reinterpret_cast<void*>(in),
                      reinterpret_cast<void*>(out));
}

void OrderCudaStreams(uintptr_t first, uintptr_t then) {
  ThrowIfError(
      OrderStreams(reinterpret_cast<CUstream_st*>(first), reinterpret_cast<CUstream_st*>(then)));
}
#endif

}  // namespace
}  // namespace upsample

UPSAMPLE_MODULE(_kernels, module) {
  module.def("result_shape", &upsample::CheckedResultShape);
  module.def("run", &upsample::Run);
  module.def("move", &upsample::Move);
#if defined(UPSAMPLE_CUDA)
  module.def("run_cuda", &upsample::RunCuda);
  module.def("describe_cuda", &upsample::DescribeOnGpu);
  module.def("order_streams", &upsample::OrderCudaStreams);
#endif
  module.def("describe_dlpack", &upsample::DescribeDLPack);
  module.def("describe", &upsample::Describe);
  module.def("cpu_isas", &upsample::CpuIsas);
  module.def("cpu_isa", &upsample::CurrentCpuIsa);
  module.def("set_cpu_isa", &upsample::SetCpuIsa);
  module.def("last_level_cache_bytes", &upsample::LastLevelCacheBytes);
  module.def("set_last_level_cache_bytes", &upsample::SetLastLevelCacheBytes);
}
