"""Asserts that an interpolation keeps constants, and stays in the range of its taps."""

import ml_dtypes
import numpy as np

from cases import of_taps

# Constants that a sum of rounded products doesn't keep for every factor, and small numbers.
AWKWARD = (255.0, 0.1, -1 / 3, 1.0, 65504.0, 1e-6, 5e-8)


def far_apart(dtype):
    """Returns the largest number whose difference from its negative fits the accumulator."""
    largest = ml_dtypes.finfo(dtype).max
    return largest if np.dtype(dtype) == np.float16 else largest / dtype.type(2)


def assert_keeps_constants(case, run, constants=AWKWARD):
    """Asserts that images of one value become larger images of that value, to the bit.

    Args:
        case: a case of bilinear.
        run: a function that computes it for images of the case's shape and dtype.
        constants: the values, which are rounded to the dtype.
    """
    for constant in constants:
        images = np.full(case.shape, constant).astype(case.np_dtype)
        found = np.asarray(run(images))
        assert found.shape == case.out_shape
        assert np.all(found == images.flat[0]), (str(case), constant)


def assert_stays_in_range(case, run):
    """Asserts that each result lies between the least and the greatest pixel that it reads.

    The numbers are close together in some places, and many powers of two apart in others.
    """
    rng = np.random.default_rng(0)
    for spread in (0, 1, 12):
        images = 1 + rng.random(case.shape) * 2.0 ** -rng.integers(0, 8)
        images *= 2.0 ** rng.integers(-spread, spread + 1, case.shape)
        images *= rng.choice([-1, 1], case.shape) if spread else 1
        images = images.astype(case.np_dtype)
        found = np.asarray(run(images)).astype(np.float64)
        exact = images.astype(np.float64)
        assert np.all(found >= of_taps(exact, case, np.minimum)), str(case)
        assert np.all(found <= of_taps(exact, case, np.maximum)), str(case)
