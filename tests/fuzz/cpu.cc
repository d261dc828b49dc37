// libFuzzer's target for the CPU kernels: any problem, on every instruction set that the processor
// has, cached and streamed, at any address, with its rows shared out in any way. This file includes
// core, cpu and the standard library only.
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "case.h"
#include "cpu/cache.h"
#include "cpu/isa.h"
#include "cpu/upsample_cpu.h"
#include "guarded.h"
#include "reference.h"

namespace upsample::fuzz {
namespace {

// This is larger than any tensor that a case can have.
constexpr int64_t kMostBytes = int64_t{2} << 20;

// Where tensors lie in one run, and how its rows are shared out.
struct Setting {
  bool in_at_end, out_at_end;
  int64_t in_distance, out_distance;  // in elements
  bool streams;
  int64_t shares;
  bool is_planned;  // whether by the caller that doesn't wait
  uint64_t order;
};

Setting ReadSetting(Reader* reader) {
  const int flags = reader->Byte();
  const int distances = reader->Byte();
  const int64_t distance[] = {0, 0, 0, 1, 2, 3, 7, 16};
  return {(flags & 1) != 0,        (flags & 2) != 0,
          distance[distances % 8], distance[distances / 8 % 8],
          (flags & 4) != 0,        1 + flags / 32,
          (flags & 8) != 0,        static_cast<uint64_t>(distances)};
}

// Returns ranges that cover [0, rows), in any order, some of them empty.
std::vector<std::pair<int64_t, int64_t>> Shares(int64_t rows, const Setting& setting) {
  Generator generator(setting.order);
  std::vector<int64_t> ends = {0, rows};
  for (int64_t i = 1; i < setting.shares; ++i) ends.push_back(generator.Below(rows + 1));
  std::sort(ends.begin(), ends.end());
  std::vector<std::pair<int64_t, int64_t>> shares;
  for (size_t i = 1; i < ends.size(); ++i) {
    if (ends[i - 1] < ends[i]) shares.emplace_back(ends[i - 1], ends[i]);
  }
  std::rotate(shares.begin(), shares.begin() + generator.Below(shares.size()), shares.end());
  return shares;
}

Status Call(const Case& the, const Setting& setting, const char* in, char* out) {
  if (!setting.is_planned) {
    return UpsampleCpu(the.direction, the.problem, the.dtype, in, out,
                       [&](int64_t rows, int64_t, const RangeWork& work) {
                         for (const auto& [begin, end] : Shares(rows, setting)) work(begin, end);
                       });
  }
  RowWork work;
  UPSAMPLE_RETURN_IF_ERROR(PlanCpu(the.direction, the.problem, the.dtype, in, out, &work));
  if (work.rows == 0) return {};
  for (const auto& [begin, end] : Shares(work.rows, setting)) {
    if (!work.write(begin, end)) return OutOfMemory();
  }
  return {};
}

// Runs the kernel, and returns where the result is.
const char* Run(const Case& the, const Setting& setting, const std::string& who) {
  static Guarded in_memory(kMostBytes), out_memory(kMostBytes);
  const int64_t element = Info(the.dtype).bytes;
  const int64_t in_bytes = static_cast<int64_t>(the.in.size());
  char* const in = in_memory.Place(in_bytes, setting.in_at_end, setting.in_distance * element);
  char* const out =
      out_memory.Place(the.out_bytes, setting.out_at_end, setting.out_distance * element);
  if (in_bytes > 0) std::memcpy(in, the.in.data(), in_bytes);
  SetLastLevelCacheBytes(setting.streams ? 1 : std::numeric_limits<int64_t>::max());
  const Status status = Call(the, setting, in, out);
  Require(status.ok(), who + ": " + status.message);
  Require(in_memory.IsIntactAround() && out_memory.IsIntactAround(),
          who + ": wrote beside the result");
  Require(in_bytes == 0 || std::memcmp(in, the.in.data(), in_bytes) == 0,
          who + ": wrote to its input");
  return out;
}

void CheckAll(const Case& the, const Setting (&settings)[2]) {
  std::vector<char> first;
  for (const std::string& isa : CpuIsas()) {
    Require(SetCpuIsa(isa), "no " + isa);
    for (const Setting& setting : settings) {
      const std::string who = Describe(the) + " on " + isa +
                              (setting.streams ? ", streamed" : ", cached") +
                              (setting.in_at_end ? ", in at the end" : ", in at the beginning") +
                              (setting.out_at_end ? ", out at the end" : ", out at the beginning");
      const char* const out = Run(the, setting, who);
      if (first.empty()) {
        Reference(the).Check(out, /*keeps_negative_zeros=*/true, who);
        first.assign(out, out + the.out_bytes);
      }
      Require(AreSameBits(the, first.data(), out), who + ": other bits than " + CpuIsas()[0]);
    }
  }
}

}  // namespace
}  // namespace upsample::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace upsample::fuzz;  // NOLINT: of this function alone
  Reader reader(data, size);
  const Setting first = ReadSetting(&reader);
  // Both ends of each tensor are tried, and both ways to the memory.
  const Setting second = {
      !first.in_at_end, !first.out_at_end, 0, 0, !first.streams, 1, !first.is_planned, 0};
  CheckAll(ReadCase(&reader), {first, second});
  return 0;
}
