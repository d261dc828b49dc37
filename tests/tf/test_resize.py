"""Resizing gives stock's values, dtypes and errors, by our kernels for whole factors."""

import numpy as np
import pytest
import tensorflow as tf

from upsample_op import resize, resizing

rng = np.random.default_rng(0)
x = rng.standard_normal((2, 3, 4, 5)).astype(np.float32)
DTYPES = ["int8", "uint8", "int16", "uint16", "int32", "int64"]
DTYPES += ["float16", "bfloat16", "float32", "float64"]
both_methods = pytest.mark.parametrize("method", ["nearest", "bilinear"])


def assert_equal(found, expected):
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    found, expected = (tf.cast(tensor, tf.float64) for tensor in (found, expected))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def ops_of(function, *specs):
    """Returns the types of a traced function's operations."""
    graph = tf.function(function).get_concrete_function(*specs).graph
    return {operation.type for operation in graph.get_operations()}


@both_methods
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("factor", range(1, 10))
def test_whole_factors_have_the_values_and_dtype_of_stock(factor, dtype, method):
    images = tf.cast(50 + 10 * x, dtype)
    size = (3 * factor, 4 * (10 - factor))
    for antialias in (False, True):
        expected = tf.image.resize(images, size, method, antialias=antialias)
        assert_equal(resize(images, size, method, antialias=antialias), expected)
    assert_equal(resize(images[0], size, method), tf.image.resize(images[0], size, method))


@both_methods
@pytest.mark.parametrize("size", [(6, 8), (7, 8), (3, 2)])
def test_channels_first_is_the_transpose(size, method):
    expected = tf.transpose(tf.image.resize(x, size, method), (0, 3, 1, 2))
    first = np.moveaxis(x, -1, 1)
    assert_equal(resize(first, size, method, "channels_first"), expected)
    assert_equal(resize(first[0], size, method, "channels_first"), expected[0])


@both_methods
def test_whole_factors_run_our_kernel_and_nothing_of_stock(method):
    spec = tf.TensorSpec((None, 3, 4, None))
    types = ops_of(lambda images: resize(images, (6, 12), method), spec)
    assert "UpsampleOp>Upsample2D" in types
    assert not any(name.startswith("Resize") for name in types)


@both_methods
def test_a_size_cut_from_the_shape_of_another_tensor_is_known(method):
    skip = tf.TensorSpec((None, 6, 12, None))
    types = ops_of(
        lambda images, skip: resize(images, tf.shape(skip)[1:3], method),
        tf.TensorSpec((None, 3, 4, None)),
        skip,
    )
    assert "UpsampleOp>Upsample2D" in types


@both_methods
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("shape", [(None, 3, 4, 5), (None, None, None, 5), (None, None, None)])
def test_sizes_known_at_run_time_only_have_stocks_values(shape, data_format, method):
    signature = [tf.TensorSpec(shape), tf.TensorSpec((2,), tf.int32)]

    @tf.function(input_signature=signature)
    def last(images, size):
        return resize(images, size, method)

    @tf.function(input_signature=[tf.TensorSpec([None] * len(shape)), signature[1]])
    def first(images, size):
        first = tf.experimental.numpy.moveaxis(images, -1, -3)
        return tf.experimental.numpy.moveaxis(resize(first, size, method, data_format), -3, -1)

    forward = {"channels_last": last, "channels_first": first}[data_format]
    images = x if len(shape) == 4 else x[0]
    for size in [(6, 8), (12, 16), (24, 32), (7, 9), (6, 16), (3, 4), (2, 3)]:
        assert_equal(forward(images, tf.constant(size)), tf.image.resize(images, size, method))


@both_methods
def test_factors_known_at_run_time_only_run_our_kernels(method, monkeypatch):
    def refuse(images, *args, **kwargs):
        with tf.control_dependencies([tf.debugging.Assert(False, ["stock runs"])]):
            return tf.zeros_like(images)

    monkeypatch.setattr(resizing, "_stock_resize", refuse)

    @tf.function(input_signature=[tf.TensorSpec([None] * 4), tf.TensorSpec((), tf.int32)])
    def gradient(images, factor):
        # Decoders ask for sizes like this, from their own images' shape or from others'.
        with tf.GradientTape() as tape:
            tape.watch(images)
            large = resize(images, tf.shape(images)[1:3] * factor, method)
            loss = tf.reduce_sum(large**2)
        return tape.gradient(loss, images)

    def expected(images, factor):
        with tf.GradientTape() as tape:
            tape.watch(images)
            large = tf.image.resize(images, tf.shape(images)[1:3] * factor, method)
            loss = tf.reduce_sum(large**2)
        return tape.gradient(loss, images)

    pixel = tf.constant(x[:, :1, :1])
    for images, factor in [(tf.constant(x), 2), (tf.constant(x), 4), (pixel, 8), (pixel, 7)]:
        assert_equal(gradient(images, tf.constant(factor)), expected(images, factor))
    with pytest.raises(tf.errors.InvalidArgumentError, match="stock runs"):
        gradient(tf.constant(x), tf.constant(3))


@both_methods
@pytest.mark.parametrize("inner_is_traced_first", [False, True])
def test_sizes_that_xla_alone_knows(inner_is_traced_first, method):
    @tf.function(input_signature=[tf.TensorSpec([None] * 4)])
    def double(images):
        return resize(images, tf.shape(images)[1:3] * 2, method)

    if inner_is_traced_first:
        double(x)
    compiled = tf.function(lambda images: double(images), jit_compile=True)
    assert_equal(compiled(tf.constant(x)), tf.image.resize(x, (6, 8), method))


@both_methods
@pytest.mark.parametrize("jit", [False, True])
def test_gradients_are_those_of_stock(jit, method):
    def gradient(function):
        images = tf.constant(x)
        with tf.GradientTape() as tape:
            tape.watch(images)
            loss = tf.reduce_sum(function(images, (6, 12), method) ** 2)
        return tape.gradient(loss, images)

    assert_equal(tf.function(gradient, jit_compile=jit)(resize), gradient(tf.image.resize))


@pytest.mark.parametrize("method", ["area", "bicubic", "lanczos3", "mitchellcubic"])
def test_other_methods_are_stock(method):
    np.testing.assert_array_equal(resize(x, (6, 8), method), tf.image.resize(x, (6, 8), method))


@pytest.mark.parametrize(
    ("shape", "size", "method"),
    [
        ((2, 3), (6, 8), "nearest"),
        ((1, 2, 2, 1), (4, 4, 4), "nearest"),
        ((1, 2, 2, 1), (4.0, 4.0), "bilinear"),
        ((1, 2, 2, 1), (4, 4), "cubist"),
        ((1, 2, 2, 1), (-2, 4), "nearest"),
        ((1, 0, 2, 1), (4, 4), "bilinear"),
    ],
)
def test_errors_are_those_of_stock(shape, size, method):
    images = np.zeros(shape, np.float32)
    with pytest.raises((ValueError, tf.errors.InvalidArgumentError)) as expected:
        tf.image.resize(images, size, method)
    with pytest.raises(type(expected.value)) as found:
        resize(images, size, method)
    assert str(found.value) == str(expected.value)


def test_an_unknown_layout_is_refused():
    with pytest.raises(ValueError, match="data_format"):
        resize(x, (6, 8), data_format="NHWC")


@both_methods
def test_one_pixel_becomes_a_constant_of_any_size(method):
    pixel = x[:, :1, :1]
    np.testing.assert_array_equal(
        resize(pixel, (5, 7), method), tf.image.resize(pixel, (5, 7), method)
    )


def test_nearest_of_long_axes_copies_the_same_pixels_as_stock():
    row = np.arange(5000, dtype=np.int32).reshape(1, 1, -1, 1)
    for factor in range(1, 10):
        size = (1, 5000 * factor)
        np.testing.assert_array_equal(
            resize(row, size, "nearest"), tf.image.resize(row, size, "nearest")
        )


@pytest.mark.parametrize("shape", [(None, None, 3), (2, None, None, 3), (2, None, 4, 3)], ids=str)
@pytest.mark.parametrize("method", ["nearest", "bilinear"])
def test_a_constant_size_is_known_of_the_result(method, shape):
    for function in (resize, tf.image.resize):
        traced = tf.function(lambda images, f=function: f(images, (8, 12), method))
        result = traced.get_concrete_function(tf.TensorSpec(shape)).structured_outputs
        assert result.shape == (*shape[:-3], 8, 12, 3)


def test_the_shape_of_what_is_resized_to_a_size_known_at_run_time_only():
    traced = tf.function(resize).get_concrete_function(
        tf.TensorSpec((2, None, None, 3)), tf.TensorSpec((2,), tf.int32)
    )
    assert traced.structured_outputs.shape.as_list() == [2, None, None, 3]
