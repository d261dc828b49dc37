// What the files of the pretend CUDA driver share: its log.
#pragma once

#include <cuda.h>

// Appends a line to the file that $PRETEND_CUDA_LOG names: `name`, `library=` and the file that
// the code at `caller` was loaded from, and what `format` makes, of the form key=value. Nothing in
// a line but what separates these contains a space.
void WriteToLog(void* caller, const char* name, const char* format, ...)
    __attribute__((format(printf, 3, 4)));

enum { PRETEND_DEVICES = 2 };

// The device of this thread's current context, or -1.
int PretendDevice(void);

// Adds a launch to the graph that a stream is captured into, and returns whether there is one.
int PretendRecord(CUstream stream);

// For use in a driver function: logs the call.
#define LOG(...) WriteToLog(__builtin_return_address(0), __func__, __VA_ARGS__)

// Driver functions that have nothing to do here. The first kind is logged.
#define LOGGED(function) \
  CUresult function {    \
    LOG("");             \
    return CUDA_SUCCESS; \
  }
#define SILENT(function) \
  CUresult function { return CUDA_SUCCESS; }
