"""convert_model(fold=True) keeps the function, and nothing reads the upsampled images any more."""

import functools

import keras as keras3
import numpy as np
import pytest
import tensorflow as tf

from upsample_op import conversion_report, convert_model, folding, restore_model

x = np.random.default_rng(0).standard_normal((2, 6, 5, 3)).astype(np.float32)


@pytest.fixture(autouse=True)
def _small_images_are_folded_too(monkeypatch):
    monkeypatch.setattr(folding, "_LEAST_PIXELS", dict.fromkeys((2, 4, 8), 0))


def folded(model):
    return conversion_report(model).paths("folded")


def ops_of(model, images=x, **options):
    """Returns the types of the ops that compute a traced model's results."""
    function = tf.function(model, **options)
    graph = function.get_concrete_function(tf.TensorSpec(images.shape)).graph
    found, waiting = {}, [tensor.op for tensor in graph.outputs]
    while waiting:
        op = waiting.pop()
        if op.name not in found:
            found[op.name] = op.type
            waiting += [tensor.op for tensor in op.inputs]
    return list(found.values())


def results(model, images=x, **options):
    """Returns output and gradients for input and weights, from a compiled function."""

    @tf.function(**options)
    def step(images):
        with tf.GradientTape() as tape:
            tape.watch(images)
            outputs = tf.nest.flatten(model(images))
            loss = tf.add_n([tf.reduce_sum(tf.sin(output)) for output in outputs])
        weights = [getattr(weight, "_value", weight) for weight in model.trainable_weights]
        return outputs, tape.gradient(loss, [images, *weights])

    return tf.nest.flatten(step(tf.constant(images)))


def assert_close(found, expected, tolerance=1e-5):
    for one, other in zip(found, expected, strict=True):
        one, other = (np.asarray(tf.cast(value, tf.float32)) for value in (one, other))
        limit = tolerance * max(1, np.abs(other).max(initial=0))
        np.testing.assert_allclose(one, other, rtol=0, atol=limit)


def check(model, count, images=x, tolerance=1e-5, **options):
    """Folds the model, compares its results with those before, and undoes it."""
    config, expected = model.get_config(), results(model, images)
    eager = tf.nest.flatten(model(images))
    convert_model(model, fold=True)
    assert len(folded(model)) == count
    assert_close(results(model, images, **options), expected, tolerance)
    assert_close(tf.nest.flatten(model(images)), eager, tolerance)
    restore_model(model)
    assert model.get_config() == config
    np.testing.assert_array_equal(tf.nest.flatten(model(images))[0], eager[0])


def pair(keras, size=2, kernel=3, **options):
    images = keras.Input(x.shape[1:])
    large = keras.layers.UpSampling2D(size)(images)
    return keras.Model(images, keras.layers.Conv2D(4, kernel, **options)(large))


@pytest.mark.parametrize(
    "options",
    [
        {"padding": "same"},
        {"padding": "valid", "activation": "relu", "bias_initializer": "ones"},
        {"kernel": (2, 4), "size": (3, 2), "padding": "same"},
        {"kernel": 1, "use_bias": False},
        {"kernel": (1, 5), "size": (2, 1), "padding": "same"},
    ],
    ids=str,
)
def test_a_convolution_of_upsampled_images(keras, options):
    check(pair(keras, **options), 1)


@pytest.mark.parametrize(
    ("shape", "dtype", "is_folded"),
    [
        ((2, 8, 8, 3), "float32", True),
        ((1, 8, 8, 3), "float32", False),
        ((None, 4, 4, 3), "float32", True),
        ((None, 3, 4, 3), "float32", False),
        ((None, None, 4, 3), "float32", True),
        ((8, 16, 16, 3), "mixed_bfloat16", True),
        ((8, 8, 16, 3), "mixed_float16", False),
    ],
    ids=str,
)
def test_few_and_small_images_are_not_folded(keras, shape, dtype, is_folded, monkeypatch):
    monkeypatch.undo()
    images = keras.Input(shape[1:])
    large = keras.layers.UpSampling2D(2, dtype=dtype)(images)
    model = keras.Model(images, keras.layers.Conv2D(4, 3, dtype=dtype)(large))
    convert_model(model, fold=True)
    graph = tf.function(model).get_concrete_function(tf.TensorSpec(shape)).graph
    types = {op.type for op in graph.get_operations()}
    assert ("Conv2DBackpropInput" in types) is is_folded


@pytest.mark.parametrize("options", [{"strides": 2}, {"dilation_rate": 2}, {"groups": 3}], ids=str)
def test_other_convolutions_stay_as_they_are(keras, options):
    options = {**options, "padding": "same", **({"groups": 3} if "groups" in options else {})}
    model = keras.Sequential(
        [
            keras.Input(x.shape[1:]),
            keras.layers.UpSampling2D(2),
            keras.layers.Conv2D(3, 3, **options),
        ]
    )
    convert_model(model, fold=True)
    assert folded(model) == []
    assert "UpsampleOp>Upsample2D" in ops_of(model)


def unet(keras, merge=None, interpolation="nearest", dtype="float32"):
    """Returns a U-Net of three levels, which `merge(up, skip)` joins."""
    layers = keras.layers
    conv = functools.partial(layers.Conv2D, kernel_size=3, padding="same", dtype=dtype)
    upsampling = functools.partial(layers.UpSampling2D, interpolation=interpolation, dtype=dtype)
    merge = merge or (lambda up, skip: layers.Concatenate(dtype=dtype)([up, skip]))
    images = keras.Input((8, 8, 3))
    first = conv(4, activation="relu")(images)
    second = conv(6)(layers.MaxPooling2D(dtype=dtype)(first))
    third = conv(8, activation="relu")(layers.MaxPooling2D(dtype=dtype)(second))
    for skip in (second, first):
        third = conv(5)(merge(upsampling(2)(third), skip))
    return keras.Model(images, third)


images8 = np.random.default_rng(1).standard_normal((2, 8, 8, 3)).astype(np.float32)


def test_a_unet(keras, jit):
    check(unet(keras), 2, images8, jit_compile=jit)


def test_nothing_reads_the_upsampled_images_of_a_unet(keras):
    model = convert_model(unet(keras), fold=True)
    types = ops_of(model, images8)
    assert types.count("Conv2DBackpropInput") == 2
    assert not {"UpsampleOp>Upsample2D", "ConcatV2"} & {*types}


MERGES = {
    "the skip first": lambda k, up, skip: k.layers.Concatenate()([skip, up]),
    "several skips": lambda k, up, skip: k.layers.Concatenate(axis=3)([skip, up, 2 * skip]),
    "two upsampled": lambda k, up, skip: k.layers.Concatenate()(
        [up, k.layers.UpSampling2D(2)(k.layers.MaxPooling2D()(skip))]
    ),
}


@pytest.mark.parametrize("name", MERGES)
def test_parts_of_a_concatenation_in_any_order(keras, name):
    model = unet(keras, lambda up, skip: MERGES[name](keras, up, skip))
    check(model, 4 if name == "two upsampled" else 2, images8)


def test_concatenation_as_an_operation():
    model = unet(keras3, lambda up, skip: keras3.ops.concatenate([up, skip], axis=-1))
    check(model, 2, images8)


def test_concatenations_along_other_axes_are_not_folded(keras):
    def merge(up, skip):
        rows = keras.layers.Concatenate(axis=1)([up, up])
        return keras.layers.AveragePooling2D((2, 1))(rows)

    check(unet(keras, merge), 0, images8)


def padded(keras, kernel, zeros, padding="valid"):
    images = keras.Input(x.shape[1:])
    large = keras.layers.UpSampling2D(2)(images)
    other = keras.layers.UpSampling2D(2, interpolation="bilinear")(images)
    around = keras.layers.ZeroPadding2D(zeros)(keras.layers.Concatenate()([large, other]))
    return keras.Model(images, keras.layers.Conv2D(4, kernel, padding=padding)(around))


@pytest.mark.parametrize(
    ("kernel", "zeros"), [(3, 1), ((5, 3), (2, 1)), ((4, 2), ((1, 2), (0, 1))), (1, 0)], ids=str
)
def test_zeros_around_the_images_may_be_those_of_same(keras, kernel, zeros, jit):
    check(padded(keras, kernel, zeros), 1, jit_compile=jit)


@pytest.mark.parametrize(
    ("kernel", "zeros", "padding"),
    [(3, 2, "valid"), (3, 1, "same"), (5, (1, 2), "valid"), (4, ((2, 1), (1, 2)), "valid")],
    ids=str,
)
def test_other_zeros_around_the_images_are_not_folded(keras, kernel, zeros, padding):
    check(padded(keras, kernel, zeros, padding), 0)


def test_a_layer_that_is_a_convolution_with_zeros_around_its_images(keras, jit):
    class Padded(keras.layers.Layer):
        def __init__(self, kernel, zeros):
            super().__init__()
            self.zeros = keras.layers.ZeroPadding2D(zeros)
            self.convolution = keras.layers.Conv2D(4, kernel)

        def call(self, images):
            return self.convolution(self.zeros(images))

    layers = [keras.layers.UpSampling2D(2), Padded(3, 1), keras.layers.UpSampling2D(2)]
    model = keras.Sequential([keras.Input(x.shape[1:]), *layers, Padded(5, 1)])
    expected = results(model)
    convert_model(model, fold=True)
    assert [e.reason for e in conversion_report(model)] == [
        f"into {layers[1].name}/convolution, where that follows it",
        "",
    ]
    assert_close(results(model, jit_compile=jit), expected)
    assert "Conv2DBackpropInput" in ops_of(model)


def test_what_is_around_the_images_is_seen_when_it_is_called(keras):
    class Around(keras.layers.Layer):
        def __init__(self, ends, value):
            super().__init__()
            self.convolution, self.ends, self.value = keras.layers.Conv2D(4, 3), ends, value

        def call(self, images):
            return self.convolution(tf.pad(images, self.ends, constant_values=self.value))

    one = [1, 1]
    for ends, value, is_folded in [
        ([[0, 0], one, one, [0, 0]], 0.0, True),
        ([[0, 0], one, one, [0, 0]], 1.0, False),
        ([[0, 0], one, one, one], 0.0, False),
    ]:
        layers = [keras.layers.UpSampling2D(2), Around(ends, value)]
        model = keras.Sequential([keras.Input(x.shape[1:]), *layers])
        expected = results(model)
        convert_model(model, fold=True)
        assert ("Conv2DBackpropInput" in ops_of(model)) is is_folded
        assert_close(results(model), expected)


def test_bilinear_is_not_folded(keras):
    check(unet(keras, interpolation="bilinear"), 0, images8)


@pytest.mark.parametrize("reader", ["output", "convolution", "concatenation's"])
def test_what_has_another_reader_is_not_folded(keras, reader):
    layers = keras.layers
    images = keras.Input(x.shape[1:])
    large = layers.UpSampling2D(2, name="up")(images)
    joined = layers.Concatenate()([large, layers.Conv2D(2, 1)(layers.ZeroPadding2D(0)(large))])
    if reader != "concatenation's":
        joined = large
    y = layers.Conv2D(4, 3, padding="same")(joined)
    others = {
        "output": lambda: large,
        "convolution": lambda: layers.Conv2D(4, 1)(large),
        "concatenation's": lambda: layers.MaxPooling2D()(joined),
    }
    check(keras.Model(images, [y, others[reader]()]), 0)


def test_a_model_that_reads_what_was_folded_later_reads_the_right_values(keras):
    images = keras.Input(x.shape[1:])
    large = keras.layers.UpSampling2D(2)(images)
    y = keras.layers.Conv2D(4, 3, padding="same")(large)
    convert_model(keras.Model(images, y), fold=True)
    both = keras.Model(images, [large, y])
    expected = tf.repeat(tf.repeat(x, 2, 1), 2, 2)
    found = both.predict(x, verbose=0)
    np.testing.assert_array_equal(found[0], expected)
    assert_close([found[1]], [both.layers[-1](expected)])


def test_a_convolution_that_several_calls_share(keras):
    layers = keras.layers
    images = keras.Input(x.shape[1:])
    shared = layers.Conv2D(3, 3, padding="same")
    small = shared(images)
    first = shared(layers.UpSampling2D(2)(small))
    second = shared(layers.UpSampling2D((1, 3))(small))
    check(keras.Model(images, [small, first, second]), 2)


def test_layers_of_a_list_that_are_called_in_their_order(keras):
    layers = keras.layers

    class Decoder(keras.Model):
        def __init__(self):
            super().__init__()
            self.ups = [layers.UpSampling2D(2), layers.Conv2D(4, 3, padding="same")]
            self.others = [layers.UpSampling2D(1), layers.Conv2D(4, 3), layers.UpSampling2D(1)]

        def call(self, inputs):
            y = inputs
            for layer in [*self.ups, *self.others[::-1]]:
                y = layer(y)
            return y

    model = Decoder()
    expected = results(model)
    convert_model(model, fold=True)
    assert folded(model) == ["ups[0]", "others[0]"]
    assert conversion_report(model).entries[0].reason == "into ups[1], where that follows it"
    assert "Conv2DBackpropInput" in ops_of(model)
    assert_close(results(model), expected)


@pytest.mark.parametrize("is_built", [False, True])
def test_sequential_models(keras, is_built):
    layers = keras.layers
    stack = [layers.UpSampling2D(2), layers.Conv2D(4, 3), layers.UpSampling2D(3)]
    model = keras.Sequential([*stack, layers.Conv2D(2, 3, padding="same")])
    if is_built:
        check(keras.Sequential([keras.Input(x.shape[1:]), model, layers.Flatten()]), 2)
        return
    convert_model(model, fold=True)
    assert len(folded(model)) == 2
    assert "UpsampleOp>Upsample2D" not in ops_of(model)
    found = model.predict(x, verbose=0)
    assert_close([found], [restore_model(model)(x)])


def test_half_precision(keras, jit):
    model = unet(keras, dtype="mixed_bfloat16")
    check(model, 2, images8, tolerance=6e-2, jit_compile=jit)


def test_unknown_height_and_width(keras):
    layers = keras.layers
    images = keras.Input((None, None, 3))
    joined = layers.Concatenate()([layers.UpSampling2D(2)(layers.MaxPooling2D()(images)), images])
    model = keras.Model(images, layers.Conv2D(4, 3, padding="same")(joined))
    check(model, 1, images8)
    convert_model(model, fold=True)
    graph = tf.function(model).get_concrete_function(tf.TensorSpec((None, None, None, 3))).graph
    assert "Conv2DBackpropInput" in {op.type for op in graph.get_operations()}


def test_channels_first(jit):
    """Only Keras 3 has such convolutions on a CPU."""
    images = keras3.Input((3, 8, 8))
    small = keras3.layers.MaxPooling2D(data_format="channels_first")(images)
    large = keras3.layers.UpSampling2D(2, data_format="channels_first")(small)
    joined = keras3.layers.Concatenate(axis=1)([images, large])
    y = keras3.layers.Conv2D(4, 3, padding="same", data_format="channels_first")(joined)
    check(keras3.Model(images, y), 1, images8.transpose(0, 3, 1, 2), jit_compile=jit)


def test_weights_files_fit_folded_and_stock_models(keras, tmp_path):
    path = str(tmp_path / "model.weights.h5")
    stock, converted = unet(keras), convert_model(unet(keras), fold=True)
    for source, target in ((stock, converted), (converted, stock)):
        source.set_weights([weight + 0.1 for weight in source.get_weights()])
        source.save_weights(path)
        target.load_weights(path)
        for one, other in zip(source.get_weights(), target.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)


def test_a_folded_model_is_loaded_by_a_process_that_imports_the_package_alone(
    keras, tmp_path, run_python
):
    model = convert_model(unet(keras), fold=True)
    model.save(tmp_path / "model.keras")
    np.save(tmp_path / "x.npy", images8)
    run_python(
        f"""
        import numpy as np, upsample_op, {keras.__name__} as keras
        from upsample_op import folding
        folding._LEAST_PIXELS[4] = 0
        model = keras.models.load_model("model.keras")
        assert len(upsample_op.conversion_report(model).paths("folded")) == 2
        np.save("y.npy", model.predict(np.load("x.npy"), verbose=0))
        upsample_op.restore_model(model).save("stock.keras")
        """,
        cwd=tmp_path,
    )
    np.testing.assert_array_equal(np.load(tmp_path / "y.npy"), model.predict(images8, verbose=0))
    stock = keras.models.load_model(tmp_path / "stock.keras")
    assert_close([stock(images8)], [model(images8)])


def test_training_is_that_of_the_unfolded_model(keras):
    def train(**conversion):
        keras.utils.set_random_seed(2)
        model = convert_model(unet(keras), **conversion)
        model.compile(keras.optimizers.SGD(0.05), "mse")
        targets = np.zeros((2, 8, 8, 5), np.float32)
        return model.fit(images8, targets, epochs=8, verbose=0, shuffle=False).history["loss"]

    folded_losses, losses = train(fold=True), train(fold=False)
    np.testing.assert_allclose(folded_losses, losses, rtol=1e-4)
    assert losses[-1] < losses[0]
