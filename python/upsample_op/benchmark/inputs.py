"""The arrays that all contenders of a row share."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from upsample_op._types import Array, Tensor
    from upsample_op._case import Case


class NotSupportedError(Exception):
    """Why a contender can't run a case; its text goes into the row."""


# What TensorFlow, PyTorch and JAX align their own memory to, in bytes. NumPy does so to 16.
ALIGNMENT = 64


def aligned(shape: Sequence[int], dtype: npt.DTypeLike) -> Array:
    """Returns zeros in memory of that alignment; all arrays of the benchmark are from here."""
    dtype = np.dtype(dtype)
    num_bytes = math.prod(shape) * dtype.itemsize
    memory = np.zeros(num_bytes + ALIGNMENT, np.uint8)
    begin = -memory.ctypes.data % ALIGNMENT
    return memory[begin : begin + num_bytes].view(dtype).reshape(shape)


class Inputs:
    """What one direction of a case reads and writes.

    All kernels that take memory for their result get the same `out`, and all read the same `x`, so
    that alignment, pages and caches are alike for all.

    Attributes:
        case: the Case.
        backward: whether x is a gradient of the result.
        x: aligned array in the order of the case's layout.
        out: aligned array of the result's shape and dtype.
    """

    def __init__(self, case: Case, backward: bool) -> None:
        self.case, self.backward = case, backward
        self.x = aligned(case.out_shape if backward else case.shape, case.np_dtype)
        self.out = aligned(case.shape if backward else case.out_shape, case.np_dtype)
        _fill(self.x, case)

    @functools.cached_property
    def tensor(self) -> Tensor:
        """What TensorFlow makes of x."""
        import tensorflow as tf

        return tf.constant(self.x)


# A prime, so that no two rows of an image are alike. NumPy makes 2^26 numbers in a second or two,
# and repeats 2^20 in a hundredth of that; no contender's time depends on the values.
_DISTINCT = 2**20 - 3


def _fill(array: Array, case: Case) -> None:
    rng = np.random.default_rng(0)
    flat = array.reshape(-1)
    count = min(_DISTINCT, flat.size)
    if case.np_dtype.kind in "iu":
        limits = np.iinfo(case.np_dtype)
        values = rng.integers(limits.min, limits.max, count, case.np_dtype, endpoint=True)
    else:
        values = rng.standard_normal(count).astype(case.np_dtype)
    for begin in range(0, flat.size, _DISTINCT):
        part = flat[begin : begin + _DISTINCT]
        part[:] = values[: part.size]
