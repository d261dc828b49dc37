#!/usr/bin/env bash
# This is what `make gpu-check` runs once the kernels are built: tests, sanitizers, benchmark. The
# results go to the folder that the argument names.
set -euo pipefail

if [ "$UPSAMPLE_GPU_DEVICE" != emulator ]; then
  python3 -c 'import sys; from upsample_op import kernels; sys.exit(not kernels.has_cuda())' \
    || { echo "the build found no nvcc"; exit 1; }
fi

echo "testing on the GPU"
python3 -m pytest tests/gpu

# Each array has memory of its own, so that a step beyond its end shows. The kernels use no shared
# memory, so racecheck has little to say.
if command -v compute-sanitizer > /dev/null; then
  for tool in memcheck racecheck initcheck; do
    echo "compute-sanitizer $tool"
    PYTORCH_NO_CUDA_MEMORY_CACHING=1 compute-sanitizer --tool "$tool" --error-exitcode 1 \
      --report-api-errors no --kernel-name kns=UpsampleKernel python3 -m pytest tests/gpu -m sanitized
  done
else
  echo "no compute-sanitizer: left out"
fi

echo "timing"
python3 -m upsample_op.benchmark --device "$UPSAMPLE_GPU_DEVICE" --results "$1"

if ls build/gpu-check/python/upsample_op/libupsample_op_xla_* > /dev/null 2>&1; then
  echo "testing and timing jit_compile=True"
  python3 -m pytest tests/tf/test_jit_values.py
  python3 -m upsample_op.benchmark --suite jit --json "$1/gpu-jit.json" | tee "$1/gpu-jit.txt"
fi
