"""The arrays that all contenders of a row share."""

import functools
from typing import Any

import numpy as np

from upsample_op._case import Case
from upsample_op._hooks import aligned
from upsample_op.benchmark._types import Array, Tensor

# A prime, so that no two rows of an image are alike. NumPy makes 2^26 numbers in a second or two,
# and repeats 2^20 in a hundredth of that; no contender's time depends on the values.
_DISTINCT = 2**20 - 3


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
