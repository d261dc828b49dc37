"""Calls the kernels on arrays that end, or begin, where memory does. test_guard_pages.py runs it.

The only argument is an instruction set. Before each call its case is written to stdout, so the last
line names the call that ended the process.
"""

import itertools
import sys

import numpy as np

from cases import CASES, INTERPOLATIONS, LAYOUTS, REALS
from guard.memory import GuardedMemory
from upsample_op import _hooks
from upsample_op._case import Case

# With these, rows end inside of a vector in every possible way, where vectors hold several pixels.
WIDTHS = [*range(1, 41), 63, 65]
CHANNELS = (1, 2, 3, 4, 8)


def all_cases():
    """Yields the cases of the table, and cases of all widths by small factors."""
    yield from (case for case in CASES if 0 not in case.shape)
    sizes = [(2, 2), (1, 2), (3, 3)]
    for interpolation, dtype, width, channels, size in itertools.product(
        INTERPOLATIONS, REALS, WIDTHS, CHANNELS, sizes
    ):
        yield Case(interpolation, "NHWC", dtype, (1, 2, width, channels), size)
    for dtype, layout, width in itertools.product(("uint8", "uint16"), LAYOUTS, WIDTHS):
        shape = (1, 2, width, 3) if layout == "NHWC" else (1, 3, 2, width)
        yield Case("nearest", layout, dtype, shape, (2, 3))


def main(isa):
    """Makes all calls, and asserts that the place of its arrays changes no result."""
    assert _hooks.set_cpu_isa(isa)
    memories = [GuardedMemory(2**22), GuardedMemory(2**22)]
    calls = 0
    for case, backward in itertools.product(all_cases(), (False, True)):
        if backward and case.dtype.startswith("uint"):
            continue
        x = case.random(backward)
        shape = case.shape if backward else case.out_shape
        expected = case.run_kernel(x, backward)
        for at_end in (True, False):
            direction, place = ("forward", "backward")[backward], ("begin", "end")[at_end]
            print(case, direction, "at the", place, flush=True)
            guarded_x = memories[0].array(x.shape, x.dtype, at_end)
            guarded_out = memories[1].array(shape, x.dtype, at_end)
            guarded_x[...] = x
            case.run_kernel(guarded_x, backward, out=guarded_out)
            assert np.array_equal(guarded_out, expected)
            calls += 1
    print(calls)


if __name__ == "__main__":
    main(sys.argv[1])
