// The module upsample_op._emulator, for tests alone. It makes plans of CUDA launches, and runs
// their kernels on the host. This file includes core, gpu and pybind11.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <set>
#include <tuple>

#include "bindings/main_interpreter.h"
#include "bindings/spec.h"
#include "gpu/bodies/plan.h"
#include "gpu/emulator/emulate.h"

namespace py = pybind11;

namespace upsample {
namespace {

// What tells one compiled kernel from another: direction, interpolation and Variant's arguments.
using VariantKey = std::tuple<bool, int, int, int, int, int, int, bool>;

VariantKey KeyOf(const Plan& plan) {
  return {plan.direction == Direction::kBackward,
          static_cast<int>(plan.interpolation),
          static_cast<int>(plan.element),
          plan.vector,
          plan.row_pixel,
          plan.unrolled_h,
          plan.unrolled_w,
          plan.wide_index};
}

std::set<VariantKey> AllVariants() {
  std::set<VariantKey> all;
  Plan plan = {};
  const auto add_if_compiled = [&] {
    if (HasVariant(plan)) all.insert(KeyOf(plan));
  };
  for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
    for (const InterpolationInfo& info : kInterpolations) {
      for (int choice = 0; choice < 9 * 5 * 4 * 5 * 5 * 2; ++choice) {
        plan.direction = direction;
        plan.interpolation = info.interpolation;
        int rest = choice;
        const auto next = [&rest](int count) {
          const int digit = rest % count;
          rest /= count;
          return digit;
        };
        plan.element = static_cast<Element>(next(9));
        plan.vector = 1 << next(5);
        plan.row_pixel = next(4);
        plan.unrolled_h = next(5);
        plan.unrolled_w = next(5);
        plan.wide_index = next(2) == 1;
        add_if_compiled();
      }
    }
  }
  return all;
}

py::dict ToDict(const Plan& plan) {
  py::dict dict;
  dict["description"] = Describe(plan);
  dict["variant"] = KeyOf(plan);
  dict["vector_bytes"] = VectorBytesOf(plan);
  dict["row_pixel"] = plan.row_pixel;
  dict["unrolled"] = py::make_tuple(plan.unrolled_h, plan.unrolled_w);
  dict["wide_index"] = plan.wide_index;
  dict["columns"] = plan.columns;
  dict["strips"] = plan.strips;
  dict["rows_per_item"] = plan.rows_per_item;
  dict["items"] = plan.items;
  dict["blocks"] = plan.blocks;
  dict["threads_per_block"] = plan.threads_per_block;
  return dict;
}

Limits ToLimits(int64_t blocks, int64_t narrow_indices, int64_t resident_threads) {
  Limits limits;
  if (blocks != 0) limits.blocks = blocks;
  if (narrow_indices != 0) limits.narrow_indices = narrow_indices;
  if (resident_threads != 0) {
    limits.resident_threads = [resident_threads](const Plan&) { return resident_threads; };
  }
  return limits;
}

// Returns the plan for tensors at the given addresses. A limit of gpu/bodies/plan.h that is 0
// stands for the usual one.
py::dict PlanOf(const Spec& spec, const Shape& shape, uintptr_t in, uintptr_t out, int64_t blocks,
                int64_t narrow_indices, int64_t resident_threads) {
  return ToDict(MakePlan(spec.direction, ProblemOf(spec, shape).first, spec.dtype,
                         reinterpret_cast<const void*>(in), reinterpret_cast<const void*>(out),
                         ToLimits(blocks, narrow_indices, resident_threads)));
}

// Runs the kernel, and returns the plan and what the kernel did: `loads` counts instructions. An
// access that a GPU would not allow, or an output not written exactly once, is a RuntimeError.
py::dict Run(const Spec& spec, const py::array& in, py::array& out, int64_t blocks,
             int64_t narrow_indices, int64_t resident_threads) {
  const Shape shape(in.shape(), in.shape() + in.ndim());
  const auto [problem, result] = ProblemOf(spec, shape);
  const Tensors tensors = {in.data(), BytesOf(spec, shape), out.mutable_data(),
                           BytesOf(spec, result)};
  const Plan plan = MakePlan(spec.direction, problem, spec.dtype, tensors.in, tensors.out,
                             ToLimits(blocks, narrow_indices, resident_threads));
  MemoryLog log;
  ThrowIfError(Emulate(plan, tensors, &log));
  py::dict did = ToDict(plan);
  did["loads"] = log.loads;
  did["widest_load"] = log.widest_load;
  did["widest_store"] = log.widest_store;
  return did;
}

// Returns what some items of a kernel would load and store, as lists of (first byte, number of
// bytes).
py::tuple TraceOf(const Spec& spec, const Shape& shape, const std::vector<int64_t>& items) {
  const auto [problem, result] = ProblemOf(spec, shape);
  const Plan plan = MakePlan(spec.direction, problem, spec.dtype, nullptr, nullptr);
  MemoryLog log;
  ThrowIfError(Trace(plan, BytesOf(spec, shape), BytesOf(spec, result), items, &log));
  return py::make_tuple(log.loads_at, log.stores_at);
}

}  // namespace
}  // namespace upsample

UPSAMPLE_MODULE(_emulator, module) {
  module.def("all_variants", &upsample::AllVariants);
  module.def("plan", &upsample::PlanOf);
  module.def("run", &upsample::Run);
  module.def("trace", &upsample::TraceOf);
}
