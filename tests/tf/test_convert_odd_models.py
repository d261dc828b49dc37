"""Models and layers that conversion once got wrong, or left in a strange state."""

import pickle

import numpy as np
import pytest
import tensorflow as tf

from upsample_op import UpSampleConv2D, conversion_report, convert_model, restore_model

rng = np.random.default_rng(0)
x = tf.constant(rng.normal(size=(2, 4, 4, 3)).astype(np.float32))


def upsampling_model(keras, **options):
    images = keras.Input((4, 4, 3))
    return keras.Model(images, keras.layers.UpSampling2D(**options)(images))


def test_a_layer_that_was_loaded_is_called_as_stocks_when_it_is_restored(keras, tmp_path):
    images = keras.Input((4, 4, 3))
    model = keras.Model(images, keras.layers.Resizing(8, 8)(images))
    expected = model(x)
    convert_model(model)
    restored = restore_model(model, copy=True)
    np.testing.assert_allclose(restored(x), expected, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(restored.predict(x, verbose=0), expected, rtol=1e-6, atol=1e-6)
    layer = type(model.layers[-1]).from_config(model.layers[-1].get_config())
    np.testing.assert_allclose(layer(x), expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("dtype", ["uint8", "int32", "float16", "float64"])
@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
def test_the_dtype_of_the_result_is_stocks(keras, interpolation, dtype):
    options = {} if dtype in ("uint8", "int32") else {"dtype": dtype}
    layer = keras.layers.UpSampling2D(2, interpolation=interpolation, **options)
    images = tf.cast(tf.reshape(tf.range(48), (1, 4, 4, 3)), dtype)
    expected = layer(images)
    convert_model(layer)
    found = layer(images)
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


def test_an_attribute_may_have_the_name_of_another_layer(keras):
    images = keras.Input((4, 4, 3))
    model = keras.Model(images, keras.layers.UpSampling2D(2, name="extra")(images))
    model.extra = keras.layers.UpSampling2D(3)
    convert_model(model)
    assert len(conversion_report(model).paths("replaced")) == 2
    model.extra = keras.layers.Dense(3)
    restore_model(model)
    assert type(model.layers[-1]).__module__.startswith(keras.__name__)


def test_a_users_class_may_be_called_sequential(keras):
    class Sequential(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.up = keras.layers.UpSampling2D()

        def call(self, inputs):
            return self.up(inputs)

    layer = Sequential()
    expected = layer(x)
    convert_model(layer, fold=True)
    assert conversion_report(layer).paths("replaced") == ["up"]
    np.testing.assert_array_equal(layer(x), expected)


@pytest.mark.parametrize("size", [(2.0, 2.0), (True, 2), np.float32(2)], ids=str)
def test_sizes_that_stock_alone_takes_stay_stocks(keras, size):
    try:
        layer = keras.layers.UpSampling2D(size)
        expected = layer(x)
    except (TypeError, ValueError):
        pytest.skip("stock refuses it, too")
    with pytest.warns(UserWarning, match="nothing was replaced"):
        convert_model(layer)
    np.testing.assert_array_equal(layer(x), expected)
    assert "no pair of integers" in str(conversion_report(layer))


LAYERS = {
    "UpSampling2D": lambda keras: keras.layers.UpSampling2D(2),
    "Resizing": lambda keras: keras.layers.Resizing(8, 8),
}


@pytest.mark.parametrize("name", LAYERS)
def test_a_converted_layer_can_be_pickled(keras, name, tmp_path, run_after_tensorflow):
    layer = LAYERS[name](keras)
    expected = layer(x)
    try:
        pickle.loads(pickle.dumps(layer))
    except Exception as error:
        pytest.skip(f"stock can't: {error}")
    convert_model(layer)
    copy = pickle.loads(pickle.dumps(layer))
    assert type(copy) is type(layer)
    np.testing.assert_allclose(copy(x), expected, rtol=1e-6, atol=1e-6)
    (tmp_path / "layer").write_bytes(pickle.dumps(layer))
    program = f"import pickle; print(type(pickle.load(open({str(tmp_path / 'layer')!r}, 'rb'))))"
    # This process has imported neither Keras nor this package.
    assert "upsample_op" in run_after_tensorflow(program)


def test_a_folded_convolution_can_be_pickled(keras):
    model = keras.Sequential(
        [keras.Input((4, 4, 3)), keras.layers.UpSampling2D(), keras.layers.Conv2D(2, 3)]
    )
    images = tf.ones((2, 8, 8, 3))
    expected = model.layers[-1](images)
    try:
        pickle.loads(pickle.dumps(model.layers[-1]))
    except Exception as error:
        pytest.skip(f"stock can't: {error}")
    convert_model(model, fold=True)
    layer = model.layers[-1]
    copy = pickle.loads(pickle.dumps(layer))
    assert type(copy) is type(layer)
    assert "Folding" in type(copy).__qualname__
    np.testing.assert_allclose(copy(images), expected, rtol=1e-6, atol=1e-6)


def test_a_copy_is_made_of_a_model_with_a_loss_that_cannot_be_saved(keras):
    class Loss:
        def __call__(self, target, predicted):
            return tf.reduce_mean((target - predicted) ** 2)

    model = upsampling_model(keras)
    model.compile("sgd", Loss())
    copy = convert_model(model, copy=True)
    np.testing.assert_array_equal(copy(x), model(x))
    assert model.evaluate(x, tf.zeros((2, 8, 8, 3)), verbose=0) > 0


def test_functions_in_dicts_and_lists_are_traced_anew(keras):
    model = upsampling_model(keras)
    model.functions = {"a": tf.function(lambda images: model.layers[1](images))}
    model.more = [tf.function(lambda images: model.layers[1](images))]

    def types():
        functions = [model.functions["a"], *model.more]
        graphs = [function.get_concrete_function(x).graph for function in functions]
        return [{op.type for op in graph.get_operations()} for graph in graphs]

    assert not any("UpsampleOp>Upsample2D" in found for found in types())
    convert_model(model)
    assert all("UpsampleOp>Upsample2D" in found for found in types())


def test_what_is_this_packages_own_is_no_reason_to_warn(recwarn):
    layer = UpSampleConv2D(4, 3)
    layer(x)
    convert_model(tf.keras.Sequential([tf.keras.Input((4, 4, 3)), layer]))
    assert not [each for each in recwarn if "nothing was replaced" in str(each.message)]
