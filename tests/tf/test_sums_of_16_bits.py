"""Sums over many pixels of half or bfloat16 don't stop growing, as sums in 16 bits do.

1 + 2^-8 is 1 in bfloat16, so a sum of many numbers of one sign stops at 256 times their size.
"""

import numpy as np
import pytest
import tensorflow as tf

from upsample_op import UpSampleConv2D, convert_model, resize
from upsample_op.folding import add_bias

DTYPES = ("float16", "bfloat16")
# How far a sum that is rounded once or twice may be off, relative to the sum.
ROUNDED = {"float16": 2e-3, "bfloat16": 1e-2}


def gradient_of(variable, function, images):
    """Returns the gradient of a thousandth of the sum of the squares of a function of images."""
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.cast(function(images), tf.float32) ** 2) / 1000
    return np.asarray(tape.gradient(loss, variable), np.float64)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_bias(dtype, data_format, jit):
    shape = (2, 96, 96, 5) if data_format == "channels_last" else (2, 5, 96, 96)
    pixels = (0, 1, 2) if data_format == "channels_last" else (0, 2, 3)
    rng = np.random.default_rng(0)
    grad_out = tf.cast(rng.uniform(0.01, 0.02, shape), dtype)
    bias = tf.cast([0.0, 1.0, 2.0, 3.0, 4.0], dtype)

    @tf.function(jit_compile=jit)
    def both_ways(images, bias, grad_out):
        with tf.GradientTape() as tape:
            tape.watch((images, bias))
            result = add_bias(images, bias, data_format)
        return result, tape.gradient(result, (images, bias), grad_out)

    result, (of_images, of_bias) = both_ways(tf.zeros(shape, dtype), bias, grad_out)
    np.testing.assert_array_equal(np.unique(result.numpy().astype(np.float32)), [0, 1, 2, 3, 4])
    np.testing.assert_array_equal(of_images, grad_out)
    expected = grad_out.numpy().astype(np.float64).sum(pixels)
    np.testing.assert_allclose(of_bias.numpy().astype(np.float64), expected, ROUNDED[dtype])


@pytest.mark.parametrize("dtype", DTYPES)
def test_layer(dtype):
    layer = UpSampleConv2D(4, 3, padding="same", activation="relu", dtype=f"mixed_{dtype}")
    plain = UpSampleConv2D(4, 3, padding="same", activation="relu")
    images = tf.random.stateless_uniform((2, 64, 64, 3), (0, 1))
    for each in (layer, plain):
        each.build((None, 64, 64, 3))
    plain.set_weights(layer.get_weights())
    expected = gradient_of(plain.bias, plain, images)
    assert np.abs(expected).max() > 0.01
    for function in (layer, tf.function(layer)):
        found = gradient_of(layer.bias, function, images)
        np.testing.assert_allclose(found, expected, 5 * ROUNDED[dtype], atol=1e-3)


@pytest.mark.parametrize("dtype", DTYPES)
def test_folded_model(keras, dtype):
    def model_of(dtype):
        keras.utils.set_random_seed(0)
        images = keras.Input((64, 64, 3))
        large = keras.layers.UpSampling2D(dtype=dtype)(images)
        conv = keras.layers.Conv2D(4, 3, padding="same", dtype=dtype)
        return keras.Model(images, conv(large)), conv

    images = tf.random.stateless_uniform((2, 64, 64, 3), (0, 1))
    (plain, of_plain), (model, conv) = model_of("float32"), model_of(f"mixed_{dtype}")
    expected = gradient_of(of_plain.bias, plain, images)
    convert_model(model, fold=True)
    graph = tf.function(model).get_concrete_function(images).graph
    assert "Conv2DBackpropInput" in {op.type for op in graph.get_operations()}
    found = gradient_of(conv.bias, tf.function(model), images)
    np.testing.assert_allclose(found, expected, 5 * ROUNDED[dtype], atol=1e-3)


@pytest.mark.parametrize("dtype", DTYPES)
def test_resize_of_one_pixel(dtype):
    @tf.function(input_signature=[tf.TensorSpec((None, None, None, 1), dtype)])
    def gradient(images):
        with tf.GradientTape() as tape:
            tape.watch(images)
            large = resize(images, tf.shape(images)[1:3] * 96, "nearest")
        return tape.gradient(large, images)

    assert gradient(tf.ones((1, 1, 1, 1), dtype)).numpy().item() == 96 * 96
