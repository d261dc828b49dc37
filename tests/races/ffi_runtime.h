// What XLA offers to the handlers of custom calls, made from the standard library's threads.
// ThreadSanitizer sees all of their synchronisation, while XLA's own isn't compiled for it. This
// file includes XLA's foreign function interface and the standard library only.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "xla/ffi/api/c_api.h"

struct XLA_FFI_Error {
  std::string message;
};

struct XLA_FFI_Future {
  std::mutex mutex;
  std::condition_variable is_done;
  bool done = false;
  XLA_FFI_Error* error = nullptr;

  void Complete(XLA_FFI_Error* with) {
    const std::lock_guard<std::mutex> lock(mutex);
    error = with;
    done = true;
    is_done.notify_all();
  }
  XLA_FFI_Error* Wait() {
    std::unique_lock<std::mutex> lock(mutex);
    is_done.wait(lock, [this] { return done; });
    return error;
  }
};

// A pool of threads.
struct XLA_FFI_ExecutionContext {
  explicit XLA_FFI_ExecutionContext(int count) {
    for (int i = 0; i < count; ++i) threads.emplace_back([this] { Work(); });
  }
  ~XLA_FFI_ExecutionContext() {
    Schedule(nullptr);
    for (std::thread& thread : threads) thread.join();
  }

  void Schedule(std::function<void()> task) {
    const std::lock_guard<std::mutex> lock(mutex);
    tasks.push_back(std::move(task));
    wake.notify_one();
  }

  // An empty task ends all threads.
  void Work() {
    while (true) {
      std::unique_lock<std::mutex> lock(mutex);
      wake.wait(lock, [this] { return !tasks.empty(); });
      if (!tasks.front()) return wake.notify_all();
      const std::function<void()> task = std::move(tasks.front());
      tasks.pop_front();
      lock.unlock();
      task();
    }
  }

  std::mutex mutex;
  std::condition_variable wake;
  std::deque<std::function<void()>> tasks;
  std::vector<std::thread> threads;
};

// The handlers that have registered themselves, by name.
inline std::map<std::string, XLA_FFI_Handler*>& Handlers() {
  static std::map<std::string, XLA_FFI_Handler*> handlers;
  return handlers;
}

inline XLA_FFI_Api MakeFfiApi() {
  XLA_FFI_Api api = {};
  api.struct_size = XLA_FFI_Api_STRUCT_SIZE;
  api.api_version = {XLA_FFI_Api_Version_STRUCT_SIZE, nullptr, XLA_FFI_API_MAJOR,
                     XLA_FFI_API_MINOR};
  api.XLA_FFI_Error_Create = [](XLA_FFI_Error_Create_Args* args) {
    return new XLA_FFI_Error{args->message};
  };
  api.XLA_FFI_Error_GetMessage = [](XLA_FFI_Error_GetMessage_Args* args) {
    args->message = args->error->message.c_str();
  };
  api.XLA_FFI_Error_Destroy = [](XLA_FFI_Error_Destroy_Args* args) { delete args->error; };
  api.XLA_FFI_Handler_Register = [](XLA_FFI_Handler_Register_Args* args) {
    Handlers()[std::string(args->name.ptr, args->name.len)] = args->bundle.execute;
    return static_cast<XLA_FFI_Error*>(nullptr);
  };
  api.XLA_FFI_ThreadPool_Schedule = [](XLA_FFI_ThreadPool_Schedule_Args* args) {
    args->ctx->Schedule([task = args->task, data = args->data] { task(data); });
    return static_cast<XLA_FFI_Error*>(nullptr);
  };
  api.XLA_FFI_ThreadPool_NumThreads = [](XLA_FFI_ThreadPool_NumThreads_Args* args) {
    *args->num_threads = static_cast<int64_t>(args->ctx->threads.size());
    return static_cast<XLA_FFI_Error*>(nullptr);
  };
  api.XLA_FFI_Future_Create = [](XLA_FFI_Future_Create_Args* args) {
    args->future = new XLA_FFI_Future;
    return static_cast<XLA_FFI_Error*>(nullptr);
  };
  api.XLA_FFI_Future_SetAvailable = [](XLA_FFI_Future_SetAvailable_Args* args) {
    args->future->Complete(nullptr);
    return static_cast<XLA_FFI_Error*>(nullptr);
  };
  api.XLA_FFI_Future_SetError = [](XLA_FFI_Future_SetError_Args* args) {
    args->future->Complete(args->error);
    return static_cast<XLA_FFI_Error*>(nullptr);
  };
  return api;
}
