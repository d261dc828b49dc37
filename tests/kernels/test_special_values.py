"""NaN and infinity show in the outputs that read them, and nowhere else."""

import numpy as np
import pytest

from cases import INTERPOLATIONS, REALS
from upsample_op import reference
from upsample_op._case import Case

SIZES = [(1, 1), (2, 2), (3, 3), (4, 4), (2, 3), (5, 2), (7, 9)]
SHAPE = (1, 4, 5, 2)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("dtype", REALS)
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_forward(interpolation, dtype, size, value, isa):
    case = Case(interpolation, "NHWC", dtype, SHAPE, size)
    for y, x in np.ndindex(4, 5):
        images = np.ones(SHAPE, case.np_dtype)
        images[0, y, x, 1] = value
        reach = np.zeros(SHAPE)
        reach[0, y, x, 1] = 1
        weight = reference.upsample2d(reach, *case.arguments)
        found = case.run_kernel(images).astype(np.float64)
        # A blend of an infinity and a number is infinite or NaN, because their difference is
        # infinite.
        np.testing.assert_array_equal(found[weight == 0], 1.0)
        np.testing.assert_array_equal(found[weight == 1], value)
        assert not np.isfinite(found[weight > 0]).any()


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("dtype", REALS)
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_backward(interpolation, dtype, size, value, isa):
    case = Case(interpolation, "NHWC", dtype, (1, 3, 3, 1), size)
    for index in np.ndindex(case.out_shape):
        grad_out = np.zeros(case.out_shape, case.np_dtype)
        grad_out[index] = value
        reach = np.zeros(case.out_shape)
        reach[index] = 1
        reached = reference.upsample2d_grad(reach, *case.arguments) > 0
        result = case.run_kernel(grad_out, backward=True).astype(np.float64)
        np.testing.assert_array_equal(result, np.where(reached, value, 0.0))


# [N, H, W, C] of rows longer than a vector. Pixels are smaller than a vector, one vector, or
# several.
WIDE = [(1, 2, 40, 1), (1, 2, 20, 3), (1, 2, 12, 4), (1, 2, 5, 16), (1, 2, 4, 64)]


@pytest.mark.parametrize("shape", WIDE, ids=str)
@pytest.mark.parametrize("dtype", REALS)
@pytest.mark.parametrize("backward", [False, True])
def test_a_nan_goes_no_further_in_vectors(backward, dtype, shape, isa):
    case = Case("bilinear", "NHWC", dtype, shape, (2, 2))
    upsample = reference.upsample2d_grad if backward else reference.upsample2d
    for x in range(shape[2] * (2 if backward else 1)):
        images = np.ones(case.out_shape if backward else shape, case.np_dtype)
        images[0, 1, x, -1] = np.nan
        reached = upsample(np.isnan(images).astype(np.float64), *case.arguments) > 0
        np.testing.assert_array_equal(np.isnan(case.run_kernel(images, backward)), reached)


@pytest.mark.parametrize("shape", WIDE, ids=str)
@pytest.mark.parametrize("dtype", REALS)
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@pytest.mark.parametrize("backward", [False, True])
def test_negative_zeros_stay_so(backward, interpolation, dtype, shape, isa):
    case = Case(interpolation, "NHWC", dtype, shape, (2, 2))
    zeros = np.zeros(case.out_shape if backward else shape, case.np_dtype)
    found = case.run_kernel(-zeros, backward)
    if interpolation == "bilinear" and not backward:
        # -0 + w * (-0 - -0) is 0, in stock TensorFlow too.
        np.testing.assert_array_equal(found, 0)
    else:
        assert np.signbit(found).all()
