"""What may be a pair of factors or an upstream gradient, and what may not."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from upsample_op import UpSampling2D, kernels, upsample2d

IMAGES = np.arange(24, dtype=np.float32).reshape(1, 2, 3, 4)
REPEATED = IMAGES.repeat(2, axis=1).repeat(2, axis=2)


@pytest.fixture(autouse=True)
def the_next_call_is_right():
    yield
    for function in (kernels.upsample2d, upsample2d):
        np.testing.assert_array_equal(function(IMAGES), REPEATED)


FACTORS = {
    "array": np.array([2, 2]),
    "array of objects": np.array([2, 2], object),
    "tensor": tf.constant([2, 2]),
    "variable": tf.Variable([2, 2], dtype=tf.int64),
    "pair of tensors": (2, tf.constant(2)),
    "array of no axes": np.array(2),
    "tensor of no axes": tf.constant(2),
    "integer of NumPy": np.int64(2),
}


def layer(images, size):
    return UpSampling2D(size)(images)


FACES = [kernels.upsample2d, upsample2d, layer]


@pytest.mark.parametrize("function", FACES)
@pytest.mark.parametrize("size", FACTORS.values(), ids=FACTORS)
def test_factors_may_be_any_integer_or_pair_of_integers(size, function):
    np.testing.assert_array_equal(function(IMAGES, size), REPEATED)


NO_FACTORS = {
    "float of NumPy": np.float64(2),
    "floats": np.array([2.0, 2.0]),
    "truth values": np.array([True, True]),
    "column": np.array([[2], [2]]),
    "duration": np.timedelta64(2, "s"),
    "tensor of none": tf.constant([], tf.int32),
    "float of no axes": np.array(2.0),
    "truth value of no axes": np.array(True),
    "tensor of floats": tf.constant([2.0, 2.0]),
    "tensor of a float": tf.constant(2.0),
    "tensor of a truth value": tf.constant(True),
    "text": "22",
    "bytes": b"ab",
    "bytearray": bytearray(b"\2\2"),
    "view of bytes": memoryview(b"\2\2"),
    "set": {2, 3},
    "dict": {2: 0, 3: 0},
    "numbers without end": itertools.repeat(2),
}


@pytest.mark.parametrize("function", [kernels.upsample2d, upsample2d])
@pytest.mark.parametrize("size", NO_FACTORS.values(), ids=NO_FACTORS)
def test_other_factors_are_refused(size, function):
    with pytest.raises(ValueError, match="`size` must be an integer or a pair of integers"):
        function(IMAGES, size)


# What Keras' layer itself says about these. For text of two digits it compares the digits with 0.
KERAS_SAYS = {
    "float of NumPy": (ValueError, "The `size` argument must be a tuple of 2 integers"),
    "text": (TypeError, "'<=' not supported"),
}


@pytest.mark.parametrize("kind", NO_FACTORS)
def test_other_factors_are_refused_by_the_layer(kind):
    ours = ValueError, "`size` must be an integer or a pair of integers"
    error, message = KERAS_SAYS.get(kind, ours)
    with pytest.raises(error, match=message):
        UpSampling2D(NO_FACTORS[kind])


@pytest.mark.parametrize("function", FACES)
@pytest.mark.parametrize(
    "size",
    [tf.constant(2), tf.constant([2, 2]), (tf.constant(2), 2)],
    ids=["tensor of no axes", "tensor", "pair"],
)
def test_factors_that_only_a_run_would_know_are_refused(size, function):
    def run(size):
        function(IMAGES, size)

    message = "`size` must be an integer or a pair of integers"
    if function is layer and isinstance(size, tuple):  # Keras itself refuses these
        message = "The `size` argument must be a tuple of 2 integers"
    with pytest.raises(ValueError, match=message):
        tf.function(run)(size)


@pytest.mark.parametrize("function", FACES)
@pytest.mark.parametrize("shape", [(), (2,)], ids=str)
def test_factors_that_are_symbols_of_keras_are_refused(shape, function):
    with pytest.raises(ValueError, match="`size` must be an integer or a pair of integers"):
        function(IMAGES, tf.keras.Input(shape, dtype="int32"))


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
@pytest.mark.parametrize(
    "shape", [(9, 4, 6, 4), (1, 4, 6, 7), (1, 8, 6, 4), (1, 3, 6, 4), (4, 6), ()], ids=str
)
def test_an_upstream_gradient_of_another_shape_is_refused(shape, interpolation, order):
    """The op alone can't see it, and stock's ResizeBilinearGrad silently takes another batch."""
    x = tf.constant(IMAGES)
    with tf.GradientTape(persistent=True) as outer:
        outer.watch(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = upsample2d(x, 2, interpolation)
        upstream = tf.ones_like(y)
        outer.watch(upstream)
        gradient = tape.gradient(y, x, upstream)
    y, x, wrong = (y, x, shape) if order == 1 else (gradient, upstream, (*shape, 5))
    with pytest.raises(ValueError, match="an upstream gradient of shape"):
        outer.gradient(y, x, output_gradients=tf.ones(wrong))


@pytest.mark.parametrize("compiled", [False, True])
def test_an_upstream_gradient_of_another_shape_is_refused_in_graphs(compiled):
    @tf.function(jit_compile=compiled)
    def run(x, upstream):
        return tf.gradients(upsample2d(x, 2), x, upstream)

    with pytest.raises(ValueError, match="an upstream gradient of shape"):
        run(tf.ones((1, 2, 3, 4)), tf.ones((9, 4, 6, 4)))


def test_an_upstream_gradient_may_be_sparse_or_of_unknown_shape():
    @tf.function(input_signature=[tf.TensorSpec(None), tf.TensorSpec(None)])
    def run(x, upstream):
        y = upsample2d(tf.ensure_shape(x, (1, 2, 3, 4)), 2)
        return tf.gradients(y, x, upstream)

    np.testing.assert_array_equal(run(IMAGES, tf.ones((1, 4, 6, 4)))[0], np.full((1, 2, 3, 4), 4))
    x = tf.constant(IMAGES)
    with tf.GradientTape() as tape:
        tape.watch(x)
        rows = tf.gather(upsample2d(x, 2), [0, 0])
    np.testing.assert_array_equal(tape.gradient(rows, x), np.full((1, 2, 3, 4), 8))
