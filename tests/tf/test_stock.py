"""Compared with stock TensorFlow, our layer is a drop-in for tf.keras.layers.UpSampling2D."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from cases import ALL_DTYPES, INTEGERS, INTERPOLATIONS, LAYOUTS, REALS, eps
from upsample_op import UpSampling2D, reference, upsample2d
from upsample_op._case import Case

StockUpSampling2D = tf.keras.layers.UpSampling2D
SIZES = [(2, 2), (3, 3), (4, 4), (2, 3), (5, 1), (7, 8)]
CASES = [
    Case(interpolation, layout, dtype, (2, 9, 14, 3) if layout == "NHWC" else (2, 3, 9, 14), size)
    for interpolation, layout, dtype, size in itertools.product(
        INTERPOLATIONS, LAYOUTS, REALS, SIZES
    )
]


def layers(case):
    """Returns our layer and the stock one, which leave the input's dtype as it is."""
    arguments = {
        "size": case.size,
        "interpolation": case.interpolation,
        "data_format": case.data_format,
        "dtype": case.dtype,
    }
    return UpSampling2D(**arguments), StockUpSampling2D(**arguments)


def tolerance(case, terms=1):
    """Returns how far stock may be off: it computes positions in float32, up to the side's length.

    An error of a position is an error of the weights, times the difference of two inputs. Here none
    is above `terms` times 5. Then stock rounds to the dtype.
    """
    position = 2 * max(case.shape) * eps(np.float32)
    return 10 * terms * (position + eps(case.np_dtype))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_forward(case):
    ours, stock = layers(case)
    x = case.random()
    found, expected = ours(x), stock(x)
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    found, expected = (np.asarray(y, np.float64) for y in (found, expected))
    if case.interpolation == "nearest":
        np.testing.assert_array_equal(found, expected)
    else:
        np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance(case))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_gradient(case):
    x, grad_out = tf.constant(case.random()), case.random(backward=True)
    gradients = []
    for layer in layers(case):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x)
        gradients.append(np.asarray(tape.gradient(y, x, grad_out), np.float64))
    # Stock sums nearest's gradient of half and bfloat16 in the dtype itself.
    terms = 4 * case.size[0] * case.size[1]
    np.testing.assert_allclose(*gradients, rtol=0, atol=tolerance(case, terms))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", [dtype for dtype in ALL_DTYPES if dtype not in REALS])
def test_nearest_of_what_is_not_real(dtype, layout):
    case = Case("nearest", layout, dtype, (2, 3, 4, 5), (3, 2))
    ours, stock = (
        layer(3, data_format=case.data_format) for layer in (UpSampling2D, StockUpSampling2D)
    )
    x = case.random()
    found, expected = ours(x), stock(x)
    assert found.dtype == expected.dtype == tf.as_dtype(dtype)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize(
    "dtype", [dtype for dtype in INTEGERS if dtype not in ("uint32", "uint64")]
)
def test_bilinear_of_integers_rounds_half_to_even_and_saturates(dtype, size):
    case = Case("bilinear", "NHWC", dtype, (2, 9, 14, 3), size)
    ours, stock = (
        layer(size, interpolation="bilinear") for layer in (UpSampling2D, StockUpSampling2D)
    )
    # The numbers have so few bits that float32 holds their products with weights of powers of two
    # exactly.
    x = case.random() % 2**10 if np.iinfo(dtype).bits > 16 else case.random()
    found, expected = ours(x), stock(x)
    assert found.dtype == expected.dtype == tf.as_dtype(dtype)
    found, expected = found.numpy().astype(np.int64), expected.numpy().astype(np.int64)
    # With other weights a value near a half may be rounded to either side.
    exact = reference.upsample2d(x, *case.arguments)
    is_near_half = np.abs(exact - np.floor(exact) - 0.5) < 1e-5 * np.max(np.abs(exact))
    is_power_of_2 = all(factor & (factor - 1) == 0 for factor in size)
    assert np.all((found == expected) | (is_near_half & (not is_power_of_2)))
    np.testing.assert_allclose(found, exact, rtol=0, atol=0.51)


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("dtype", INTEGERS)
def test_bilinear_of_the_largest_integers_does_not_wrap(dtype, jit_compile):
    """In float32 the largest int32 is 2^31, which is no int32. In stock, 64-bit integers wrap."""
    call = tf.function(lambda x: upsample2d(x, 2, "bilinear"), jit_compile=jit_compile)
    for limit in (np.iinfo(dtype).max, np.iinfo(dtype).min):
        images = tf.fill((1, 2, 2, 1), tf.constant(limit, dtype))
        found = call(images).numpy().astype(np.float64)
        np.testing.assert_allclose(found, float(limit), rtol=1e-6)


@pytest.mark.parametrize("dtype", ["uint32", "uint64"])
def test_bilinear_of_integers_that_stock_refuses(dtype):
    x = np.array([0, 1, 2, 3], dtype).reshape(1, 1, 4, 1)
    with pytest.raises((tf.errors.InvalidArgumentError, TypeError)):
        StockUpSampling2D((1, 2), interpolation="bilinear")(x)
    y = UpSampling2D((1, 2), interpolation="bilinear")(x)
    assert y.numpy().ravel().tolist() == [0, 0, 1, 1, 2, 2, 3, 3]


def test_bilinear_of_float64_is_not_rounded_to_float32():
    x = np.array([0, 1 / 3], np.float64).reshape(1, 1, 2, 1)
    y = UpSampling2D((1, 2), interpolation="bilinear", dtype="float64")(x)
    assert y.numpy().ravel().tolist() == [0, 1 / 12, 1 / 4, 1 / 3]
