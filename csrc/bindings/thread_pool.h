// Threads that wait for work, so that a call need not start any. Waking a thread that sleeps takes
// as long as a small call itself (0.1 ms on a virtual machine), so they wait awake for a while.
// They allocate nothing and throw nothing, because a thread without memory for that could not
// report it. This file includes the standard library and POSIX only.
#pragma once

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <new>
#include <thread>

namespace upsample {

// One pool serves a process. It is never destroyed: its threads sleep until the process ends.
class ThreadPool {
 public:
  // Calls work(share) once for each of 0 <= share < shares, on the calling thread and at most
  // threads - 1 others, and returns when all are done. Whichever thread is free takes the next
  // share, so a thread that wakes up late delays nobody. While one call has the pool, others do
  // without it.
  static void Run(int64_t shares, int64_t threads, const std::function<void(int64_t)>& work) {
    Job job = {shares, work};
    ThreadPool* const pool = OfThisProcess();
    if (pool == nullptr || !pool->Share(std::min(shares, threads) - 1, &job)) job.TakeShares();
  }

 private:
  struct Job {
    const int64_t shares;
    const std::function<void(int64_t)>& work;
    std::atomic<int64_t> next{0};

    void TakeShares() {
      for (int64_t share = next++; share < shares; share = next++) work(share);
    }
  };

  explicit ThreadPool(int max_workers) : max_workers_(max_workers) {}

  // After a fork the child has none of its parent's threads, and so it gets a pool of its own. The
  // result is null where there is no memory for a pool, and where a fork in another thread, during
  // this function, has left the child a mutex that nobody will unlock.
  static ThreadPool* OfThisProcess() {
    static std::mutex mutex;
    static ThreadPool* pool = nullptr;
    static pid_t owner = 0;
    const std::unique_lock<std::mutex> lock(mutex, std::try_to_lock);
    if (!lock.owns_lock()) return nullptr;
    if (owner != getpid()) {
      const int processors = static_cast<int>(std::thread::hardware_concurrency());
      pool = new (std::nothrow) ThreadPool(std::max(1, processors) - 1);
      if (pool != nullptr) owner = getpid();
    }
    return pool;
  }

  // Does a job with at most so many helpers. It returns false, with nothing done, if none are
  // available.
  bool Share(int64_t most_helpers, Job* job) {
    const int64_t helpers = std::min<int64_t>(most_helpers, max_workers_);
    const std::unique_lock<std::mutex> caller(caller_mutex_, std::try_to_lock);
    if (helpers < 1 || !caller.owns_lock()) return false;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      while (workers_ < helpers && StartWorker()) ++workers_;
      job_ = job;
      vacancies_ = helpers;
    }
    for (int64_t i = 0; i < helpers; ++i) wake_.notify_one();  // costs nothing if none sleeps
    job->TakeShares();
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      vacancies_ = 0;
    }
    const auto all_are_done = [&] { return busy_ == 0; };
    if (WaitAwake(all_are_done)) return true;
    std::unique_lock<std::mutex> lock(mutex_);
    caller_sleeps_ = true;
    idle_.wait(lock, all_are_done);
    caller_sleeps_ = false;
    return true;
  }

  // Returns false if the system has no more threads, or no memory for one.
  bool StartWorker() {
    const auto work = [](void* pool) -> void* { static_cast<ThreadPool*>(pool)->Work(); };
    pthread_t thread;
    return pthread_create(&thread, nullptr, work, this) == 0 && pthread_detach(thread) == 0;
  }

  // Returns false if it took too long.
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
      if (vacancies_ == 0) continue;  // too late for this call, but awake for the next one
      --vacancies_;
      ++busy_;
      Job* const job = job_;
      lock.unlock();
      job->TakeShares();
      lock.lock();
      if (--busy_ == 0 && caller_sleeps_) idle_.notify_one();
    }
  }

  const int max_workers_;
  std::mutex caller_mutex_;
  std::mutex mutex_;  // guards all below; the atomic members are also read without it
  std::condition_variable wake_;
  std::condition_variable idle_;
  int64_t workers_ = 0;
  bool caller_sleeps_ = false;
  std::atomic<int64_t> vacancies_{0};  // how many more may join the job
  std::atomic<int64_t> busy_{0};
  Job* job_ = nullptr;  // its owner waits until nobody is busy with it
};

}  // namespace upsample
