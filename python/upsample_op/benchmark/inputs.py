"""The arrays that all contenders of a row share."""

import functools
import math

import numpy as np


class NotSupportedError(Exception):
    """Why a contender can't run a case; its text goes into the row."""


class Inputs:
    """What one direction of a case reads and writes.

    All kernels that take memory for their result get the same `out`, and all read the same `x`, so
    that alignment, pages and caches are alike for all.

    Attributes:
        case: the Case.
        backward: whether x is a gradient of the result.
        x: array in the order of the case's layout.
        out: array of the result's shape and dtype.
    """

    def __init__(self, case, backward):
        self.case, self.backward = case, backward
        self.x = _random(case, case.out_shape if backward else case.shape)
        self.out = np.zeros(case.shape if backward else case.out_shape, case.np_dtype)

    @functools.cached_property
    def tensor(self):
        """What TensorFlow makes of x."""
        import tensorflow as tf

        return tf.constant(self.x)


# A prime, so that no two rows of an image are alike. NumPy makes 2^26 numbers in a second or two,
# and repeats 2^20 in a hundredth of that; no contender's time depends on the values.
_DISTINCT = 2**20 - 3


def _random(case, shape):
    rng = np.random.default_rng(0)
    count = min(_DISTINCT, math.prod(shape))
    if case.np_dtype.kind in "iu":
        limits = np.iinfo(case.np_dtype)
        values = rng.integers(limits.min, limits.max, count, case.np_dtype, endpoint=True)
    else:
        values = rng.standard_normal(count).astype(case.np_dtype)
    return np.resize(values, shape)
