// What the op library offers to the XLA library: so the kernels' machine code exists once.
#pragma once

#define UPSAMPLE_EXPORT __attribute__((visibility("default")))
