// The pretend driver's kernels. A function is its name, and a launch is a line in the log.
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "pretend.h"

static char module;
static CUresult launch_result = CUDA_SUCCESS;

// Sets for a test what launches return from now on.
void PretendCudaSetLaunchResult(int result) { launch_result = (CUresult)result; }

#define LOAD(function)        \
  CUresult function {         \
    LOG("");                  \
    *handle = (void*)&module; \
    return CUDA_SUCCESS;      \
  }
LOAD(cuModuleLoadData(CUmodule* handle, const void* image))
LOAD(cuModuleLoadFatBinary(CUmodule* handle, const void* image))
LOAD(cuModuleLoadDataEx(CUmodule* handle, const void* image, unsigned n, CUjit_option* options,
                        void** values))
SILENT(cuModuleUnload(CUmodule handle))

CUresult cuModuleGetLoadingMode(CUmoduleLoadingMode* mode) {
  *mode = CU_MODULE_LAZY_LOADING;
  return CUDA_SUCCESS;
}

CUresult cuModuleGetFunction(CUfunction* function, CUmodule handle, const char* name) {
  LOG("kernel=%s", name);
  *function = (CUfunction)strdup(name);
  return CUDA_SUCCESS;
}

CUresult cuModuleGetGlobal(CUdeviceptr* memory, size_t* bytes, CUmodule handle, const char* name) {
  LOG("variable=%s", name);
  return CUDA_ERROR_NOT_FOUND;
}

CUresult cuFuncGetAttribute(int* value, CUfunction_attribute attribute, CUfunction function) {
  *value = attribute == CU_FUNC_ATTRIBUTE_NUM_REGS                ? 32
           : attribute == CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK ? 1024
                                                                  : 0;
  return CUDA_SUCCESS;
}

SILENT(cuFuncSetAttribute(CUfunction function, CUfunction_attribute attribute, int value))
SILENT(cuFuncSetCacheConfig(CUfunction function, CUfunc_cache config))

CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, CUfunction function, int threads,
                                                     size_t shared_bytes) {
  *blocks = 2;
  return CUDA_SUCCESS;
}

CUresult cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int* blocks, CUfunction function,
                                                              int threads, size_t shared_bytes,
                                                              unsigned flags) {
  *blocks = 2;
  return CUDA_SUCCESS;
}

// The parameters of this project's kernels are the walk, the input and the output.
static void* Parameter(void** parameters, const char* kernel, int index) {
  return strstr(kernel, "UpsampleKernel") ? *(void**)parameters[index] : NULL;
}

CUresult cuLaunchKernel(CUfunction function, unsigned grid_x, unsigned grid_y, unsigned grid_z,
                        unsigned block_x, unsigned block_y, unsigned block_z, unsigned shared_bytes,
                        CUstream stream, void** parameters, void** extra) {
  const char* kernel = (const char*)function;
  LOG("device=%d stream=%p grid=%u,%u,%u block=%u,%u,%u shared=%u input=%p output=%p result=%d "
      "recorded=%d kernel=%s",
      PretendDevice(), (void*)stream, grid_x, grid_y, grid_z, block_x, block_y, block_z,
      shared_bytes, Parameter(parameters, kernel, 1), Parameter(parameters, kernel, 2),
      launch_result, PretendRecord(stream), kernel);
  return launch_result;
}

CUresult cuLaunchKernelEx(const CUlaunchConfig* c, CUfunction function, void** parameters,
                          void** extra) {
  const char* kernel = (const char*)function;
  LOG("device=%d stream=%p grid=%u,%u,%u block=%u,%u,%u shared=%u input=%p output=%p result=%d "
      "recorded=%d kernel=%s",
      PretendDevice(), (void*)c->hStream, c->gridDimX, c->gridDimY, c->gridDimZ, c->blockDimX,
      c->blockDimY, c->blockDimZ, c->sharedMemBytes, Parameter(parameters, kernel, 1),
      Parameter(parameters, kernel, 2), launch_result, PretendRecord(c->hStream), kernel);
  return launch_result;
}

// It answers like a driver too old for a runtime of CUDA 13. NVIDIA's runtime tests whether a
// driver is NVIDIA's before it launches anything, and this one isn't.
CUresult cuGetProcAddress(const char* name, void** function, int version, cuuint64_t flags,
                          CUdriverProcAddressQueryResult* result) {
  LOG("asked=%s version=%d", *name ? name : "-", version);
  *function = NULL;
  if (result) *result = CU_GET_PROC_ADDRESS_SYMBOL_NOT_FOUND;
  return CUDA_ERROR_NOT_FOUND;
}
