// Releases Python's global lock (the GIL) for work that needs no Python. This file includes the
// standard library and Python only.
#pragma once

#include <Python.h>
#include <cxxabi.h>
#include <unistd.h>

namespace upsample {

// Releases the lock for as long as the object lives.
class GilRelease {
 public:
  GilRelease() : state_(PyEval_SaveThread()) {}
  GilRelease(const GilRelease&) = delete;
  GilRelease& operator=(const GilRelease&) = delete;

  // A thread that comes back when Python has begun to end never gets the lock. Up to 3.13 Python
  // then ends that thread by unwinding its stack, which C++ doesn't let through a destructor, and
  // which would release the caller's Python objects without the lock. So the thread stays here
  // until the process ends, which is what later Pythons do themselves.
  ~GilRelease() {
    try {
      PyEval_RestoreThread(state_);
    } catch (const abi::__forced_unwind&) {
      while (true) pause();
    }
  }

 private:
  PyThreadState* const state_;
};

}  // namespace upsample
