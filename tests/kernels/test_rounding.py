"""Results of 16 bits are the exact ones, rounded once, to nearest even, at any place."""

import numpy as np
import pytest

from cases import INTERPOLATIONS
from upsample_op import reference
from upsample_op._case import Case

# Together these have multiples of 32 (a vector of AVX-512), of only 16, of only 8, and of none;
# pixels of which vectors hold several; and rows that end in a part of a vector.
SHAPES = [
    (2, 3, 5, 1),
    (1, 2, 32, 1),
    (1, 2, 33, 1),
    (1, 3, 16, 2),
    (1, 2, 11, 3),
    (1, 2, 12, 4),
    (1, 2, 9, 8),
    (1, 2, 5, 16),
    (1, 3, 4, 31),
    (1, 3, 4, 32),
    (1, 3, 4, 33),
    (1, 2, 3, 40),
    (1, 2, 3, 48),
    (1, 3, 3, 64),
    (1, 2, 3, 80),
    (1, 2, 3, 96),
    (1, 2, 3, 130),
]


def _exact_numbers(shape, dtype):
    """Returns numbers in [1, 2), whose weighted sums by 2 and 4 have few bits for float32."""
    bits = {"float16": 10, "bfloat16": 7}[dtype.name]
    mantissas = np.random.default_rng(0).integers(0, 1 << bits, shape)
    return (1 + mantissas / (1 << bits)).astype(dtype)


@pytest.mark.parametrize("size", [(2, 2), (1, 2), (4, 4), (2, 4)], ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_ties_go_to_even_in_every_channel(dtype, shape, size, isa):
    ties = 0
    for interpolation in INTERPOLATIONS:
        for backward in (False, True):
            case = Case(interpolation, "NHWC", dtype, shape, size)
            x = _exact_numbers(case.out_shape if backward else shape, case.np_dtype)
            upsample = reference.upsample2d_grad if backward else reference.upsample2d
            exact = upsample(x, *case.arguments)
            assert np.array_equal(exact.astype(np.float32), exact)
            expected = exact.astype(np.float32).astype(case.np_dtype)
            result = case.run_kernel(x, backward)
            np.testing.assert_array_equal(result.view(np.uint16), expected.view(np.uint16))
            ties += np.count_nonzero(_is_tie(exact, case.np_dtype))
    assert ties > 0


def _is_tie(exact, dtype):
    """Returns where a number is as far from the dtype's number below as from the one above."""
    nearest = exact.astype(np.float32).astype(dtype)
    other = (2 * exact - nearest.astype(np.float64)).astype(np.float32)
    distance = exact - nearest.astype(np.float64)
    return (distance != 0) & (other.astype(dtype).astype(np.float64) == exact + distance)
