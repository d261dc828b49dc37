"""Bilinear keeps constants exactly, and never leaves the range of the pixels that it reads."""

import numpy as np
import pytest

from cases import REALS
from emulation import emulate
from upsample_op._case import Case
from value_range import AWKWARD, assert_keeps_constants, assert_stays_in_range, far_apart

FACTORS = range(1, 65)
# Factors of height and width. Each factor from 1 to 64 is in both places.
SIZES = [(factor, 65 - factor) for factor in FACTORS]
# [N, H, W, C] and factor, for paths that SIZES doesn't take: pixels of a part of a vector, of whole
# vectors and of 3 elements, and equal factors that have loops of their own.
PATHS = [((1, 3, 40, 1), 2), ((1, 3, 20, 3), 2), ((1, 3, 12, 4), 2), ((1, 3, 9, 16), 2)]
PATHS += [((1, 3, 5, 64), factor) for factor in (2, 3, 4, 5)] + [((1, 3, 7, 20), 3)]
CASES = [("NHWC", (1, 2, 3, 5), size) for size in SIZES]
CASES += [("NCHW", (1, 5, 3, 2), size) for size in SIZES[::7]]
CASES += [("NHWC", shape, (factor, factor)) for shape, factor in PATHS]


def bilinear(dtype):
    return [Case("bilinear", layout, dtype, shape, size) for layout, shape, size in CASES]


@pytest.mark.parametrize("dtype", REALS)
def test_constants(dtype, isa):
    for case in bilinear(dtype):
        assert_keeps_constants(case, case.run_kernel)


@pytest.mark.parametrize("dtype", REALS)
def test_range(dtype, isa):
    for case in bilinear(dtype):
        assert_stays_in_range(case, case.run_kernel)


@pytest.mark.parametrize("dtype", REALS)
def test_bodies_of_the_cuda_kernels(dtype):
    for case in bilinear(dtype)[::3]:
        assert_keeps_constants(case, lambda x, case=case: emulate(case, x)[0], AWKWARD[:3])
        assert_stays_in_range(case, lambda x, case=case: emulate(case, x)[0])


def test_the_largest_difference(isa):
    """Nothing overflows between numbers as far apart as far_apart() allows."""
    for dtype in REALS:
        case = Case("bilinear", "NHWC", dtype, (1, 2, 2, 1), (2, 2))
        most = far_apart(case.np_dtype)
        images = np.array([most, -most, -most, most], case.np_dtype).reshape(case.shape)
        assert np.all(np.isfinite(case.run_kernel(images).astype(np.float64)))
