// What libupsample_kernels.so offers to the libraries for Python and TensorFlow beside it.
#pragma once

#define UPSAMPLE_EXPORT __attribute__((visibility("default")))
