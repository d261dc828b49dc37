"""Converted models leave Keras: as a SavedModel, for TFLite and for ONNX."""

import numpy as np
import pytest
import tensorflow as tf

from upsample_op import convert_model, library_path, restore_model

images = np.random.default_rng(0).standard_normal((2, 8, 8, 3)).astype(np.float32)
# Other runtimes add a convolution's products in other orders. Here there are 144 products of
# numbers around 1, with a rounding of 2^-24 each, through four convolutions.
TOLERANCE = 4 * 144 * 2**-24


def make_model():
    """Returns a decoder of two steps: nearest with a U-Net's skip connection, and bilinear."""
    layers = tf.keras.layers
    tf.keras.utils.set_random_seed(1)
    inputs = tf.keras.Input((8, 8, 3))
    skip = layers.Conv2D(8, 3, padding="same", activation="relu")(inputs)
    x = layers.Conv2D(8, 3, padding="same", strides=2)(skip)
    x = layers.Concatenate()([layers.UpSampling2D()(x), skip])
    x = layers.Conv2D(8, 3, padding="same", activation="relu")(x)
    x = layers.UpSampling2D(3, interpolation="bilinear")(x)
    return tf.keras.Model(inputs, layers.Conv2D(2, 3, padding="same")(x))


@pytest.fixture
def expected():
    return make_model()(images).numpy()


@pytest.mark.parametrize("fold", [False, True], ids=["plain", "fold"])
def test_a_saved_model_runs_without_keras(fold, expected, tmp_path, run_after_tensorflow):
    convert_model(make_model(), fold=fold).export(tmp_path / "model", verbose=False)
    np.save(tmp_path / "images.npy", images)
    run_after_tensorflow(
        f"""
        import sys
        sys.modules["keras"] = sys.modules["tf_keras"] = None  # importing them is an error now
        import numpy as np, tensorflow as tf
        tf.load_op_library({library_path()!r})
        model = tf.saved_model.load("model")
        np.save("found.npy", model.serve(np.load("images.npy")))
        assert "upsample_op" not in sys.modules
        operations = {{node.op for function in
            model.signatures["serving_default"].graph.as_graph_def().library.function
            for node in function.node_def}}
        operations |= {{operation.type for operation in
            model.signatures["serving_default"].graph.get_operations()}}
        assert any(name.startswith("UpsampleOp>") for name in operations), operations
        """,
        cwd=tmp_path,
    )
    found = np.load(tmp_path / "found.npy")
    np.testing.assert_allclose(found, expected, rtol=TOLERANCE, atol=TOLERANCE)


def run_tflite(model):
    """Returns the result of TFLite's interpreter for the images with a converted model."""
    interpreter = tf.lite.Interpreter(model_content=model)
    (taken,), (given,) = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.resize_tensor_input(taken["index"], images.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(taken["index"], images)
    interpreter.invoke()
    return interpreter.get_tensor(given["index"])


@pytest.mark.filterwarnings("ignore:.*tf.lite.Interpreter is deprecated:UserWarning")
@pytest.mark.parametrize("fold", [False, True], ids=["plain", "fold"])
def test_tflite_takes_a_restored_model(fold, expected):
    model = restore_model(convert_model(make_model(), fold=fold))
    found = run_tflite(tf.lite.TFLiteConverter.from_keras_model(model).convert())
    np.testing.assert_allclose(found, expected, rtol=TOLERANCE, atol=TOLERANCE)


def test_tflite_names_the_op_of_a_model_that_is_not_restored():
    with pytest.raises(Exception, match="UpsampleOp>Upsample2D"):
        tf.lite.TFLiteConverter.from_keras_model(convert_model(make_model())).convert()


def test_onnx_takes_a_restored_model(expected):
    """The test runs if tf2onnx and onnxruntime are installed; docs/serving.md says how."""
    tf2onnx = pytest.importorskip("tf2onnx")
    onnxruntime = pytest.importorskip("onnxruntime")
    model = restore_model(convert_model(make_model()))
    signature = [tf.TensorSpec((None, 8, 8, 3), name="images")]
    onnx, _ = tf2onnx.convert.from_function(tf.function(lambda x: model(x)), signature, opset=17)
    session = onnxruntime.InferenceSession(onnx.SerializeToString())
    (found,) = session.run(None, {"images": images})
    np.testing.assert_allclose(found, expected, rtol=TOLERANCE, atol=TOLERANCE)
