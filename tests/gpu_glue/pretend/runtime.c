// A pretend CUDA runtime, which finds out the names of kernels and leaves all else to the pretend
// driver. It is libcudart.so.12 for TensorFlow, and it is linked into our kernels in place of
// NVIDIA's static runtime, which would refuse the pretend driver.
#define _GNU_SOURCE
#include <cuda_runtime_api.h>
#include <stdlib.h>
#include <string.h>

#include "pretend.h"

// Registered kernels ------------------------------------------------------------------------------

static struct {
  const void* host_function;
  const char* name;
}* kernels;
static size_t n_kernels;

void** __cudaRegisterFatBinary(void* fat_binary) { return malloc(sizeof(void*)); }
void __cudaRegisterFatBinaryEnd(void** handle) {}
void __cudaUnregisterFatBinary(void** handle) { free(handle); }
void __cudaRegisterVar(void** handle, char* host, char* device, const char* name, int is_external,
                       size_t bytes, int is_constant, int is_global) {}

// This runs while libraries are loaded, one at a time.
void __cudaRegisterFunction(void** handle, const char* host_function, char* device_function,
                            const char* name, int thread_limit, void* a, void* b, void* c, void* d,
                            int* e) {
  if ((n_kernels & (n_kernels - 1)) == 0) {
    kernels = realloc(kernels, (n_kernels ? 2 * n_kernels : 1) * sizeof *kernels);
    if (!kernels) abort();
  }
  kernels[n_kernels].host_function = host_function;
  kernels[n_kernels++].name = name;
}

static const char* NameOf(const void* host_function) {
  for (size_t i = 0; i < n_kernels; ++i) {
    if (kernels[i].host_function == host_function) return kernels[i].name;
  }
  return NULL;
}

// Launches ----------------------------------------------------------------------------------------

static __thread cudaError_t last_error = cudaSuccess;

cudaError_t cudaLaunchKernel(const void* host_function, dim3 grid, dim3 block, void** parameters,
                             size_t shared_bytes, cudaStream_t stream) {
  const char* name = NameOf(host_function);
  if (!name) return last_error = cudaErrorInvalidDeviceFunction;
  const CUresult result = cuLaunchKernel((CUfunction)name, grid.x, grid.y, grid.z, block.x, block.y,
                                         block.z, shared_bytes, stream, parameters, NULL);
  // A runtime's errors have the driver's numbers.
  if (result != CUDA_SUCCESS) last_error = (cudaError_t)result;
  return (cudaError_t)result;
}

cudaError_t cudaLaunchKernelExC(const cudaLaunchConfig_t* config, const void* host_function,
                                void** parameters) {
  return cudaLaunchKernel(host_function, config->gridDim, config->blockDim, parameters,
                          config->dynamicSmemBytes, config->stream);
}

// The code that nvcc makes of <<<...>>> comes here, with the dimensions pushed before and popped
// after.
static __thread struct {
  dim3 grid, block;
  size_t shared_bytes;
  void* stream;
} pushed;

unsigned __cudaPushCallConfiguration(dim3 grid, dim3 block, size_t shared_bytes, void* stream) {
  pushed.grid = grid;
  pushed.block = block;
  pushed.shared_bytes = shared_bytes;
  pushed.stream = stream;
  return 0;
}

cudaError_t __cudaPopCallConfiguration(dim3* grid, dim3* block, size_t* shared_bytes,
                                       void* stream) {
  *grid = pushed.grid;
  *block = pushed.block;
  *shared_bytes = pushed.shared_bytes;
  *(void**)stream = pushed.stream;
  return cudaSuccess;
}

// CUDA 13 uses this function for the same.
cudaError_t __cudaGetKernel(cudaKernel_t* kernel, const void* host_function) {
  *kernel = (cudaKernel_t)host_function;
  return cudaSuccess;
}

cudaError_t __cudaLaunchKernel(cudaKernel_t kernel, dim3 grid, dim3 block, void** parameters,
                               size_t shared_bytes, cudaStream_t stream) {
  return cudaLaunchKernel(kernel, grid, block, parameters, shared_bytes, stream);
}

cudaError_t cudaGetFuncBySymbol(cudaFunction_t* function, const void* host_function) {
  *function = (cudaFunction_t)NameOf(host_function);
  return *function ? cudaSuccess : cudaErrorInvalidDeviceFunction;
}

// Errors ------------------------------------------------------------------------------------------

cudaError_t cudaPeekAtLastError(void) { return last_error; }

cudaError_t cudaGetLastError(void) {
  const cudaError_t error = last_error;
  last_error = cudaSuccess;
  return error;
}

const char* cudaGetErrorName(cudaError_t error) {
  return error == cudaErrorLaunchOutOfResources ? "cudaErrorLaunchOutOfResources" : "another error";
}

const char* cudaGetErrorString(cudaError_t error) {
  return error == cudaErrorLaunchOutOfResources ? "too many resources requested for launch"
                                                : "another error of the pretend runtime";
}

// What TensorFlow asks for otherwise, and what our NumPy-like interface does ----------------------

#define ANSWER(function, variable, value) \
  cudaError_t function {                  \
    *variable = value;                    \
    return cudaSuccess;                   \
  }
ANSWER(cudaGetDeviceCount(int* count), count, PRETEND_DEVICES)
ANSWER(cudaDriverGetVersion(int* version), version, 13000)
ANSWER(cudaRuntimeGetVersion(int* version), version, 12050)
ANSWER(cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* n, const void* f, int block, size_t s), n,
       2)
ANSWER(cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int* n, const void* f, int block,
                                                              size_t s, unsigned flags),
       n, 2)

cudaError_t cudaGetDevice(int* device) { return (cudaError_t)cuCtxGetDevice(device); }

cudaError_t cudaSetDevice(int device) {
  CUcontext context;
  cuDevicePrimaryCtxRetain(&context, device);
  return (cudaError_t)cuCtxSetCurrent(context);
}

#undef cudaGetDeviceProperties
cudaError_t cudaGetDeviceProperties_v2(struct cudaDeviceProp* properties, int device) {
  memset(properties, 0, sizeof *properties);
  strcpy(properties->name, "pretend H200");
  properties->major = 9;
  properties->multiProcessorCount = 132;
  properties->warpSize = 32;
  properties->maxThreadsPerBlock = 1024;
  properties->maxThreadsPerMultiProcessor = 2048;
  properties->sharedMemPerBlock = 49152;
  properties->regsPerBlock = 65536;
  return cudaSuccess;
}

cudaError_t cudaFuncSetAttribute(const void* function, enum cudaFuncAttribute attribute,
                                 int value) {
  return cudaSuccess;
}

cudaError_t cudaPointerGetAttributes(struct cudaPointerAttributes* attributes, const void* memory) {
  attributes->type = cudaMemoryTypeDevice;
  attributes->device = 0;
  return cudaSuccess;
}

// The two kinds of attribute have the same numbers.
cudaError_t cudaDeviceGetAttribute(int* value, enum cudaDeviceAttr attribute, int device) {
  return (cudaError_t)cuDeviceGetAttribute(value, (CUdevice_attribute)attribute, device);
}

cudaError_t cudaFuncGetAttributes(struct cudaFuncAttributes* attributes, const void* function) {
  memset(attributes, 0, sizeof *attributes);
  attributes->maxThreadsPerBlock = 1024;
  attributes->numRegs = 32;
  attributes->binaryVersion = attributes->ptxVersion = 90;
  return cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, enum cudaMemcpyKind kind,
                            cudaStream_t stream) {
  return (cudaError_t)cuMemcpyAsync((CUdeviceptr)to, (CUdeviceptr)from, bytes, stream);
}

cudaError_t cudaMemsetAsync(void* to, int value, size_t bytes, cudaStream_t stream) {
  return (cudaError_t)cuMemsetD8Async((CUdeviceptr)to, (unsigned char)value, bytes, stream);
}

cudaError_t cudaDeviceSynchronize(void) { return (cudaError_t)cuCtxSynchronize(); }
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  return (cudaError_t)cuStreamSynchronize(stream);
}
cudaError_t cudaStreamQuery(cudaStream_t stream) { return (cudaError_t)cuStreamQuery(stream); }

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned flags) {
  return (cudaError_t)cuEventCreate(event, flags);
}
cudaError_t cudaEventDestroy(cudaEvent_t event) { return (cudaError_t)cuEventDestroy(event); }
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  return (cudaError_t)cuEventRecord(event, stream);
}
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned flags) {
  return (cudaError_t)cuStreamWaitEvent(stream, event, flags);
}
