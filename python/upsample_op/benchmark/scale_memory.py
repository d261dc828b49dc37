"""What one call of a kernel adds to the resident memory, measured in a process of its own.

Input and output are there, touched, before the call; what it adds is scratch memory, its threads'
stacks and, once per process, the kernel's code.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np

from upsample_op._case import Case
from upsample_op.benchmark.resident import added_at_peak

if TYPE_CHECKING:
    from upsample_op._types import Array


def arrays(case: Case, backward: bool) -> tuple[Array, Array]:
    """Returns an input of any normal numbers, and an output, with all pages touched.

    The input repeats one block: a generator would take longer than the kernels, and more memory.
    """
    shapes = (case.out_shape, case.shape) if backward else (case.shape, case.out_shape)
    x, out = (np.empty(shape, case.np_dtype) for shape in shapes)
    flat = x.reshape(-1)
    block = np.random.default_rng(0).standard_normal(min(flat.size, 2**16)).astype(x.dtype)
    for begin in range(0, flat.size, block.size):
        part = flat[begin : begin + block.size]
        part[:] = block[: part.size]
    out.fill(0)
    return x, out


def added_in_a_fresh_process(case: Case, backward: bool, threads: int) -> dict[str, int | None]:
    """Measures the first call of a kernel.

    Returns:
        dict with array_bytes, of input and output together; added_bytes, the peak during the call
        over what is resident before, or None where the system doesn't let it be measured.
    """
    arguments = [str(case), "backward" if backward else "forward", str(threads)]
    command = [sys.executable, "-m", "upsample_op.benchmark.scale_memory", *arguments]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def _main() -> None:
    case, backward = Case.parse(sys.argv[1]), sys.argv[2] == "backward"
    x, out = arrays(case, backward)
    added = added_at_peak(
        lambda: case.run_kernel(x, backward, out=out, num_threads=int(sys.argv[3]))
    )
    print(json.dumps({"array_bytes": x.nbytes + out.nbytes, "added_bytes": added}))


if __name__ == "__main__":
    _main()
