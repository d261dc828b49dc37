// libFuzzer's target for the bodies of the CUDA kernels: any problem, at any address, on any grid,
// and strips of any length. The emulator runs them, and fails where a GPU would. This file includes
// core, cpu, gpu/bodies, gpu/emulator and the standard library only.
#include <cstdint>
#include <string>
#include <vector>

#include "case.h"
#include "cpu/upsample_cpu.h"
#include "gpu/bodies/plan.h"
#include "gpu/emulator/emulate.h"
#include "guarded.h"
#include "reference.h"

namespace upsample::fuzz {
namespace {

// This is larger than any tensor that a case can have.
constexpr int64_t kMostBytes = int64_t{2} << 20;

Limits ReadLimits(Reader* reader) {
  Limits limits;
  const int choice = reader->Byte();
  if (choice % 2 == 1) limits.blocks = 1 + choice / 64;
  if (choice / 2 % 4 == 1) limits.narrow_indices = 1 << (choice / 8 % 16);
  if (choice / 8 % 2 == 1) {
    const int64_t threads = 1 + 7 * (choice / 16 % 16);
    limits.resident_threads = [threads](const Plan&) { return threads; };
  }
  return limits;
}

// Checks that the result has the bits of the CPU's kernels.
void CheckAgainstCpu(const Case& the, const char* out, const std::string& who) {
  std::vector<char> others(the.out_bytes);
  const Status status =
      UpsampleCpu(the.direction, the.problem, the.dtype, the.in.data(), others.data(),
                  [](int64_t rows, int64_t, const RangeWork& work) { work(0, rows); });
  Require(status.ok(), who + ": " + status.message);
  Require(AreSameBits(the, others.data(), out), who + ": other bits than on the CPU");
}

void Check(const Case& the, const Limits& limits, int in_distance, int out_distance) {
  if (the.problem.empty()) return;
  static Guarded in_memory(kMostBytes), out_memory(kMostBytes);
  const int64_t element = Info(the.dtype).bytes;
  const int64_t in_bytes = static_cast<int64_t>(the.in.size());
  // Distances from 0 on are after the first byte, and those from 8 on before the last one.
  char* const in = in_memory.Place(in_bytes, in_distance >= 8, in_distance % 8 * element);
  char* const out = out_memory.Place(the.out_bytes, out_distance >= 8, out_distance % 8 * element);
  std::memcpy(in, the.in.data(), in_bytes);
  const Plan plan = MakePlan(the.direction, the.problem, the.dtype, in, out, limits);
  const std::string who = Describe(the) + " as " + Describe(plan);
  MemoryLog log;
  const Status status = Emulate(plan, {in, in_bytes, out, the.out_bytes}, &log);
  Require(status.ok(), who + ": " + status.message);
  Require(in_memory.IsIntactAround() && out_memory.IsIntactAround(),
          who + ": wrote beside the result");
  // Bilinear's gradient adds in another order than the CPU, and starts from a positive zero.
  const bool is_like_the_cpu = the.is_forward() || the.is_nearest();
  Reference(the).Check(out, /*keeps_negative_zeros=*/is_like_the_cpu, who);
  if (is_like_the_cpu) CheckAgainstCpu(the, out, who);
}

}  // namespace
}  // namespace upsample::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace upsample::fuzz;  // NOLINT: of this function alone
  Reader reader(data, size);
  const upsample::Limits limits = ReadLimits(&reader);
  const int distances = reader.Byte();
  Check(ReadCase(&reader), limits, distances % 16, distances / 16);
  return 0;
}
