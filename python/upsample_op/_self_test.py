"""Tries every way to the kernels that this machine has, in a second or two.

Each check returns how many results it compared with the reference. An AssertionError says which one
is wrong. The checks cover what an installation can spoil (files, devices, drivers), not what tests/
covers.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from upsample_op import reference
from upsample_op._arguments import DATA_FORMATS, INTERPOLATIONS

if TYPE_CHECKING:
    from upsample_op._types import Array, DataFormat, Tensor

SHAPE, SIZES = (2, 5, 6, 4), [(2, 2), (3, 1)]
# The spacing of numbers at 1. Inputs are exact in all of these dtypes.
EPSILONS = {"float32": 2.0**-23, "float16": 2.0**-10, "bfloat16": 2.0**-7}


def check_numpy() -> int:
    """Checks the kernels on NumPy arrays."""
    from upsample_op import kernels

    count = 0
    for dtype, *call in _calls(["float32", "float16"]):
        x, grad_out = (array.astype(dtype) for array in _inputs(call[0], call[2]))
        found = kernels.upsample2d(x, *call), kernels.upsample2d_grad(grad_out, *call)
        _compare(found[0], reference.upsample2d, x, call)
        _compare(found[1], reference.upsample2d_grad, grad_out, call)
        count += 2
    return count


def check_tensorflow(device: str, jit: bool = False) -> int:
    """Checks values and gradients of the op on a device, such as "GPU:0"; with `jit`, under XLA."""
    import tensorflow as tf

    from upsample_op.ops import upsample2d

    count = 0
    # XLA takes as long to compile as all the rest takes.
    calls = [("float32", (3, 2), "bilinear", "channels_last")] if jit else _calls(EPSILONS)
    for dtype, *call in calls:
        x, grad_out = _inputs(call[0], call[2])

        def both_ways(
            x: Tensor, grad_out: Tensor, call: Sequence[Any] = call
        ) -> tuple[Tensor, Tensor]:
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = upsample2d(x, *call)
            return y, tape.gradient(y, x, grad_out)

        with tf.device(device):
            arguments = [tf.cast(array, dtype) for array in (x, grad_out)]
            run = tf.function(both_ways, jit_compile=True) if jit else both_ways
            y, grad_in = run(*arguments)
        for tensor in (y, grad_in):
            _check(tensor.device.endswith(device), f"{dtype} {call} ran on {tensor.device}")
        _compare(y, reference.upsample2d, x, call)
        _compare(grad_in, reference.upsample2d_grad, grad_out, call)
        count += 2
    return count


def _calls(dtypes: Iterable[str]) -> Iterator[tuple[Any, ...]]:
    return itertools.product(dtypes, SIZES, INTERPOLATIONS, DATA_FORMATS)


def _inputs(size: tuple[int, int], data_format: DataFormat) -> tuple[Array, Array]:
    """Returns images and a gradient of the result, in eighths, which are exact in every dtype."""
    random = np.random.default_rng(0)
    factors = (1, *size, 1) if data_format == "channels_last" else (1, 1, *size)
    large = np.multiply(SHAPE, factors)
    return random.integers(-64, 64, SHAPE) / 8, random.integers(-64, 64, large) / 8


def _compare(found: Any, function: Callable[..., Array], x: Array, call: Sequence[Any]) -> None:
    """Compares with the reference, within a few roundings of what is added up."""
    dtype = found.dtype.name
    expected = function(x, *call)
    bound = 4 * EPSILONS[dtype] * function(np.abs(x.astype(np.float64)), *call)
    _check(tuple(found.shape) == expected.shape, f"{dtype} {call} has the shape {found.shape}")
    error = np.abs(np.asarray(found).astype(np.float64) - expected)
    _check((error <= bound).all(), f"{dtype} {call} is wrong by {error.max():g}")


def _check(is_right: object, message: str) -> None:
    # An assert statement would do nothing under `python -O`.
    if not is_right:
        raise AssertionError(message)
