"""Peak memory of a training step, measured in a process of its own for each contender.

What a step adds to the resident memory at its peak, over what is there between two steps (weights,
the optimizer's state, the batch, compiled programs): activations, gradients and scratch memory. It
is the third step, so that nothing of tracing, compiling and first calls is in it.

In that process every large block is mapped by itself and goes back to the system at once; oneDNN,
which computes the convolutions, is told to do without TensorFlow's pool, which gives nothing back.
"""

import json
import subprocess
import sys

from upsample_op.benchmark import resident


def peak_bytes(case, contender) -> int | None:
    """Measures a step.

    Returns:
        bytes, or None where the system doesn't let the peak be measured, or the process fails.
    """
    found = subprocess.run(
        [sys.executable, "-m", "upsample_op.benchmark.step_memory", str(case), contender],
        env=resident.environment(TF_ONEDNN_USE_SYSTEM_ALLOCATOR="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    return json.loads(found.stdout) if found.returncode == 0 else None


def _main():
    from upsample_op.benchmark import steps

    step = steps.Step(steps.StepCase.parse(sys.argv[1]), sys.argv[2]).call()
    step()
    step()
    print(json.dumps(resident.added_at_peak(step)))


if __name__ == "__main__":
    _main()
