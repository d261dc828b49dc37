#include "emu/emulate.h"

#include <algorithm>

#include "kernels/bilinear_backward_body.h"
#include "kernels/bilinear_forward_body.h"
#include "kernels/nearest_backward_body.h"
#include "kernels/nearest_forward_body.h"
#include "kernels/variants.h"

namespace upsample {
namespace {

// The loop of cuda/kernel.h, for all threads of a grid in turn.
template <typename Body, typename Index, typename T>
void RunGrid(const Plan& plan, const CheckedMemory<const T>& in, const CheckedMemory<T>& out) {
  const Walk<Index> walk = MakeWalk<Index>(plan);
  const int64_t threads = plan.blocks * plan.threads_per_block;
  for (int64_t thread = 0; thread < threads; ++thread) {
    for (int64_t item = thread; item < plan.items; item += threads) {
      Body::Run(walk, static_cast<Index>(item), in, out);
    }
  }
}

template <template <typename> class Body, typename T>
Status EmulateElement(const Plan& plan, const void* in, int64_t in_bytes, void* out,
                      int64_t out_bytes, MemoryLog* log) {
  constexpr int64_t kBytes = sizeof(T);
  log->stores.assign(out_bytes / kBytes, 0);
  const CheckedMemory<const T> from(static_cast<const T*>(in), in_bytes / kBytes, log);
  const CheckedMemory<T> to(static_cast<T*>(out), out_bytes / kBytes, log);
  const bool found = VisitVariant<T>(plan, [&](auto variant) {
    using V = decltype(variant);
    RunGrid<Body<V>, typename V::IndexType>(plan, from, to);
  });
  if (!found) log->Fail("no such variant");
  if (std::any_of(log->stores.begin(), log->stores.end(), [](int n) { return n != 1; })) {
    log->Fail("an output was not written exactly once");
  }
  if (log->error.empty()) return {};
  return {Code::kInternal, Describe(plan) + ": " + log->error};
}

template <template <typename> class Body>
Status EmulateReal(const Plan& plan, const void* in, int64_t in_bytes, void* out, int64_t out_bytes,
                   MemoryLog* log) {
  switch (plan.element) {
    case Element::kFloat16:
      return EmulateElement<Body, Half>(plan, in, in_bytes, out, out_bytes, log);
    case Element::kBFloat16:
      return EmulateElement<Body, BFloat16>(plan, in, in_bytes, out, out_bytes, log);
    case Element::kFloat32:
      return EmulateElement<Body, float>(plan, in, in_bytes, out, out_bytes, log);
    default:
      return EmulateElement<Body, double>(plan, in, in_bytes, out, out_bytes, log);
  }
}

Status EmulateNearestForward(const Plan& plan, const void* in, int64_t in_bytes, void* out,
                             int64_t out_bytes, MemoryLog* log) {
  switch (plan.element) {
    case Element::kRaw1:
      return EmulateElement<NearestForward, Raw<1>>(plan, in, in_bytes, out, out_bytes, log);
    case Element::kRaw2:
      return EmulateElement<NearestForward, Raw<2>>(plan, in, in_bytes, out, out_bytes, log);
    case Element::kRaw4:
      return EmulateElement<NearestForward, Raw<4>>(plan, in, in_bytes, out, out_bytes, log);
    case Element::kRaw8:
      return EmulateElement<NearestForward, Raw<8>>(plan, in, in_bytes, out, out_bytes, log);
    default:
      return EmulateElement<NearestForward, Raw<16>>(plan, in, in_bytes, out, out_bytes, log);
  }
}

}  // namespace

Status Emulate(const Plan& plan, const void* in, int64_t in_bytes, void* out, int64_t out_bytes,
               MemoryLog* log) {
  const auto run = plan.direction == Direction::kForward
                       ? plan.interpolation == Interpolation::kNearest
                             ? EmulateNearestForward
                             : EmulateReal<BilinearForward>
                   : plan.interpolation == Interpolation::kNearest ? EmulateReal<NearestBackward>
                                                                   : EmulateReal<BilinearBackward>;
  return run(plan, in, in_bytes, out, out_bytes, log);
}

}  // namespace upsample
