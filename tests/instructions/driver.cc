// Calls UpsampleCpu for callgrind to count its instructions, with no Python in the process. This
// file includes core, cpu, the standard library and the system only.
//
// Each line of the standard input is a call: isa direction interpolation layout dtype shape size
// mode, in words between spaces, such as
//   avx2 forward bilinear NHWC float32 1 32 32 64 2 2 streamed
// The shape is that of the low-resolution tensor, in the order of the layout; the mode is streamed
// or cached. A line has a process of its own, whose number is printed, so that no count depends on
// what other calls left in the heap. There it is run twice, so that the second run meets no work
// that is done only once: of two calls of UpsampleCounted, it is the second that counts.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "core/validate.h"
#include "cpu/cache.h"
#include "cpu/isa.h"
#include "cpu/upsample_cpu.h"

namespace upsample {
namespace {

// Memory that is aligned to pages, as what is allocated for large tensors nearly is.
class Pages {
 public:
  explicit Pages(int64_t bytes) : data_(std::aligned_alloc(4096, (bytes + 4095) / 4096 * 4096)) {}
  ~Pages() { std::free(data_); }
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;
  void* get() const { return data_; }

 private:
  void* data_;
};

}  // namespace

// The name has no arguments, for callgrind's options.
extern "C" __attribute__((noinline)) void UpsampleCounted(Direction direction,
                                                          const Problem& problem, DType dtype,
                                                          const void* in, void* out,
                                                          const ParallelFor& parallel_for,
                                                          Status* status) {
  *status = UpsampleCpu(direction, problem, dtype, in, out, parallel_for);
}

namespace {

Status Run(const std::string& line) {
  std::istringstream words(line);
  std::string isa, way, interpolation, layout, dtype_name, mode;
  Shape shape(4), result;
  std::vector<int64_t> size(2);
  words >> isa >> way >> interpolation >> layout >> dtype_name;
  for (int64_t& dim : shape) words >> dim;
  words >> size[0] >> size[1] >> mode;
  if (words.fail()) return InvalidArgument("not a call: " + line);
  if (!SetCpuIsa(isa)) return InvalidArgument("no " + isa + " here");
  const bool streamed = mode == "streamed";
  SetLastLevelCacheBytes(streamed ? 1 : std::numeric_limits<int64_t>::max());

  // The spec is forward, because the shape is that of the small tensor.
  Spec spec;
  Problem problem;
  UPSAMPLE_RETURN_IF_ERROR(
      ParseSpec(Direction::kForward, dtype_name, size, interpolation, layout, &spec));
  UPSAMPLE_RETURN_IF_ERROR(MakeProblem(shape, spec, &problem, &result));
  const Direction direction = way == "forward" ? Direction::kForward : Direction::kBackward;
  RowWork planned;
  UPSAMPLE_RETURN_IF_ERROR(PlanCpu(direction, problem, spec.dtype, nullptr, nullptr, &planned));
  if (planned.is_streamed != streamed) {
    return InvalidArgument("can't be " + mode + ": " + line);
  }

  const int64_t small = Info(spec.dtype).bytes * shape[0] * shape[1] * shape[2] * shape[3];
  const int64_t large = small * size[0] * size[1];
  const bool forward = direction == Direction::kForward;
  const Pages in(forward ? small : large), out(forward ? large : small);
  const ParallelFor one_thread = [](int64_t total, int64_t, const RangeWork& work) {
    work(0, total);
  };
  // Any values are good enough, because no kernel branches on them.
  for (int64_t i = 0; i < (forward ? small : large); ++i) static_cast<char*>(in.get())[i] = 0;
  for (int run = 0; run < 2; ++run) {
    Status outcome;
    UpsampleCounted(direction, problem, spec.dtype, in.get(), out.get(), one_thread, &outcome);
    if (!outcome.ok()) return outcome;
  }
  return {};
}

}  // namespace
}  // namespace upsample

int main() {
  // Nothing here allocates between the lines, so all processes begin with the same heap.
  std::setvbuf(stdout, nullptr, _IONBF, 0);
  std::string line;
  line.reserve(1024);
  while (std::getline(std::cin, line)) {
    const pid_t child = fork();
    if (child == 0) {
      const upsample::Status status = upsample::Run(line);
      if (!status.ok()) std::cerr << status.message << '\n';
      // The usual end would move the position in the file that the parent still reads.
      _exit(status.ok() ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    int outcome;
    if (child < 0 || waitpid(child, &outcome, 0) != child || outcome != 0) return EXIT_FAILURE;
    std::printf("%d\n", static_cast<int>(child));
  }
  return EXIT_SUCCESS;
}
