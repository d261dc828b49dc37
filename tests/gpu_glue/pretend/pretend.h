// What the files of the pretend CUDA driver share: its log.
#pragma once

#include <cuda.h>

// Appends a line to the file that $PRETEND_CUDA_LOG names: `name`, `library=` with the file from
// which the code at `caller` was loaded, and what `format` makes, in the form key=value. Only the
// separators in a line are spaces.
void WriteToLog(void* caller, const char* name, const char* format, ...)
    __attribute__((format(printf, 3, 4)));

enum { PRETEND_DEVICES = 2 };

// Returns the device of this thread's current context, or -1.
int PretendDevice(void);

// Adds a launch to the graph into which a stream is captured, and returns whether there is one.
int PretendRecord(CUstream stream);

// Logs the call of the driver function in which it is used.
#define LOG(...) WriteToLog(__builtin_return_address(0), __func__, __VA_ARGS__)

// These make driver functions that have nothing to do here. The first kind is logged.
#define LOGGED(function) \
  CUresult function {    \
    LOG("");             \
    return CUDA_SUCCESS; \
  }
#define SILENT(function) \
  CUresult function { return CUDA_SUCCESS; }
