#include "gpu/emulator/emulate.h"

#include <algorithm>

#include "gpu/bodies/body.h"
#include "gpu/bodies/variants.h"

namespace upsample {
namespace {

// What to run, and on what. If `items` is null, all of them run, in the order of a grid's threads.
struct Job {
  const Plan& plan;
  Tensors tensors;
  const std::vector<int64_t>* items;
  MemoryLog* log;
};

// This is the loop of gpu/cuda/kernel.h, for all threads in turn.
template <typename Body, typename Index, typename T>
void RunItems(const Job& job) {
  const Plan& plan = job.plan;
  const Walk<Index> walk = MakeWalk<Index>(plan);
  const CheckedMemory<const T> in(static_cast<const T*>(job.tensors.in),
                                  job.tensors.in_bytes / sizeof(T), job.log);
  const CheckedMemory<T> out(static_cast<T*>(job.tensors.out), job.tensors.out_bytes / sizeof(T),
                             job.log);
  if (job.items != nullptr) {
    for (const int64_t item : *job.items) Body::Run(walk, static_cast<Index>(item), in, out);
    return;
  }
  const int64_t threads = plan.blocks * plan.threads_per_block;
  for (int64_t thread = 0; thread < threads; ++thread) {
    for (int64_t item = thread; item < plan.items; item += threads) {
      Body::Run(walk, static_cast<Index>(item), in, out);
    }
  }
}

// Returns false if no kernel was compiled for the plan's variant. Without a log, nothing runs.
template <Direction kDirection, Interpolation kInterpolation>
bool RunVariant(const Job& job) {
  using Body = BodyOf<kDirection, kInterpolation>;
  bool is_found = false;
  ForEachVariant<Body::kMovesBytes>([&](auto variant) {
    using V = decltype(variant);
    if (!IsFor<V>(job.plan)) return;
    is_found = true;
    if (job.log == nullptr) return;
    RunItems<typename Body::template Type<V>, typename V::Index, typename V::T>(job);
  });
  return is_found;
}

bool Run(const Job& job) {
  return VisitInterpolation(job.plan.interpolation, [&](auto interpolation) {
    constexpr Interpolation kInterpolation = decltype(interpolation)::value;
    return job.plan.direction == Direction::kForward
               ? RunVariant<Direction::kForward, kInterpolation>(job)
               : RunVariant<Direction::kBackward, kInterpolation>(job);
  });
}

Status StatusOf(const Plan& plan, const MemoryLog& log) {
  if (log.error.empty()) return {};
  return {Code::kInternal, Describe(plan) + ": " + log.error};
}

}  // namespace

Status Emulate(const Plan& plan, const Tensors& tensors, MemoryLog* log) {
  const int64_t element_bytes = VectorBytesOf(plan) / plan.vector;
  log->stores.assign(tensors.out_bytes / element_bytes, 0);
  if (!Run({plan, tensors, nullptr, log})) log->Fail("there is no such kernel");
  if (std::any_of(log->stores.begin(), log->stores.end(), [](int n) { return n != 1; })) {
    log->Fail("an output was not written exactly once");
  }
  return StatusOf(plan, *log);
}

Status Trace(const Plan& plan, int64_t in_bytes, int64_t out_bytes,
             const std::vector<int64_t>& items, MemoryLog* log) {
  const Tensors tensors = {nullptr, in_bytes, nullptr, out_bytes};
  if (!Run({plan, tensors, &items, log})) log->Fail("there is no such kernel");
  return StatusOf(plan, *log);
}

bool HasVariant(const Plan& plan) { return Run({plan, {}, nullptr, nullptr}); }

}  // namespace upsample
