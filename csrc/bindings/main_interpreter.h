// The modules' entry. This file includes pybind11.
#pragma once

#include <pybind11/pybind11.h>

#include <exception>

namespace upsample {

// In an interpreter that isn't the process's first one, pybind11 would wait for a lock that its own
// thread has, because Python's functions for the lock (PyGILState) know the first interpreter
// alone.
inline bool IsInMainInterpreter() {
  if (PyInterpreterState_Get() == PyInterpreterState_Main()) return true;
  PyErr_SetString(PyExc_ImportError, "a sub-interpreter of Python can't use this module");
  return false;
}

}  // namespace upsample

// This is PYBIND11_MODULE(name, variable) for the main interpreter, and an ImportError in others. A
// thread's first exception takes memory of that thread's own. Here the importing thread takes that
// memory, so that it can say later that there is none left.
#define UPSAMPLE_MODULE(name, variable)                                         \
  extern "C" PyObject* PyInit_main##name();                                     \
  extern "C" __attribute__((visibility("default"))) PyObject* PyInit_##name() { \
    (void)std::uncaught_exceptions();                                           \
    return ::upsample::IsInMainInterpreter() ? PyInit_main##name() : nullptr;   \
  }                                                                             \
  PYBIND11_MODULE(main##name, variable)
