#!/usr/bin/env bash
# What `make gpu-check` runs once the kernels are built: tests, sanitizers, benchmark. The results
# go to the folder that the argument names.
set -euo pipefail

echo "testing on the GPU"
python3 -m pytest tests/gpu

if command -v compute-sanitizer > /dev/null; then
  for tool in memcheck racecheck initcheck; do
    echo "compute-sanitizer $tool"
    compute-sanitizer --tool "$tool" --kernel-regex kns=UpsampleKernel --error-exitcode 1 \
      python3 -m pytest tests/gpu -m sanitized
  done
else
  echo "no compute-sanitizer: left out"
fi

echo "timing"
python3 -m upsample_op.benchmark.gpu --device "$UPSAMPLE_GPU_DEVICE" --results "$1"
