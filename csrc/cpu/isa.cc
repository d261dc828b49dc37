#include "cpu/isa.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>

// CMakeLists.txt has the same rule.
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)
#define UPSAMPLE_X86
#include <cpuid.h>
#endif

namespace upsample {
namespace {

struct Variant {
  const RowKernels* kernels;
  bool (*is_supported)();
};

bool Always() { return true; }

#ifdef UPSAMPLE_X86
// GCC 10 and some versions of clang can't ask for it by __builtin_cpu_supports.
bool HasF16C() {
  unsigned eax, ebx, ecx, edx;
  return __get_cpuid(1, &eax, &ebx, &ecx, &edx) && (ecx & bit_F16C);
}
#endif

// The plainest set comes first. A processor that has a set has those before it too.
const Variant kVariants[] = {
    {&baseline::kRowKernels, Always},
#ifdef UPSAMPLE_X86
    {&avx2::kRowKernels,
     [] { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && HasF16C(); }},
    {&avx512::kRowKernels,
     [] {
       return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
              __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
     }},
#endif
};

const RowKernels* Find(const std::string& name) {
  for (const Variant& variant : kVariants) {
    if (name == variant.kernels->isa && variant.is_supported()) return variant.kernels;
  }
  return nullptr;
}

const RowKernels* Initial() {
  const RowKernels* best = Find(CpuIsas().back());
  const char* forced = std::getenv("UPSAMPLE_CPU_ISA");
  if (forced == nullptr) return best;
  const RowKernels* found = Find(forced);
  if (found != nullptr) return found;
  std::fprintf(stderr,
               "upsample_op: UPSAMPLE_CPU_ISA=%s is no set that this machine has; using %s\n",
               forced, best->isa);
  return best;
}

std::atomic<const RowKernels*>& Current() {
  static std::atomic<const RowKernels*> current(Initial());
  return current;
}

}  // namespace

const RowKernels& CurrentRowKernels() { return *Current().load(std::memory_order_relaxed); }

std::vector<std::string> CpuIsas() {
  std::vector<std::string> names;
  for (const Variant& variant : kVariants) {
    if (variant.is_supported()) names.push_back(variant.kernels->isa);
  }
  return names;
}

std::string CurrentCpuIsa() { return CurrentRowKernels().isa; }

bool SetCpuIsa(const std::string& name) {
  const RowKernels* found = Find(name);
  if (found != nullptr) Current().store(found);
  return found != nullptr;
}

}  // namespace upsample
