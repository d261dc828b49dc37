"""The Keras layer equals the function, and is the stock layer in everything else."""

import numpy as np
import pytest
import tensorflow as tf

import upsample_op
from upsample_op import UpSampling2D, _library, upsample2d

StockUpSampling2D = tf.keras.layers.UpSampling2D
x = np.random.default_rng(0).standard_normal((2, 3, 4, 5)).astype(np.float32)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
@pytest.mark.parametrize("size", [2, (3, 2)])
def test_layer_equals_function(size, interpolation, data_format):
    layer = UpSampling2D(size, data_format, interpolation)
    np.testing.assert_array_equal(layer(x), upsample2d(x, size, interpolation, data_format))


def test_is_a_stock_layer_with_its_defaults():
    ours, stock = UpSampling2D(name="up"), StockUpSampling2D(name="up")
    assert isinstance(ours, StockUpSampling2D)
    assert ours.get_config() == stock.get_config()
    assert UpSampling2D().name.startswith("up_sampling2d")


def test_data_format_defaults_to_that_of_keras():
    before = tf.keras.config.image_data_format()
    try:
        tf.keras.config.set_image_data_format("channels_first")
        assert UpSampling2D()(x).shape == (2, 3, 8, 10)
    finally:
        tf.keras.config.set_image_data_format(before)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_output_shape_is_that_of_stock(data_format):
    for shape in [(2, 3, 4, 5), (None, None, None, 7), (None, 7, None, None)]:
        ours = UpSampling2D((2, 3), data_format).compute_output_shape(shape)
        assert ours == StockUpSampling2D((2, 3), data_format).compute_output_shape(shape)


def test_config_round_trip():
    layer = UpSampling2D((2, 3), "channels_first", "Bilinear", name="up", dtype="float16")
    config = tf.keras.layers.serialize(layer)
    assert config["registered_name"] == "upsample_op>UpSampling2D"
    copy = tf.keras.layers.deserialize(config)
    assert type(copy) is UpSampling2D
    assert copy.get_config() == layer.get_config()
    assert copy.interpolation == "bilinear"


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float64"])
def test_dtype_policies(policy, interpolation):
    layer = UpSampling2D(2, interpolation=interpolation, dtype=policy)
    y = layer(x)
    assert y.dtype == layer.compute_dtype
    expected = upsample2d(tf.cast(x, layer.compute_dtype), 2, interpolation)
    np.testing.assert_array_equal(y, expected)
    assert layer(tf.keras.Input((3, 4, 5))).dtype == layer.compute_dtype


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
@pytest.mark.parametrize("dtype", ["uint8", "int32"])
def test_symbolic_dtype_is_the_real_one(dtype, interpolation):
    inputs = tf.keras.Input((None, None, 3), dtype=dtype)
    outputs = UpSampling2D(2, interpolation=interpolation)(inputs)
    assert outputs.dtype == dtype
    images = np.arange(12).reshape(1, 2, 2, 3).astype(dtype)
    assert tf.keras.Model(inputs, outputs)(images).dtype == dtype


def test_symbolic_dtype_of_what_is_not_cast():
    layer = UpSampling2D(2, dtype="float32", autocast=False)
    assert layer(tf.keras.Input((2, 2, 1), dtype="float16")).dtype == "float16"
    assert layer(np.ones((1, 2, 2, 1), np.float16)).dtype == "float16"


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
def test_unknown_height_and_width_in_a_function(interpolation, data_format):
    layer = UpSampling2D(3, data_format, interpolation)

    @tf.function(input_signature=[tf.TensorSpec((None, None, None, None))])
    def forward(images):
        return layer(images)

    for images in (x, x[:1, :2, :1]):
        np.testing.assert_array_equal(forward(images), layer(images))


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
def test_empty_images_give_empty_results(interpolation):
    for shape in [(0, 2, 3, 4), (1, 0, 3, 4), (1, 2, 0, 4), (1, 2, 3, 0)]:
        n, h, w, c = shape
        y = UpSampling2D((2, 3), "channels_last", interpolation)(np.zeros(shape, np.float32))
        assert y.shape == (n, 2 * h, 3 * w, c)


@pytest.mark.parametrize("interpolation", ["bicubic", "lanczos3", "lanczos5"])
def test_other_interpolations_are_the_stock_ones(interpolation):
    ours = UpSampling2D(2, interpolation=interpolation)
    np.testing.assert_array_equal(ours(x), StockUpSampling2D(2, interpolation=interpolation)(x))


def test_training_is_that_of_the_stock_layer():
    def losses(layer_class):
        tf.keras.utils.set_random_seed(1)
        model = tf.keras.Sequential(
            [
                tf.keras.Input((None, None, 3)),
                tf.keras.layers.Conv2D(8, 3, strides=2, padding="same", activation="relu"),
                layer_class(2, interpolation="bilinear"),
                tf.keras.layers.Conv2D(3, 3, padding="same"),
            ]
        )
        model.compile("adam", "mse")
        images = np.random.default_rng(0).random((20, 8, 8, 3), np.float32)
        # 20 images make batches of 8, of which the last one is smaller.
        return model.fit(images, images, batch_size=8, epochs=3, verbose=0).history["loss"]

    ours, stock = losses(UpSampling2D), losses(StockUpSampling2D)
    np.testing.assert_allclose(ours, stock, rtol=1e-5)
    assert ours[-1] < ours[0]


def test_models_with_the_layer_may_be_compiled_by_xla():
    """tests/package/test_xla_library.py tests what happens if the library for it is missing."""
    minor = ".".join(tf.__version__.split(".")[:2])
    why_not = _library.built()["tensorflow"][minor]["xla"]
    assert upsample_op.build_info()["xla"] == (f"not built: {why_not}" if why_not else "loaded")
    for interpolation in ("nearest", "bilinear"):
        assert UpSampling2D(interpolation=interpolation).supports_jit is (why_not is None)
    assert UpSampling2D(interpolation="bicubic").supports_jit is True


def test_keras_2(run_python):
    """TF_USE_LEGACY_KERAS=1 makes tf.keras the package tf_keras."""
    pytest.importorskip("tf_keras")
    run_python(
        """
        import numpy as np, tensorflow as tf, tf_keras
        import upsample_op
        assert issubclass(upsample_op.UpSampling2D, tf_keras.layers.UpSampling2D)
        x = np.random.default_rng(0).standard_normal((2, 3, 4, 5)).astype(np.float32)
        for interpolation in ("nearest", "bilinear"):
            layer = upsample_op.UpSampling2D((2, 3), "channels_last", interpolation)
            stock = tf_keras.layers.UpSampling2D((2, 3), "channels_last", interpolation)
            np.testing.assert_allclose(layer(x), stock(x), rtol=0, atol=1e-5)
            assert layer.compute_output_shape((None, 2, 3, 4)) == (None, 4, 9, 4)
            arguments = {"interpolation": interpolation, "dtype": "mixed_float16"}
            half = tf_keras.layers.UpSampling2D(2, **arguments)(x).dtype
            assert upsample_op.UpSampling2D(2, **arguments)(x).dtype == half
            inputs = tf_keras.Input((None, None, 5))
            model = tf_keras.Model(inputs, layer(inputs))
            copy = tf_keras.Model.from_config(model.get_config())
            np.testing.assert_array_equal(copy.predict(x, verbose=0), layer(x))
        bicubic = upsample_op.UpSampling2D(2, interpolation="bicubic")
        stock = tf_keras.layers.UpSampling2D(2, interpolation="bicubic")
        np.testing.assert_array_equal(bicubic(x), stock(x))
        """,
        TF_USE_LEGACY_KERAS="1",
    )


def test_other_keras_backends_run_the_stock_layer(monkeypatch):
    monkeypatch.setattr(upsample_op._mixins, "backend_of", lambda layer_class: "jax")
    monkeypatch.setattr(upsample_op._mixins, "upsample2d", None)
    layer = UpSampling2D(2, interpolation="bilinear")
    assert layer.supports_jit is True
    np.testing.assert_array_equal(layer(x), StockUpSampling2D(2, interpolation="bilinear")(x))


def test_keras_on_jax(run_python):
    pytest.importorskip("jax")
    run_python(
        """
        import jax, keras, numpy as np, upsample_op
        layer = upsample_op.UpSampling2D(2)
        y = layer(np.ones((1, 2, 2, 1), np.float32))
        assert isinstance(y, jax.Array) and y.shape == (1, 4, 4, 1)
        """,
        KERAS_BACKEND="jax",
    )
