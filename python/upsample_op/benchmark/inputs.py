"""The arrays that all contenders of a row share, and what results are compared with."""

import functools
from typing import Any

import ml_dtypes
import numpy as np

from upsample_op._case import Case
from upsample_op._hooks import aligned
from upsample_op.benchmark._types import Array, Call, Tensor

# A prime, so that no two rows of an image are alike. NumPy makes 2^26 numbers in a second or two,
# and repeats 2^20 in a hundredth of that; no contender's time depends on the values.
_DISTINCT = 2**20 - 3
# Of a large result so many elements are looked at, at random places.
_SAMPLE = 2**18
# Errors beyond this part of the largest value are no rounding.
WRONG = 0.02


class Inputs:
    """What one direction of a case reads and writes.

    All kernels that take memory for their result get the same `out`, and all read the same `x`, so
    that alignment, pages and caches are alike for all. Both arrays are in the order of the case's
    layout and begin with a cache line; backward, x is a gradient of the large tensor.
    """

    def __init__(self, case: Case, backward: bool) -> None:
        self.case, self.backward = case, backward
        self.x = aligned(case.out_shape if backward else case.shape, case.np_dtype)
        self.out = aligned(case.shape if backward else case.out_shape, case.np_dtype)
        count = min(_DISTINCT, self.x.size)
        values = Case("nearest", "NHWC", case.dtype, (1, 1, 1, count), (1, 1)).random().reshape(-1)
        for begin in range(0, self.x.size, _DISTINCT):
            part = self.x.reshape(-1)[begin : begin + _DISTINCT]
            part[:] = values[: part.size]

    @functools.cached_property
    def tensor(self) -> Tensor:
        """What TensorFlow makes of x."""
        import tensorflow as tf

        return tf.constant(self.x)

    def result(self, returned: Any) -> Array:
        """Returns what a contender's call returned as an array, in the order of the layout."""
        return np.asarray(returned)


def our_kernel(inputs: Inputs, num_threads: int | None = None) -> Call:
    """Returns a call of the kernel, NumPy to NumPy, into an array that is there already."""
    case, x, out, backward = inputs.case, inputs.x, inputs.out, inputs.backward
    return lambda: case.run_kernel(x, backward, out=out, num_threads=num_threads)


class Expected:
    """Our kernel's result of a row, to compare others with.

    Nearest forward has to be the same bits, all of them. The rest may differ by rounding: by 8 eps
    of the dtype times the sum of the weighted magnitudes that went into an element. Bilinear peers
    round positions to float32, so that weights are off by 2 eps of float32 times the longest axis:
    so much of the largest input is allowed, too, for each of those that are added up.
    """

    def __init__(self, inputs: Inputs) -> None:
        case, backward = inputs.case, inputs.backward
        self._is_copy = case.interpolation == "nearest" and not backward
        self._result = case.run_kernel(inputs.x, backward)
        if self._is_copy:
            return
        size, rng = self._result.size, np.random.default_rng(1)
        self._places = np.sort(rng.integers(0, size, min(size, _SAMPLE)))
        magnitudes = np.abs(inputs.x)
        eps = float(ml_dtypes.finfo(case.np_dtype).eps)
        self._allowed = 8 * eps * self._pick(case.run_kernel(magnitudes, backward))
        if case.interpolation == "bilinear":
            added_up = np.prod(case.size) if backward else 1
            largest = float(np.max(magnitudes))
            self._allowed += 2 * 2.0**-23 * max(case.shape) * added_up * largest

    def _pick(self, array: Array) -> Array:
        with np.errstate(invalid="ignore"):  # bfloat16's cast warns of a NaN.
            return array.reshape(-1)[self._places].astype(np.float64)

    def judge(self, result: Array) -> str:
        """Returns "" where a result is equal but for rounding, else "wrong: ..." or "inexact: ...".

        Wrong is another shape or dtype, or a fiftieth of the largest value or more.
        """
        if (result.shape, result.dtype) != (self._result.shape, self._result.dtype):
            return f"wrong: {result.dtype} {result.shape}"
        if self._is_copy:
            is_same = result.tobytes() == self._result.tobytes()
            return "" if is_same else "wrong: not the same bits"
        found, expected = self._pick(result), self._pick(self._result)
        if np.any(np.isnan(found)):
            return "wrong: NaN"
        error = np.abs(found - expected)
        if np.all(error <= self._allowed):
            return ""
        part = np.max(error) / np.max(np.abs(expected))
        what = "inexact" if part < WRONG else "wrong"
        return f"{what}: off by up to {part:.1g} of the largest value"
