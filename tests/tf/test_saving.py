"""Models and functions with the layer can be saved and loaded, here and in other processes."""

import numpy as np
import pytest
import tensorflow as tf

from upsample_op import UpSampling2D, library_path, upsample2d

x = np.random.default_rng(0).standard_normal((2, 3, 4, 3)).astype(np.float32)


def make_model(layer_class=UpSampling2D):
    tf.keras.utils.set_random_seed(1)
    return tf.keras.Sequential(
        [
            tf.keras.Input((None, None, 3)),
            tf.keras.layers.Conv2D(4, 3, padding="same"),
            layer_class(2, interpolation="bilinear"),
            tf.keras.Sequential([layer_class((3, 1)), tf.keras.layers.Conv2D(2, 1)]),
        ]
    )


def test_keras_file(tmp_path):
    model = make_model()
    model.save(tmp_path / "model.keras")
    copy = tf.keras.models.load_model(tmp_path / "model.keras")
    assert type(copy.layers[1]) is UpSampling2D
    np.testing.assert_array_equal(copy(x), model(x))


def test_exported_model(tmp_path, run_after_tensorflow):
    """A SavedModel runs where only the op library is loaded, without this package's Python."""
    model = make_model()
    model.export(tmp_path / "model", verbose=False)
    np.save(tmp_path / "x.npy", x)
    run_after_tensorflow(
        f"""
        import sys
        import numpy as np, tensorflow as tf
        tf.load_op_library({library_path()!r})
        model = tf.saved_model.load("model")
        np.save("y.npy", model.serve(np.load("x.npy")))
        assert "upsample_op" not in sys.modules
        """,
        cwd=tmp_path,
    )
    np.testing.assert_allclose(np.load(tmp_path / "y.npy"), model(x), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
def test_saved_module_has_gradients(tmp_path, interpolation):
    module = tf.Module()
    module.up = tf.function(
        lambda images: upsample2d(images, 2, interpolation),
        input_signature=[tf.TensorSpec((None, None, None, 3))],
    )
    options = tf.saved_model.SaveOptions(experimental_custom_gradients=True)
    tf.saved_model.save(module, str(tmp_path / "module"), options=options)
    loaded = tf.saved_model.load(str(tmp_path / "module"))
    images = tf.constant(x)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(images)
        before, after = module.up(images), loaded.up(images)
    np.testing.assert_array_equal(after, before)
    np.testing.assert_array_equal(tape.gradient(after, images), tape.gradient(before, images))
