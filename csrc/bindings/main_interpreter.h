// The modules' entry. Includes pybind11.
#pragma once

#include <pybind11/pybind11.h>

#include <exception>

namespace upsample {

// pybind11 would wait for a lock that its own thread has, in an interpreter that isn't the first
// one of the process: Python's functions for the lock (PyGILState) know that one alone.
inline bool IsInMainInterpreter() {
  if (PyInterpreterState_Get() == PyInterpreterState_Main()) return true;
  PyErr_SetString(PyExc_ImportError, "a sub-interpreter of Python can't use this module");
  return false;
}

}  // namespace upsample

// PYBIND11_MODULE(name, variable) for the main interpreter, and an ImportError in others.
// The first exception of a thread takes memory of that thread's own. Here it takes that of the
// thread that imports, so that it can say later that there is none left.
#define UPSAMPLE_MODULE(name, variable)                                         \
  extern "C" PyObject* PyInit_main##name();                                     \
  extern "C" __attribute__((visibility("default"))) PyObject* PyInit_##name() { \
    (void)std::uncaught_exceptions();                                           \
    return ::upsample::IsInMainInterpreter() ? PyInit_main##name() : nullptr;   \
  }                                                                             \
  PYBIND11_MODULE(main##name, variable)
