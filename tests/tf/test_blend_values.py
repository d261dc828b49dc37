"""Bilinear in TensorFlow: constants and ranges by either lowering, stock's bits by powers of 2."""

import numpy as np
import pytest
import tensorflow as tf

from cases import REALS
from upsample_op import upsample2d
from upsample_op._case import Case
from value_range import AWKWARD, assert_keeps_constants, assert_stays_in_range

SHAPE = (1, 3, 2, 3)
CASES = [Case("bilinear", "NHWC", "float32", SHAPE, (size, 65 - size)) for size in range(1, 65)]


@pytest.mark.parametrize("dtype", REALS)
def test_constants_and_range_by_every_factor(dtype, lowering):
    @tf.function(jit_compile=True)
    def by_every_factor(images):
        return [upsample2d(images, *case.arguments) for case in CASES]

    cases = [Case("bilinear", "NHWC", dtype, SHAPE, case.size) for case in CASES]
    results = {}

    def run(i, images):
        key = images.tobytes()
        if key not in results:
            results[key] = by_every_factor(tf.constant(images))
        return results[key][i]

    for i, case in enumerate(cases):
        assert_keeps_constants(case, lambda images, i=i: run(i, images), AWKWARD[:4])
        assert_stays_in_range(case, lambda images, i=i: run(i, images))


@pytest.mark.parametrize("size", [(2, 2), (4, 4), (8, 8), (16, 32), (2, 8), (1, 4)], ids=str)
@pytest.mark.parametrize("channels", [1, 3, 4, 16])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_powers_of_two_give_the_bits_of_stock(dtype, channels, size):
    """Stock's raw op gives float32 for any dtype. It rounds other factors' weights differently."""
    case = Case("bilinear", "NHWC", dtype, (2, 9, 33, channels), size)
    images = case.random() * np.array(2, case.np_dtype) ** case.random(seed=1)
    images[0, 3, 5] = -0.0
    # By a factor of 1, and at the border, stock blends an infinity with itself, which gives a NaN.
    if min(size) > 1:
        images[1, 4, 7, -1], images[1, 6, 11, 0] = np.inf, np.nan
    expected = tf.raw_ops.ResizeBilinear(
        images=images, size=case.out_shape[1:3], half_pixel_centers=True
    )
    assert expected.dtype == tf.float32
    found = upsample2d(images, *case.arguments)
    expected = tf.cast(expected, dtype)
    np.testing.assert_array_equal(_bits(found), _bits(expected))


def _bits(tensor):
    """Returns the bits, with the same NaN for all NaNs."""
    array = np.asarray(tensor)
    array = np.where(np.isnan(array), np.array(np.nan, array.dtype), array)
    return array.view(f"u{array.itemsize}")
