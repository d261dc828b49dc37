"""Peak memory of a training step, measured in a process of its own for each contender.

What a step adds to the resident memory at its peak, over what is there between two steps (weights,
the optimizer's state, the batch, compiled programs): activations, gradients and scratch memory. The
first two steps don't count, so that nothing of tracing, compiling and first calls is in it. Which
operations run at the same time differs from step to step, and so does the peak by some percent:
hence the median of five.

In that process every large block is mapped by itself and goes back to the system at once; oneDNN,
which computes the convolutions, is told to do without TensorFlow's pool, which gives nothing back.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from upsample_op.benchmark import resident

if TYPE_CHECKING:
    from upsample_op.benchmark.steps import StepCase

_STEPS = 5


def peak_bytes(case: StepCase, contender: str) -> int | None:
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


def _main() -> None:
    from upsample_op.benchmark import steps

    step = steps.Step(steps.StepCase.parse(sys.argv[1]), sys.argv[2]).call()
    step()
    step()
    peaks: list[Any] = [resident.added_at_peak(step) for _ in range(_STEPS)]
    print(json.dumps(None if None in peaks else statistics.median(peaks)))


if __name__ == "__main__":
    _main()
