// Threads that wait for work, so that a call need not start any. To wake one that sleeps takes as
// long as a small call itself (0.1 ms on a virtual machine), so they wait awake for a while.
// Includes the standard library and POSIX only.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <system_error>
#include <thread>

namespace upsample {

// One pool serves a process. Never destroyed: its threads sleep until the process ends.
class ThreadPool {
 public:
  // After a fork the child has none of its parent's threads, and so gets a pool of its own.
  static ThreadPool& OfThisProcess() {
    static std::mutex mutex;
    static ThreadPool* pool = nullptr;
    static pid_t owner = 0;
    // A fork in another thread, just here, leaves the child a mutex that nobody will unlock: then
    // it does without.
    const std::unique_lock<std::mutex> lock(mutex, std::try_to_lock);
    thread_local ThreadPool alone(/*max_workers=*/0);
    if (!lock.owns_lock()) return alone;
    if (owner != getpid()) {
      pool = new ThreadPool(std::max(1, static_cast<int>(std::thread::hardware_concurrency())) - 1);
      owner = getpid();
    }
    return *pool;
  }

  explicit ThreadPool(int max_workers) : max_workers_(max_workers) {}

  // Calls work(share) once for each of 0 <= share < shares, on the calling thread and at most
  // threads - 1 others, and returns when all are done. Whoever is free takes the next share, so
  // that a thread that wakes up late delays nobody. While one call has the pool, others do without.
  void Run(int64_t shares, int64_t threads, const std::function<void(int64_t)>& work) {
    std::atomic<int64_t> next{0};
    const auto take_shares = [&] {
      for (int64_t share = next++; share < shares; share = next++) work(share);
    };
    const int64_t helpers = std::min<int64_t>({shares, threads, max_workers_ + int64_t{1}}) - 1;
    const std::unique_lock<std::mutex> caller(caller_mutex_, std::try_to_lock);
    if (helpers < 1 || !caller.owns_lock()) return take_shares();
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      while (workers_ < helpers && StartWorker()) ++workers_;
      job_ = take_shares;
      vacancies_ = helpers;
    }
    for (int64_t i = 0; i < helpers; ++i) wake_.notify_one();  // costs nothing if none sleeps
    take_shares();
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      vacancies_ = 0;
    }
    const auto all_are_done = [&] { return busy_ == 0; };
    if (WaitAwake(all_are_done)) return;
    std::unique_lock<std::mutex> lock(mutex_);
    caller_sleeps_ = true;
    idle_.wait(lock, all_are_done);
    caller_sleeps_ = false;
  }

 private:
  // False if the system has no more threads.
  bool StartWorker() {
    try {
      std::thread([this] { Work(); }).detach();
      return true;
    } catch (const std::system_error&) {
      return false;
    }
  }

  // False if it took too long.
  template <typename Condition>
  static bool WaitAwake(const Condition& condition) {
    constexpr auto kPatience = std::chrono::microseconds(100);
    const auto begin = std::chrono::steady_clock::now();
    while (!condition()) {
      if (std::chrono::steady_clock::now() - begin > kPatience) return false;
      std::this_thread::yield();  // whoever else wants the processor goes first
    }
    return true;
  }

  [[noreturn]] void Work() {
    const auto there_is_work = [&] { return vacancies_ > 0; };
    while (true) {
      WaitAwake(there_is_work);
      std::unique_lock<std::mutex> lock(mutex_);
      if (vacancies_ == 0) wake_.wait(lock);
      if (vacancies_ == 0) continue;  // too late for this call, awake for the next one
      --vacancies_;
      ++busy_;
      const std::function<void()> job = job_;
      lock.unlock();
      job();
      lock.lock();
      if (--busy_ == 0 && caller_sleeps_) idle_.notify_one();
    }
  }

  const int max_workers_;
  std::mutex caller_mutex_;
  std::mutex mutex_;  // of all below; the atomic ones are looked at without it, too
  std::condition_variable wake_;
  std::condition_variable idle_;
  int64_t workers_ = 0;
  bool caller_sleeps_ = false;
  std::atomic<int64_t> vacancies_{0};  // how many more may join the job
  std::atomic<int64_t> busy_{0};
  std::function<void()> job_;
};

}  // namespace upsample
