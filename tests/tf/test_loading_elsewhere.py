"""What was saved can be loaded in a process that has only imported the package."""

import pickle

import numpy as np
import pytest
import tensorflow as tf

from upsample_op import UpSampleConv2D, UpSampling2D

images = np.random.default_rng(0).standard_normal((2, 3, 4, 3)).astype(np.float32)

# Each way to load `saved/`, as an expression for a function of images.
WAYS = {
    "keras": "tf.keras.models.load_model('model.keras')",
    "h5": "tf.keras.models.load_model('model.h5')",
    "json": "with_weights(tf.keras.models.model_from_json(open('model.json').read()))",
    "pickle": "pickle.load(open('model.pickle', 'rb'))",
    "serve": "exported().serve",
    "signature": "lambda x: exported().signatures['serving_default'](x)['output_0']",
    "TFSMLayer": "tf.keras.layers.TFSMLayer('exported', call_endpoint='serve')",
}

# What the expressions use.
HELPERS = """
import functools, pickle
import numpy as np, tensorflow as tf

@functools.cache  # because its functions don't keep it
def exported():
    return tf.saved_model.load("exported")

def with_weights(model):
    model.load_weights("model.weights.h5")
    return model
"""

IMPORTS = {
    "before TensorFlow": "import upsample_op; import tensorflow as tf",
    "after TensorFlow": "import tensorflow as tf; import upsample_op",
    "before Keras": "import upsample_op; import keras; import tensorflow as tf",
}


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Returns a folder with a model in every form, and its result for the images."""
    folder = tmp_path_factory.mktemp("saved")
    tf.keras.utils.set_random_seed(1)
    model = tf.keras.Sequential(
        [
            tf.keras.Input((None, None, 3)),
            tf.keras.layers.Conv2D(4, 3, padding="same"),
            UpSampling2D((3, 2), interpolation="bilinear"),
            UpSampling2D(2),
            UpSampleConv2D(2, 3, padding="same"),
        ]
    )
    model.save(folder / "model.keras")
    model.save(folder / "model.h5")
    model.save_weights(folder / "model.weights.h5")
    (folder / "model.json").write_text(model.to_json())
    (folder / "model.pickle").write_bytes(pickle.dumps(model))
    model.export(folder / "exported", verbose=False)
    np.save(folder / "images.npy", images)
    np.save(folder / "expected.npy", model(images))
    return folder


@pytest.mark.parametrize("imports", IMPORTS.values(), ids=IMPORTS)
def test_every_form_is_loaded(imports, saved, run_python):
    said = run_python(
        f"""
        {imports}
        exec({HELPERS!r})
        images, expected = np.load("images.npy"), np.load("expected.npy")
        for name, way in {WAYS!r}.items():
            found = eval(way)(tf.constant(images))
            np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6, err_msg=name)
            print(name)
        """,
        cwd=saved,
    )
    assert said.split() == list(WAYS)


@pytest.mark.parametrize("way", ["keras", "serve"])
def test_one_form_alone_is_loaded_first(way, saved, run_python):
    """So no form registers anything for the others."""
    run_python(
        f"""
        import upsample_op
        exec({HELPERS!r})
        found = ({WAYS[way]})(tf.constant(np.load("images.npy")))
        np.testing.assert_allclose(found, np.load("expected.npy"), rtol=1e-5, atol=1e-6)
        """,
        cwd=saved,
    )


def test_keras_2_loads_its_models(tmp_path, run_python):
    """The process has TF_USE_LEGACY_KERAS, so tf.keras is Keras 2."""
    program = """
        import numpy as np, tensorflow as tf
        import upsample_op
        if {saves}:
            layers = [tf.keras.Input((4, 4, 1)), upsample_op.UpSampling2D(2)]
            tf.keras.Sequential(layers).save("model.keras")
        model = tf.keras.models.load_model("model.keras")
        assert type(model.layers[-1]).__module__ == "upsample_op.layers"
        assert model(np.ones((1, 4, 4, 1), np.float32)).numpy().sum() == 64
        """
    for saves in (True, False):
        run_python(program.format(saves=saves), cwd=tmp_path, TF_USE_LEGACY_KERAS="1")
