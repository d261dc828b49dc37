// A pretend libcudnn.so.9: a handle and a version, without which XLA compiles nothing.
int cudnnCreate(void** handle) {
  static char only;
  *handle = &only;
  return 0;
}

int cudnnDestroy(void* handle) { return 0; }

// The version consists of major, minor and patch.
int cudnnGetProperty(int which, int* value) {
  *value = (int[]){9, 3, 0}[which];
  return 0;
}
