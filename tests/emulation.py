"""Runs the bodies of the CUDA kernels on the host."""

import numpy as np

from upsample_op import _emulator


def plan(case, backward=False, in_address=0, out_address=0, **limits):
    """Returns the launch for tensors at two addresses, whose alignment matters."""
    shape = case.out_shape if backward else case.shape
    return _emulator.plan(case.spec(backward), shape, in_address, out_address, *_numbers(**limits))


def emulate(case, x, backward=False, out=None, **limits):
    """Runs a kernel.

    Args:
        case: what the kernel is to do.
        x: the kernel's input.
        backward: whether it is the gradient's kernel.
        out: the array to write to; default: a new array.
        limits: limits of csrc/gpu/bodies/plan.h.

    Returns:
        the result, and what the kernel did as a dict.

    Raises:
        RuntimeError: the kernel did what a GPU must not do.
    """
    if out is None:
        out = np.empty(case.shape if backward else case.out_shape, x.dtype)
    return out, _emulator.run(case.spec(backward), x, out, *_numbers(**limits))


def trace(case, items, backward=False):
    """Returns what some items load and store, each access as a range of elements."""
    shape = case.out_shape if backward else case.shape
    item_bytes = case.np_dtype.itemsize
    return [
        [(first // item_bytes, (first + count) // item_bytes) for first, count in accesses]
        for accesses in _emulator.trace(case.spec(backward), shape, items)
    ]


def _numbers(blocks=0, narrow_indices=0, resident_threads=0):
    return blocks, narrow_indices, resident_threads
