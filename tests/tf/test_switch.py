"""While the switch is on, stock layers and resizes run our kernels; afterwards nothing remains."""

import threading

import numpy as np
import pytest
import tensorflow as tf

import upsample_op

Stock = tf.keras.layers.UpSampling2D
x = np.random.default_rng(0).standard_normal((2, 3, 4, 5)).astype(np.float32)
OURS = "UpsampleOp>Upsample2D"


def state():
    return Stock.__dict__["call"], tf.image.resize, tf.compat.v2.image.resize


def runs_ours(function):
    graph = tf.function(function).get_concrete_function(tf.TensorSpec(x.shape)).graph
    return OURS in {operation.type for operation in graph.get_operations()}


WAYS = {
    "a layer": lambda images: Stock(2, interpolation="bilinear")(images),
    "tf.image.resize": lambda images: tf.image.resize(images, (6, 8)),
    "antialias": lambda images: tf.image.resize(images, (6, 8), antialias=True),
    "keras.ops": lambda images: tf.keras.ops.image.resize(images, (6, 8)),
    "Resizing": lambda images: tf.keras.layers.Resizing(6, 8)(images),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_runs_our_kernels_with_stocks_values_inside_only(way):
    expected = way(tf.constant(x))
    with upsample_op.enabled():
        assert runs_ours(way)
        found = way(tf.constant(x))
    assert not runs_ours(way)
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["model.keras", "model.h5"])
def test_layers_made_before_and_loaded_inside_run_our_kernels(tmp_path, name):
    model = tf.keras.Sequential([tf.keras.Input(x.shape[1:]), Stock(2)])
    model.save(tmp_path / name)
    with upsample_op.enabled():
        assert runs_ours(model)
        loaded = tf.keras.models.load_model(tmp_path / name)
        assert type(loaded.layers[-1]) is Stock
        assert runs_ours(loaded)


def test_subclasses_with_a_call_of_their_own_are_left_alone():
    class Own(Stock):
        def call(self, inputs):
            return inputs

    with upsample_op.enabled():
        np.testing.assert_array_equal(Own(2)(x), x)


def test_our_own_layer_and_other_interpolations_work_inside():
    for layer_class in (Stock, upsample_op.UpSampling2D):
        layer = layer_class(2, interpolation="bicubic")
        expected = layer(x)
        with upsample_op.enabled():
            np.testing.assert_array_equal(layer(x), expected)
            assert runs_ours(layer_class(2))


def test_nesting_counts_and_leaves_nothing_behind():
    before = state()
    with upsample_op.enabled():
        with upsample_op.enabled():
            inside = state()
        assert state() == inside
        assert not set(inside) & set(before)
    assert all(now is then for now, then in zip(state(), before, strict=True))
    with pytest.raises(RuntimeError, match="without an enable"):
        upsample_op.disable()


def test_an_error_inside_restores():
    before = state()
    with pytest.raises(KeyError), upsample_op.enabled():
        raise KeyError
    assert state() == before


def test_threads_share_the_switch():
    before = state()

    def work():
        for _ in range(200):
            with upsample_op.enabled():
                seen.append(state()[0] is not before[0])

    seen = []
    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8 * 200
    assert all(seen)
    assert state() == before


def test_graphs_are_stocks_where_xla_has_no_kernels(monkeypatch):
    monkeypatch.setattr(upsample_op._library, "supports_jit", lambda: False)
    with upsample_op.enabled():
        for way in WAYS.values():
            assert not runs_ours(way)


@pytest.mark.parametrize("legacy", ["", "1"])
def test_keras_2_imported_before_or_while_it_is_on(run_python, legacy):
    pytest.importorskip("tf_keras")
    run_python(
        """
        import tensorflow as tf, upsample_op
        images = tf.random.normal((1, 3, 4, 2))
        def types(function):
            graph = tf.function(lambda x: function(x)).get_concrete_function(images).graph
            return [operation.type for operation in graph.get_operations()]
        with upsample_op.enabled():
            import tf_keras
            inputs = tf_keras.Input((3, 4, 2))
            large = tf_keras.layers.UpSampling2D(2)(inputs)
            resized = tf.image.resize(large, (12, 16))
            model = tf_keras.Model(inputs, tf.image.resize(resized, (13, 17)))
            found = types(model)
            assert found.count("UpsampleOp>Upsample2D") == 2 and "ResizeBilinear" in found, found
            inside = model(images)
        found = types(model)
        assert "UpsampleOp>Upsample2D" not in found, found
        tf.debugging.assert_near(model(images), inside)
        """,
        TF_USE_LEGACY_KERAS=legacy,
    )


def test_our_layer_in_the_place_of_the_stock_name(monkeypatch):
    stock = tf.keras.layers.UpSampling2D
    monkeypatch.setattr("keras.layers.UpSampling2D", upsample_op.UpSampling2D)
    call = stock.call
    with upsample_op.enabled():
        assert stock.call is not call
    assert stock.call is call


def test_a_class_that_resizes_in_its_own_way_goes_on():
    if not hasattr(Stock, "_resize_images"):
        pytest.skip("this Keras has no such method")

    class Doubling(Stock):
        def _resize_images(self, *args, **kwargs):
            return 2 * super()._resize_images(*args, **kwargs)

    expected = Doubling(2)(x)
    with upsample_op.enabled():
        np.testing.assert_array_equal(Doubling(2)(x), expected)


def test_what_somebody_puts_over_ours_stays_and_ours_does_nothing_any_more():
    before = tf.image.resize
    upsample_op.enable()
    ours = tf.image.resize

    def theirs(*args, **kwargs):
        return ours(*args, **kwargs)

    tf.image.resize = theirs
    try:
        upsample_op.disable()
        assert tf.image.resize is theirs
        assert not runs_ours(lambda images: tf.image.resize(images, (6, 8)))
    finally:
        tf.image.resize = before
