"""UpSampleConv2D is the unfolded pair in values and gradients, and a Conv2D in all else."""

import itertools

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from upsample_op import UpSampleConv2D, _phases, folding
from upsample_op.folding import upsample_conv2d, widen

# These are relative to the largest element of what is compared.
TOLERANCES = {"float64": 1e-12, "float32": 1e-5, "float16": 1e-2, "bfloat16": 6e-2}
KERNELS = [(1, 1), (1, 3), (2, 2), (3, 3), (4, 5), (6, 1)]
SIZES = [(1, 1), (2, 2), (3, 1), (1, 4), (5, 2)]
x = np.random.default_rng(0).standard_normal((2, 4, 5, 3)).astype(np.float32)


@pytest.fixture(autouse=True)
def fold_small_images_too(monkeypatch):
    monkeypatch.setattr(folding, "_LEAST_PIXELS", dict.fromkeys((2, 4, 8), 0))


def pair(images, kernel, size, padding):
    """Returns the upsampling and the convolution by their definitions."""
    large = tf.repeat(tf.repeat(images, size[0], 1), size[1], 2)
    return tf.nn.conv2d(large, kernel, 1, padding.upper())


def normal(seed, *shape):
    return np.random.default_rng(seed).standard_normal(shape)


def assert_close(found, expected, tolerance):
    found, expected = (np.asarray(tf.cast(value, tf.float64)) for value in (found, expected))
    limit = tolerance * max(1e-30, np.abs(expected).max(initial=0))
    np.testing.assert_allclose(found, expected, rtol=0, atol=limit)


def values_and_gradients(function, images, kernel, upstream):
    with tf.GradientTape() as tape:
        tape.watch((images, kernel))
        result = function(images, kernel)
    return [result, *tape.gradient(result, (images, kernel), tf.cast(upstream, result.dtype))]


def check_against_pair(images, kernel, size, padding, tolerance, function=upsample_conv2d):
    """Compares results in the arguments' dtype with the pair in float64."""
    exact = [tf.cast(value, tf.float64) for value in (images, kernel)]
    upstream = normal(3, *pair(*exact, size, padding).shape)
    upstream = tf.cast(tf.cast(upstream, images.dtype), tf.float64)
    expected = values_and_gradients(lambda i, k: pair(i, k, size, padding), *exact, upstream)
    found = values_and_gradients(
        lambda i, k: function(i, k, size, padding), images, kernel, upstream
    )
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == images.dtype
        assert_close(one, other, tolerance)


@pytest.mark.parametrize("function", [upsample_conv2d, _phases.conv2d], ids=["folded", "phases"])
@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kernel_size", KERNELS)
def test_values_and_gradients_are_those_of_the_pair(kernel_size, size, padding, function):
    if padding == "valid" and any(
        k > s * n for k, s, n in zip(kernel_size, size, (4, 5), strict=True)
    ):
        pytest.skip("the result would be empty")
    images, kernel = tf.constant(normal(1, 2, 4, 5, 3)), tf.constant(normal(2, *kernel_size, 3, 2))
    check_against_pair(images, kernel, size, padding, TOLERANCES["float64"], function)


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("kernel_size", [(1, 1), (2, 3), (3, 3)])
@pytest.mark.parametrize("function", [upsample_conv2d, _phases.conv2d], ids=["folded", "phases"])
def test_every_dtype(kernel_size, padding, dtype, function):
    images, kernel = (tf.cast(v, dtype) for v in (x, normal(2, *kernel_size, 3, 2)))
    check_against_pair(images, kernel, (2, 3), padding, TOLERANCES[dtype], function)


def test_what_xla_compiles_for_a_cpu_has_no_transposed_convolution():
    def forms(**options):
        function = tf.function(lambda i, k: upsample_conv2d(i, k, 2), **options)
        graph = function.get_concrete_function(x, tf.zeros((3, 3, 3, 2))).graph
        return {op.type for op in graph.get_operations() if op.type.startswith("Conv2D")}

    assert forms() == {"Conv2DBackpropInput"}
    if not tf.config.list_physical_devices("GPU"):
        assert forms(jit_compile=True) == {"Conv2D"}


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    taps=st.tuples(st.integers(1, 7), st.integers(1, 7)),
    size=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    shape=st.tuples(*[st.integers(1, 4)] * 4),
    padding=st.sampled_from(["same", "valid"]),
)
def test_any_pair_is_folded(taps, size, shape, padding):
    if padding == "valid" and any(
        k > s * n for k, s, n in zip(taps, size, shape[1:3], strict=True)
    ):
        padding = "same"
    images, kernel = tf.constant(normal(1, *shape)), tf.constant(normal(2, *taps, shape[3], 2))
    check_against_pair(images, kernel, size, padding, TOLERANCES["float64"])


def test_widened_kernel():
    row = tf.constant([1.0, 2.0, 4.0])[None, :, None, None]
    assert widen(row, (2, 3))[..., 0, 0].numpy().tolist() == [[1, 3, 7, 6, 4]] * 2
    assert widen(row, 1).numpy().tolist() == row.numpy().tolist()


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_taps_are_summed_exactly_and_rounded_once(dtype):
    kernel = tf.cast(normal(0, 3, 3, 2, 2), dtype)
    exact = widen(tf.cast(kernel, tf.float64), 4)
    assert_close(widen(kernel, 4), tf.cast(tf.cast(exact, tf.float32), dtype), 0)


def test_second_order_gradients_are_those_of_the_pair():
    kernel = tf.constant(normal(2, 3, 2, 3, 2))

    def second(function):
        with tf.GradientTape() as outer:
            images = tf.constant(x, tf.float64)
            outer.watch((images, kernel))
            with tf.GradientTape() as inner:
                inner.watch((images, kernel))
                loss = tf.reduce_sum(tf.sin(function(images, kernel, (2, 3), "same")))
            first = inner.gradient(loss, (images, kernel))
            loss = tf.add_n([tf.reduce_sum(gradient**2) for gradient in first])
        return outer.gradient(loss, (images, kernel))

    for found, expected in zip(second(upsample_conv2d), second(pair), strict=True):
        assert_close(found, expected, 1e-11)


# Arguments beside filters, kernel_size and size.
ARGUMENTS = {
    "plain": {},
    "same": {"padding": "same", "activation": "relu"},
    "without a bias": {"padding": "same", "use_bias": False},
    "strides": {"strides": 2, "padding": "same"},
    "dilation": {"dilation_rate": 2},
    "regularized": {"kernel_regularizer": "l2", "kernel_constraint": "max_norm"},
}


def train(layers, steps=3):
    model = tf.keras.Sequential([tf.keras.Input((4, 5, 3)), *layers])
    model.compile("sgd", "mse")
    target = np.ones((2, *model.output_shape[1:]), np.float32)
    return model.fit(x, target, epochs=steps, verbose=0).history["loss"]


@pytest.mark.parametrize("arguments", ARGUMENTS.values(), ids=ARGUMENTS)
def test_layer_trains_as_the_two_stock_layers(arguments):
    layer = UpSampleConv2D(4, (3, 2), (2, 3), bias_initializer="ones", **arguments)
    layer.build((None, 4, 5, 3))
    config = {
        key: value for key, value in layer.get_config().items() if key not in ("size", "name")
    }
    conv = tf.keras.layers.Conv2D.from_config(config)
    conv.build((None, 8, 15, 3))
    conv.set_weights(layer.get_weights())
    up = tf.keras.layers.UpSampling2D((2, 3))
    assert_close(layer(x), conv(up(x)), 1e-5)
    assert layer.compute_output_shape((2, 4, 5, 3)) == layer(x).shape
    np.testing.assert_allclose(train([layer]), train([up, conv]), rtol=1e-4)
    for ours, stock in zip(layer.weights, conv.weights, strict=True):
        assert (ours.name, ours.shape) == (stock.name, stock.shape)
        assert_close(ours, stock, 1e-4)


def test_groups_run_unfolded():
    images = normal(1, 2, 4, 5, 4).astype(np.float32)
    layer = UpSampleConv2D(4, 3, 2, groups=2)
    layer.build(images.shape)
    conv = tf.keras.layers.Conv2D(4, 3, groups=2)
    conv.build((None, 8, 10, 4))
    conv.set_weights(layer.get_weights())
    assert_close(layer(images), conv(tf.keras.layers.UpSampling2D()(images)), 1e-5)


@pytest.mark.parametrize("kernel_size", [1, 2, 3])
@pytest.mark.parametrize("padding", ["same", "valid"])
def test_channels_first_is_channels_last_transposed(padding, kernel_size):
    last = UpSampleConv2D(4, kernel_size, padding=padding)
    expected = last(x)
    first = UpSampleConv2D(4, kernel_size, padding=padding, data_format="channels_first")
    images = np.transpose(x, (0, 3, 1, 2))
    first.build(images.shape)
    first.set_weights(last.get_weights())
    assert_close(tf.transpose(first(images), (0, 2, 3, 1)), expected, 1e-5)
    assert first.compute_output_shape((None, 3, None, 5))[2] is None
    assert first.compute_output_shape(images.shape) == first(images).shape


@pytest.mark.parametrize("jit_compile", [False, True])
def test_unknown_shapes_and_jit(jit_compile):
    layer = UpSampleConv2D(4, (3, 1), (2, 3), padding="same")
    expected = layer(x)
    specs = [tf.TensorSpec(x.shape if jit_compile else (None, None, None, 3))]
    function = tf.function(layer, specs, jit_compile=jit_compile)
    assert_close(function(tf.constant(x)), expected, 1e-5)
    inputs = tf.keras.Input((None, None, 3))
    assert layer(inputs).shape == (None, None, None, 4)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16", "float64"])
def test_dtype_policies(policy):
    layer = UpSampleConv2D(4, 3, padding="same", dtype=policy)
    y = layer(x)
    assert y.dtype == layer.compute_dtype == layer(tf.keras.Input((4, 5, 3))).dtype
    assert layer.kernel.dtype == layer.variable_dtype
    exact = pair(*(tf.cast(v, tf.float64) for v in (x, layer.kernel)), (2, 2), "same")
    assert_close(y, exact, TOLERANCES[layer.compute_dtype])


def test_saved_and_loaded(tmp_path):
    layer = UpSampleConv2D(4, (3, 2), (2, 3), padding="same", activation="relu")
    model = tf.keras.Sequential([tf.keras.Input((None, None, 3)), layer])
    model.save(tmp_path / "model.keras")
    copy = tf.keras.models.load_model(tmp_path / "model.keras")
    assert type(copy.layers[0]) is UpSampleConv2D
    assert copy.layers[0].get_config() == layer.get_config()
    np.testing.assert_array_equal(copy(x), model(x))


def test_lora_changes_the_folded_kernel():
    layer = UpSampleConv2D(4, 3, padding="same")
    before = layer(x)
    layer.enable_lora(2)
    layer.lora_kernel_b.assign(tf.ones((2, 4)))
    assert np.abs(layer(x) - before).max() > 0.01
    assert_close(layer(x), pair(x, layer.kernel, (2, 2), "same") + layer.bias, 1e-5)


def test_errors():
    for size in (0, (2, -1), "2", (1, 2, 3)):
        with pytest.raises(ValueError, match="`size`"):
            UpSampleConv2D(4, 3, size)
    with pytest.raises(ValueError, match="padding"):
        upsample_conv2d(x, np.ones((3, 3, 3, 1), np.float32), 2, "full")
    with pytest.raises(ValueError, match="a kernel of 11 for 8 upsampled pixels"):
        upsample_conv2d(x, np.ones((11, 3, 3, 1), np.float32), 2, "valid")
    with pytest.raises(ValueError, match="zero or negative"):
        UpSampleConv2D(4, 11)(x)
    layer = UpSampleConv2D(4, 3)
    layer.build(x.shape)
    with pytest.raises(NotImplementedError, match="quantized"):
        layer.quantize("int8")


def test_results_are_the_same_under_op_determinism(run_after_tensorflow):
    run_after_tensorflow(
        """
        import numpy as np, tensorflow as tf, upsample_op
        tf.keras.utils.set_random_seed(1)
        tf.config.experimental.enable_op_determinism()
        layer = upsample_op.UpSampleConv2D(8, 3, padding="same")
        x = tf.random.normal((4, 16, 16, 8))
        def gradient():
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(layer(x) ** 2)
            return tape.gradient(loss, layer.trainable_variables[0]).numpy()
        first = gradient()
        assert all(np.array_equal(gradient(), first) for _ in range(3))
        """
    )


def test_keras_2(tmp_path, run_python):
    """TF_USE_LEGACY_KERAS=1 makes tf.keras the package tf_keras."""
    pytest.importorskip("tf_keras")
    run_python(
        """
        import numpy as np, tensorflow as tf, tf_keras, upsample_op
        x = np.random.default_rng(0).standard_normal((2, 4, 5, 4)).astype(np.float32)
        for options in ({}, {"padding": "same"}, {"strides": 2}, {"groups": 2}):
            layer = upsample_op.UpSampleConv2D(4, (3, 2), (2, 3), **options)
            conv = tf_keras.layers.Conv2D(4, (3, 2), **options)
            y, large = layer(x), tf_keras.layers.UpSampling2D((2, 3))(x)
            conv.build(large.shape)
            conv.set_weights(layer.get_weights())
            np.testing.assert_allclose(y, conv(large), atol=1e-5)
            assert layer.compute_output_shape(x.shape) == y.shape
        inputs = tf_keras.Input((None, None, 4))
        layer = upsample_op.UpSampleConv2D(4, 3, dtype="mixed_float16")
        model = tf_keras.Model(inputs, layer(inputs))
        model.save("model.keras")
        copy = tf_keras.models.load_model("model.keras")
        np.testing.assert_array_equal(copy(x), model(x))
        """,
        cwd=tmp_path,
        TF_USE_LEGACY_KERAS="1",
    )


def test_keras_on_jax(run_python):
    pytest.importorskip("jax")
    run_python(
        """
        import jax, keras, numpy as np, upsample_op
        y = upsample_op.UpSampleConv2D(2, 3, padding="same")(np.ones((1, 2, 2, 1), np.float32))
        assert isinstance(y, jax.Array) and y.shape == (1, 4, 4, 2)
        """,
        KERAS_BACKEND="jax",
    )


def test_the_table_has_kernels_below_and_above_the_factors():
    both = itertools.product(KERNELS, SIZES)
    pairs = [pair for one, other in both for pair in zip(one, other, strict=True)]
    assert {(k > s) - (k < s) for k, s in pairs} == {-1, 0, 1}


def test_a_valid_kernel_larger_than_the_images_is_refused_or_gives_nothing(jit):
    kernel = tf.ones((6, 6, 3, 1))

    @tf.function(jit_compile=jit)
    def convolved(images):
        return upsample_conv2d(images, kernel, 2, "valid")

    with pytest.raises(ValueError, match="a kernel of 6 for 2 upsampled pixels"):
        convolved(tf.ones((1, 1, 2, 3)))
    if not jit:
        of_any_size = convolved.get_concrete_function(tf.TensorSpec((None, None, None, 3)))
        assert 0 in of_any_size(tf.ones((1, 1, 2, 3))).shape


def test_empty_images_give_an_empty_result_by_a_kernel_of_one_tap():
    assert upsample_conv2d(tf.ones((1, 0, 2, 3)), tf.ones((1, 1, 3, 2)), 2, "valid").shape[1] == 0


def test_layer_of_few_pixels_trains_in_channels_first(monkeypatch):
    monkeypatch.undo()
    first = UpSampleConv2D(4, 3, padding="same", data_format="channels_first")
    last = UpSampleConv2D(4, 3, padding="same")
    for layer, shape in ((first, (None, 3, 4, 4)), (last, (None, 4, 4, 3))):
        layer.build(shape)
    last.set_weights(first.get_weights())
    images = tf.constant(np.random.default_rng(0).standard_normal((1, 4, 4, 3)), tf.float32)

    def gradients(layer, images):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(layer(images) ** 2)
        return tape.gradient(loss, layer.trainable_variables)

    transposed = tf.transpose(images, (0, 3, 1, 2))
    for found, expected in zip(gradients(first, transposed), gradients(last, images), strict=True):
        assert_close(found, expected, 1e-5)


def test_layer_of_few_pixels_and_a_large_factor_is_not_folded(monkeypatch):
    monkeypatch.undo()
    layer = UpSampleConv2D(4, 3, 32, padding="same")

    def types(shape):
        graph = tf.function(layer).get_concrete_function(tf.TensorSpec(shape)).graph
        return {op.type for op in graph.get_operations()}

    assert "UpsampleOp>Upsample2D" in types((8, 1, 1, 3))
    assert "Conv2DBackpropInput" in types((8, 4, 4, 3))
