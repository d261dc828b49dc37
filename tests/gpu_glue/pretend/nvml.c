// A pretend libnvidia-ml.so.1, without which TensorFlow sees no GPU.
int nvmlInit_v2(void) { return 0; }
int nvmlShutdown(void) { return 0; }
const char* nvmlErrorString(int error) { return "an error of the pretend NVML"; }

int nvmlDeviceGetHandleByPciBusId_v2(const char* id, void** device) {
  static char only;
  *device = &only;
  return 0;
}

int nvmlDeviceGetCurrPcieLinkGeneration(void* device, unsigned* generation) {
  *generation = 5;
  return 0;
}

int nvmlDeviceGetCurrPcieLinkWidth(void* device, unsigned* width) {
  *width = 16;
  return 0;
}

// There is no NVLink, and no fabric of them.
int nvmlDeviceGetNvLinkState(void* device, unsigned link, unsigned* is_active) {
  *is_active = 0;
  return 0;
}

int nvmlDeviceGetGpuFabricInfoV(void* device, void* info) { return 3; }
