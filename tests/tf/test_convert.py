"""convert_model changes any model in place, and changes only what upsamples."""

import keras as keras3
import numpy as np
import pytest
import tensorflow as tf

import upsample_op
from upsample_op import UpSampling2D, conversion_report, convert_model, restore_model

x = np.random.default_rng(0).standard_normal((4, 6, 6, 3)).astype(np.float32)


def replaced(model):
    return conversion_report(model).paths("replaced")


def assert_close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def autoencoder(keras, **upsampling):
    layers = keras.layers
    images = keras.Input((6, 6, 3))
    y = layers.Conv2D(4, 3, padding="same", activation="relu")(images)
    y = layers.MaxPooling2D()(y)
    y = layers.Dropout(0.3)(y)
    y = layers.UpSampling2D(2, **upsampling)(y)
    return keras.Model(images, layers.Conv2D(3, 3, padding="same")(y))


class Block:
    """Makes a layer of a Keras that keeps upsampling in an attribute, a list and a dict."""

    def __new__(cls, keras):
        class Blocks(keras.layers.Layer):
            def __init__(self, **kwargs):
                super().__init__(**kwargs)
                self.up = keras.layers.UpSampling2D((1, 2))
                self.listed = [keras.layers.UpSampling2D((2, 1), interpolation="bilinear")]
                self.keyed = {"one": keras.layers.UpSampling2D(1)}

            def call(self, inputs):
                return self.keyed["one"](self.listed[0](self.up(inputs)))

        return Blocks(name="blocks")


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
def test_a_model_is_changed_in_place_and_back(keras, interpolation):
    model = autoencoder(keras, interpolation=interpolation)
    config, variables, expected = model.get_config(), model.variables, model(x)
    assert convert_model(model) is model
    assert len(replaced(model)) == 1
    assert_close(model(x), expected)
    assert all(one is other for one, other in zip(model.variables, variables, strict=True))
    assert restore_model(model) is model
    assert replaced(model) == []
    assert model.get_config() == config
    np.testing.assert_array_equal(model(x), expected)


@pytest.mark.parametrize("has_xla", [False, True])
def test_nothing_of_a_conversion_is_left_in_a_model(keras, has_xla, monkeypatch):
    monkeypatch.setattr(upsample_op._library, "supports_jit", lambda: has_xla)
    model = autoencoder(keras)
    model.compile("sgd", "mse", jit_compile=True)
    model.predict(x, verbose=0)
    convert_model(model, fold=True)
    assert model.jit_compile == has_xla
    restore_model(model)
    assert model.jit_compile is True
    stock = autoencoder(keras)
    for layer, other in zip(model.layers, stock.layers, strict=True):
        assert vars(layer).keys() == vars(other).keys()
        assert getattr(layer, "supports_jit", True) is True


def test_layers_are_found_wherever_a_model_keeps_them(keras):
    layers = keras.layers
    shared = layers.UpSampling2D(2)
    inner = keras.Sequential([layers.Conv2D(3, 1), layers.UpSampling2D((3, 1)), shared])
    images = keras.Input((6, 6, 3))
    y = shared(inner(Block(keras)(images)))
    frames = layers.TimeDistributed(layers.UpSampling2D(2))(y[:, None])
    model = keras.Model(images, frames)
    expected = model(x)
    convert_model(model)
    assert len(replaced(model)) == 6
    assert "blocks/listed[0]" in replaced(model)
    assert not conversion_report(model).paths("left alone")
    assert_close(model(x), expected)


def test_subclassed_models_are_converted(keras):
    class Decoder(keras.Model):
        def __init__(self):
            super().__init__()
            self.block = Block(keras)
            self.unused = keras.layers.Dense(2)
            self.lambdas = keras.layers.Lambda(lambda images: images + 1)

        def call(self, inputs):
            return self.lambdas(self.block(inputs))

    model = Decoder()
    expected = model(x)
    convert_model(model)
    assert replaced(model) == ["block/up", "block/listed[0]", "block/keyed['one']"]
    assert type(model) is Decoder
    assert_close(model(x), expected)
    assert [e.layer for e in conversion_report(model) if e.verdict == "left alone"] == ["Lambda"]


def test_a_functional_model_of_a_class_of_its_own_keeps_it(keras):
    class Counting(keras.Model):
        steps = 0

        def train_step(self, data):
            Counting.steps += 1
            return super().train_step(data)

    inner = autoencoder(keras)
    model = Counting(inner.inputs, inner.outputs)
    model.compile("sgd", "mse", run_eagerly=True)
    convert_model(model)
    model.fit(x, x, epochs=1, verbose=0)
    assert type(model) is Counting
    assert Counting.steps == 1


def test_weights_that_no_graph_shows_stay_in_their_places(keras):
    """These are an unused tracked layer and a layer of two models, which a copy once mixed up."""
    layers = keras.layers
    shared = layers.Conv2D(3, 3, padding="same")

    def half():
        images = keras.Input((6, 6, 3))
        return keras.Model(images, layers.UpSampling2D(2)(shared(images)))

    images = keras.Input((6, 6, 3))
    first, second = half(), half()
    model = keras.Model(images, layers.Add()([first(images), second(images)]))
    model.unused = layers.Dense(3)
    model.unused.build((None, 5))
    weights, expected = model.get_weights(), model(x)
    convert_model(model)
    assert len(replaced(model)) == 2
    for one, other in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(one, other)
    assert_close(model(x), expected)


@pytest.mark.parametrize("copy", [False, True])
def test_state_beside_the_weights_is_kept(keras, copy):
    layers = keras.layers
    normalization = layers.Normalization()
    normalization.adapt(10 + 5 * x)
    lookup = layers.IntegerLookup(vocabulary=[7, 8, 9])
    images, labels = keras.Input((6, 6, 3)), keras.Input((6, 6, 3), dtype="int64")
    y = layers.UpSampling2D(2)(normalization(images))
    number = layers.UpSampling2D(2)(layers.Rescaling(1.0)(lookup(labels)))
    model = keras.Model([images, labels], [y, number])
    inputs = [x, np.full(x.shape, 8)]
    expected = model(inputs)
    converted = convert_model(model, copy=copy)
    assert len(replaced(converted)) == 2
    for found, value in zip(converted(inputs), expected, strict=True):
        assert_close(found, value)


def test_training_goes_on_where_it_was(keras):
    """Optimizer, dropout's seeds and a custom loss are as if nothing had been converted."""

    def loss(true, predicted):
        return (true - predicted) ** 2

    def train(change):
        keras.utils.set_random_seed(3)
        model = autoencoder(keras, interpolation="bilinear")
        model.compile(keras.optimizers.Adam(0.01), loss)
        options = {"batch_size": 2, "shuffle": False, "verbose": 0}
        model.fit(x, x, epochs=2, **options)
        change(model)
        losses = model.fit(x, x, epochs=3, **options).history["loss"]
        return int(model.optimizer.iterations), losses

    steps, losses = train(convert_model)
    assert steps == 10
    # Keras 2 keeps the state of its random numbers in the compiled function, which starts anew.
    _, expected = train(lambda model: model.make_train_function(force=True))
    np.testing.assert_allclose(losses, expected, rtol=1e-5)


def test_what_was_compiled_is_compiled_anew(keras, jit, monkeypatch):
    class Model(keras.Model):
        def __init__(self):
            super().__init__()
            self.up = keras.layers.UpSampling2D(2)
            self.function = tf.function(self.up)

        def call(self, inputs):
            return self.up(inputs)

        @tf.function
        def method(self, inputs):
            return self.up(inputs)

    def types(function):
        graph = function.get_concrete_function(tf.TensorSpec(x.shape)).graph
        return {op.type for op in graph.get_operations()}

    stock = keras.layers.UpSampling2D
    call, calls = stock.call, []
    monkeypatch.setattr(stock, "call", lambda self, images: calls.append(1) or call(self, images))
    model = Model()
    model.compile(jit_compile=jit)
    for change, is_ours in ((lambda _: None, False), (convert_model, True), (restore_model, False)):
        change(model)
        calls.clear()
        model.predict(x, verbose=0)
        assert (not calls) == is_ours
        assert ("UpsampleOp>Upsample2D" in types(model.function)) == is_ours
        assert ("UpsampleOp>Upsample2D" in types(model.method)) == is_ours


def test_a_copy_leaves_the_model_as_it_is(keras):
    model = autoencoder(keras)
    model.compile("sgd", "mse")
    expected = model(x)
    model(x, training=True)
    copy = convert_model(model, copy=True)
    assert (len(replaced(model)), len(replaced(copy))) == (0, 1)
    # The variables include those of dropout's random numbers.
    for one, other in zip(copy.variables, model.variables, strict=True):
        np.testing.assert_array_equal(one, other)
    copy.set_weights([weight + 1 for weight in copy.get_weights()])
    np.testing.assert_array_equal(model(x), expected)
    assert getattr(copy, "optimizer", None) is None
    restored = restore_model(copy, copy=True)
    assert (len(replaced(copy)), len(replaced(restored))) == (1, 0)


def test_a_copy_that_would_differ_is_refused_by_the_layer_that_is_to_blame(keras):
    class Unsaved(keras.layers.Layer):
        def __init__(self, factor):
            super().__init__(name="unsaved")
            self.factor = factor

        def call(self, inputs):
            return inputs * self.factor

        def get_config(self):
            return {}

    images = keras.Input((6, 6, 3))
    model = keras.Model(images, keras.layers.UpSampling2D(2)(Unsaved(3.0)(images)))
    with pytest.raises(ValueError, match=r"unsaved \(Unsaved\) .* convert the model in place"):
        convert_model(model, copy=True)
    convert_model(model)
    assert_close(model(x)[:, ::2, ::2], 3 * x)


def test_a_converted_model_is_saved_and_loaded(keras, tmp_path):
    model = convert_model(autoencoder(keras, interpolation="bilinear"))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert len(replaced(loaded)) == 1
    np.testing.assert_array_equal(loaded(x), model(x))
    restore_model(loaded).save(tmp_path / "stock.keras")
    stock = keras.models.load_model(tmp_path / "stock.keras")
    assert conversion_report(stock).entries[0].layer == "UpSampling2D"


def test_names_in_summaries_and_reports_say_whose_a_layer_is(keras):
    model = convert_model(autoencoder(keras))
    layer = next(layer for layer in model.layers if "up_samp" in layer.name)
    lines = []
    model.summary(line_length=200, print_fn=lambda line, **_: lines.append(line))
    assert "upsample_op.UpSampling2D" in "".join(lines)
    assert conversion_report(model).entries[0].layer == "upsample_op.UpSampling2D"
    if keras is keras3:
        assert repr(layer).startswith("<upsample_op.UpSampling2D")


def test_what_is_left_alone_has_a_reason(keras, capsys):
    layers = keras.layers

    class Own(layers.UpSampling2D):
        pass

    class Late(layers.Layer):
        def build(self, shape):
            self.up = layers.UpSampling2D(2)

        def call(self, inputs):
            return self.up(inputs)

    model = keras.Sequential(
        [
            layers.UpSampling2D(2, interpolation="bicubic", name="bicubic"),
            layers.UpSampling2D(2, name="ours"),
            Own(2, name="own"),
            Late(name="late"),
            layers.UpSampling3D(2, name="volumes"),
        ]
    )
    convert_model(model, verbose=True)
    reasons = {entry.path: entry.reason for entry in conversion_report(model)}
    assert reasons == {
        "bicubic": "bicubic has no kernel",
        "ours": "",
        "own": "a class of its own, which may compute otherwise",
        "late": "it is not built, and may make layers then",
        "volumes": "there are kernels for two dimensions only",
    }
    table = capsys.readouterr().out
    assert "replaced" in table
    assert all(reason in table for reason in reasons.values())


def test_a_model_in_which_nothing_is_replaced_warns(keras):
    model = keras.Sequential([keras.Input((6, 6, 3)), keras.layers.Flatten()])
    with pytest.warns(UserWarning, match="nothing was replaced.* `upsample_op.enabled"):
        convert_model(model)


def test_conversion_works_after_the_stock_name_was_replaced(monkeypatch):
    stock = keras3.layers.UpSampling2D
    monkeypatch.setattr(keras3.layers, "UpSampling2D", UpSampling2D)
    monkeypatch.setattr(tf.keras.layers, "UpSampling2D", UpSampling2D, raising=False)
    model = keras3.Sequential([keras3.Input((6, 6, 3)), stock(2), upsample_op.UpSampling2D(2)])
    convert_model(model)
    assert len(replaced(model)) == 2
    restore_model(model)
    assert [type(layer) for layer in model.layers] == [stock, stock]


# Resizes to a size, by name: (layer, why it is left alone).
RESIZES = {
    "bilinear": (lambda k: k.layers.Resizing(12, 18), ""),
    "nearest": (lambda k: k.layers.Resizing(6, 12, "nearest"), ""),
    "not whole": (lambda k: k.layers.Resizing(7, 9), ""),
    "bicubic": (lambda k: k.layers.Resizing(12, 12, "bicubic"), "bicubic has no kernel"),
    "cropping": (
        lambda k: k.layers.Resizing(12, 18, crop_to_aspect_ratio=True),
        "it crops or pads",
    ),
}


@pytest.mark.parametrize("name", RESIZES)
def test_resizes_by_layers(keras, name):
    make, reason = RESIZES[name]
    model = keras.Sequential([keras.Input((6, 6, 3)), make(keras), keras.layers.UpSampling2D(1)])
    expected = model(x)
    convert_model(model)
    entry = conversion_report(model).entries[0]
    assert (entry.verdict, entry.reason) == ("left alone" if reason else "replaced", reason)
    assert_close(model(x), expected)
    assert model(x).dtype == expected.dtype
    restore_model(model)
    np.testing.assert_array_equal(model(x), expected)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_resizes_by_operations_of_a_graph(data_format, tmp_path):
    images = keras3.Input((6, 6, 6))
    large = keras3.ops.image.resize(images, (12, 18), data_format=data_format)
    model = keras3.Model(images, large)
    data = np.random.default_rng(1).standard_normal((2, 6, 6, 6)).astype(np.float32)
    expected = model(data)
    convert_model(model)
    assert [entry.layer for entry in conversion_report(model)] == ["upsample_op.Resize"]
    assert_close(model(data), expected)
    graph = tf.function(model).get_concrete_function(tf.TensorSpec(data.shape)).graph
    types = [op.type for op in graph.get_operations()]
    assert "UpsampleOp>Upsample2D" in types
    assert "Transpose" not in types
    model.save(tmp_path / "model.keras")
    loaded = keras3.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(data), model(data))


# Calls of TensorFlow's functions in a graph of tf_keras, by name: (function, why it is left alone).
# The reason is None for what doesn't upsample.
CALLS = {
    "by position": (lambda images: tf.image.resize(images, (12, 18), "nearest"), ""),
    "by name": (lambda images: tf.image.resize(images=images, size=(12, 18)), ""),
    "of its own shape": (lambda images: tf.image.resize(images, 2 * tf.shape(images)[1:3]), ""),
    "bicubic": (
        lambda images: tf.image.resize(images, (12, 12), "bicubic"),
        "bicubic has no kernel",
    ),
    "preserving": (
        lambda images: tf.image.resize(images, (12, 24), preserve_aspect_ratio=True),
        "it preserves the aspect ratio",
    ),
    "another function": (lambda images: tf.image.rot90(images), None),
}


@pytest.mark.parametrize("name", CALLS)
def test_resizes_by_calls_in_a_graph_of_tf_keras(name, tmp_path):
    call, reason = CALLS[name]
    keras2 = pytest.importorskip("tf_keras")
    images = keras2.Input((6, 6, 3))
    model = keras2.Model(images, keras2.layers.UpSampling2D(1)(call(images)))
    before, expected = model.get_config(), model(x)
    convert_model(model)
    entries = [e for e in conversion_report(model) if e.layer.endswith("TFOpLambda")]
    verdict = "left alone" if reason else "replaced"
    found = [(entry.verdict, entry.reason) for entry in entries]
    assert found == ([] if reason is None else [(verdict, reason)])
    assert_close(model(x), expected)
    if reason == "":
        graph = tf.function(model).get_concrete_function(tf.TensorSpec(x.shape)).graph
        types = {op.type for op in graph.get_operations()}
        assert not {"ResizeBilinear", "ResizeNearestNeighbor"} & types
    model.save(tmp_path / "model.keras")
    loaded = keras2.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(x), model(x))
    for each in (model, loaded):
        restore_model(each)
        np.testing.assert_array_equal(each(x), expected)
    assert model.get_config() == before
