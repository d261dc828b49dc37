// The pretend driver's memory, which is the host's, and its streams and events, on which
// everything has happened already.
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "pretend.h"

// Allocations -------------------------------------------------------------------------------------

static CUresult Allocate(size_t bytes, void** memory) {
  return posix_memalign(memory, 512, bytes) == 0 ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}

CUresult cuMemAlloc(CUdeviceptr* memory, size_t bytes) {
  LOG("bytes=%zu", bytes);
  return Allocate(bytes, (void**)memory);
}

CUresult cuMemFree(CUdeviceptr memory) {
  LOG("");
  free((void*)memory);
  return CUDA_SUCCESS;
}

CUresult cuMemAllocAsync(CUdeviceptr* memory, size_t bytes, CUstream stream) {
  LOG("bytes=%zu stream=%p", bytes, (void*)stream);
  return Allocate(bytes, (void**)memory);
}

CUresult cuMemFreeAsync(CUdeviceptr memory, CUstream stream) {
  LOG("stream=%p", (void*)stream);
  free((void*)memory);
  return CUDA_SUCCESS;
}

CUresult cuMemHostAlloc(void** memory, size_t bytes, unsigned flags) {
  LOG("bytes=%zu", bytes);
  return Allocate(bytes, memory);
}

CUresult cuMemAllocHost(void** memory, size_t bytes) {
  LOG("bytes=%zu", bytes);
  return Allocate(bytes, memory);
}

CUresult cuMemFreeHost(void* memory) {
  LOG("");
  free(memory);
  return CUDA_SUCCESS;
}

LOGGED(cuMemHostRegister(void* memory, size_t bytes, unsigned flags))
LOGGED(cuMemHostUnregister(void* memory))

CUresult cuMemHostGetDevicePointer(CUdeviceptr* device, void* host, unsigned flags) {
  *device = (CUdeviceptr)host;
  return CUDA_SUCCESS;
}

CUresult cuMemGetAddressRange(CUdeviceptr* base, size_t* bytes, CUdeviceptr memory) {
  *base = memory;
  *bytes = 1 << 20;
  return CUDA_SUCCESS;
}

CUresult cuPointerGetAttribute(void* value, CUpointer_attribute attribute, CUdeviceptr memory) {
  LOG("attribute=%d", (int)attribute);
  const int is_type = attribute == CU_POINTER_ATTRIBUTE_MEMORY_TYPE;
  *(unsigned*)value = is_type ? CU_MEMORYTYPE_DEVICE : 0;
  return CUDA_SUCCESS;
}

// Copies and fills --------------------------------------------------------------------------------

#define COPY(function, to, from, stream)              \
  CUresult function {                                 \
    LOG("bytes=%zu stream=%p", bytes, (void*)stream); \
    memmove((void*)to, (const void*)from, bytes);     \
    return CUDA_SUCCESS;                              \
  }
COPY(cuMemcpy(CUdeviceptr to, CUdeviceptr from, size_t bytes), to, from, 0)
COPY(cuMemcpyHtoD(CUdeviceptr to, const void* from, size_t bytes), to, from, 0)
COPY(cuMemcpyDtoH(void* to, CUdeviceptr from, size_t bytes), to, from, 0)
COPY(cuMemcpyDtoD(CUdeviceptr to, CUdeviceptr from, size_t bytes), to, from, 0)
COPY(cuMemcpyAsync(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream s), to, from, s)
COPY(cuMemcpyHtoDAsync(CUdeviceptr to, const void* from, size_t bytes, CUstream s), to, from, s)
COPY(cuMemcpyDtoHAsync(void* to, CUdeviceptr from, size_t bytes, CUstream s), to, from, s)
COPY(cuMemcpyDtoDAsync(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream s), to, from, s)

#define FILL(function, type, stream)                             \
  CUresult function {                                            \
    LOG("bytes=%zu stream=%p", n * sizeof value, (void*)stream); \
    for (size_t i = 0; i < n; ++i) ((type*)to)[i] = value;       \
    return CUDA_SUCCESS;                                         \
  }
FILL(cuMemsetD8(CUdeviceptr to, unsigned char value, size_t n), unsigned char, 0)
FILL(cuMemsetD32(CUdeviceptr to, unsigned value, size_t n), unsigned, 0)
FILL(cuMemsetD8Async(CUdeviceptr to, unsigned char value, size_t n, CUstream s), unsigned char, s)
FILL(cuMemsetD32Async(CUdeviceptr to, unsigned value, size_t n, CUstream s), unsigned, s)

// Streams and events ------------------------------------------------------------------------------

CUresult cuStreamCreateWithPriority(CUstream* stream, unsigned flags, int priority) {
  *stream = (CUstream)malloc(1);
  LOG("stream=%p", (void*)*stream);
  return CUDA_SUCCESS;
}

CUresult cuStreamCreate(CUstream* stream, unsigned flags) {
  *stream = (CUstream)malloc(1);
  LOG("stream=%p", (void*)*stream);
  return CUDA_SUCCESS;
}

CUresult cuStreamDestroy(CUstream stream) {
  LOG("stream=%p", (void*)stream);
  free(stream);
  return CUDA_SUCCESS;
}

CUresult cuStreamSynchronize(CUstream stream) {
  LOG("stream=%p", (void*)stream);
  return CUDA_SUCCESS;
}

CUresult cuStreamWaitEvent(CUstream stream, CUevent event, unsigned flags) {
  LOG("stream=%p", (void*)stream);
  return CUDA_SUCCESS;
}

LOGGED(cuCtxSynchronize(void))
SILENT(cuStreamQuery(CUstream stream))

CUresult cuStreamGetPriority(CUstream stream, int* priority) {
  *priority = 0;
  return CUDA_SUCCESS;
}

CUresult cuLaunchHostFunc(CUstream stream, CUhostFn function, void* data) {
  LOG("stream=%p", (void*)stream);
  function(data);
  return CUDA_SUCCESS;
}

CUresult cuStreamAddCallback(CUstream stream, CUstreamCallback function, void* data,
                             unsigned flags) {
  LOG("stream=%p", (void*)stream);
  function(stream, CUDA_SUCCESS, data);
  return CUDA_SUCCESS;
}

CUresult cuEventCreate(CUevent* event, unsigned flags) {
  *event = (CUevent)malloc(1);
  return CUDA_SUCCESS;
}

CUresult cuEventDestroy(CUevent event) {
  free(event);
  return CUDA_SUCCESS;
}

CUresult cuEventRecord(CUevent event, CUstream stream) {
  LOG("stream=%p", (void*)stream);
  return CUDA_SUCCESS;
}

SILENT(cuEventQuery(CUevent event))
LOGGED(cuEventSynchronize(CUevent event))

CUresult cuEventElapsedTime(float* milliseconds, CUevent start, CUevent end) {
  *milliseconds = 1;
  return CUDA_SUCCESS;
}
