// Threads call the kernels at once, on the pool that they share, under ThreadSanitizer.
#include <atomic>
#include <thread>

#include "bindings/threads.h"
#include "races/problems.h"

int main() {
  using namespace upsample;
  const std::vector<Call32> calls = AllCalls();
  std::atomic<int> done{0};
  const auto caller = [&](int number) {
    std::vector<float> out;
    for (int turn = 0; turn < 12; ++turn) {
      for (size_t i = 0; i < calls.size(); ++i) {
        const Call32& call = calls[(i + number) % calls.size()];
        out.assign(call.expected.size(), -1);
        const Status status =
            UpsampleCpu(call.spec.direction, call.problem, call.spec.dtype, call.in.data(),
                        out.data(), Threads(1 + (number + turn) % 4));
        Require(status.ok() && out == call.expected, "a result of the pool");
        ++done;
      }
      // The pool's threads fall asleep now and then.
      if (turn % 4 == number % 4) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  };
  std::vector<std::thread> threads;
  for (int number = 0; number < 6; ++number) threads.emplace_back(caller, number);
  for (std::thread& thread : threads) thread.join();
  std::printf("%d calls on the pool, no race\n", done.load());
  return 0;
}
