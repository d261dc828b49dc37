"""Programs of TensorFlow and Keras stay on the GPU, with one launch for each call of an op."""

import numpy as np
import pytest
from driver_calls import bodies_of, copies_of


@pytest.fixture(params=[False, True], ids=["", "deterministic"])
def determinism(tf, request):
    from tensorflow.python.framework import config

    if not request.param:
        yield
        return
    tf.config.experimental.enable_op_determinism()
    yield
    config.disable_op_determinism()


def test_tensorflow_logs_the_gpu_as_the_ops_device(tf, upsample_op, on_gpu, capfd):
    images = on_gpu((2, 3, 5, 4))
    with tf.GradientTape() as tape:
        tape.watch(images)
        result = upsample_op.upsample2d(images)
    tape.gradient(result, images)
    log = capfd.readouterr().err
    device = "device /job:localhost/replica:0/task:0/device:GPU:0"
    assert f"Executing op UpsampleOp>Upsample2D in {device}" in log
    assert f"Executing op UpsampleOp>Upsample2DGrad in {device}" in log


@pytest.mark.usefixtures("determinism")
@pytest.mark.parametrize("in_function", [False, True], ids=["eager", "in a function"])
@pytest.mark.parametrize("dtype", ["bfloat16", "float32"])
@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
def test_a_gradient_tape_makes_one_launch_each_way(
    driver, tf, upsample_op, on_gpu, compute_stream, interpolation, dtype, in_function
):
    def both_ways(images, upstream):
        with tf.GradientTape() as tape:
            tape.watch(images)
            result = upsample_op.upsample2d(images, 2, interpolation)
        return result, tape.gradient(result, images, upstream)

    if in_function:
        both_ways = tf.function(both_ways)
    arguments = on_gpu((2, 3, 5, 4), dtype), on_gpu((2, 6, 10, 4), dtype)
    tensors, calls = driver.calls_of(lambda: both_ways(*arguments))
    kind = interpolation.title()
    assert bodies_of(calls) == [f"{kind}Backward", f"{kind}Forward"]
    assert [call.stream for call in calls] == [compute_stream] * 2
    assert all(tensor.device.endswith("GPU:0") for tensor in tensors)


@pytest.mark.usefixtures("determinism")
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
def test_the_layer_makes_one_launch(driver, tf, upsample_op, on_gpu, interpolation, data_format):
    layer = upsample_op.UpSampling2D(2, data_format, interpolation)
    images = on_gpu((2, 3, 5, 4))
    for call in (layer, tf.function(layer)):
        call(images)
        result, calls = driver.calls_of(lambda call=call: call(images))
        assert bodies_of(calls) == [f"{interpolation.title()}Forward"]
        assert not copies_of(calls)
        assert result.device.endswith("GPU:0")


@pytest.mark.parametrize("jit_compile", ["auto", False])
def test_a_model_trains_with_one_launch_each_way(driver, tf, upsample_op, jit_compile, monkeypatch):
    """That holds even if Keras chooses, on a GPU for XLA, and the library for XLA is missing."""
    if jit_compile == "auto":
        monkeypatch.setattr(upsample_op._library, "supports_jit", lambda: False)
    model = tf.keras.Sequential(
        [tf.keras.layers.PReLU(), upsample_op.UpSampling2D(2, interpolation="bilinear")]
    )
    model.compile("sgd", "mse", jit_compile=jit_compile)
    small, large = np.zeros((2, 3, 5, 4), "float32"), np.zeros((2, 6, 10, 4), "float32")
    model.train_on_batch(small, large)
    _, calls = driver.calls_of(lambda: model.train_on_batch(small, large))
    assert bodies_of(calls) == ["BilinearBackward", "BilinearForward"]
    model.predict(small, verbose=0)
    _, calls = driver.calls_of(lambda: model.predict(small, verbose=0))
    assert bodies_of(calls) == ["BilinearForward"]


def test_int32_stays_on_the_gpu_between_ops(driver, tf, upsample_op, on_gpu):
    @tf.function
    def twice(images):
        numbers = upsample_op.upsample2d(upsample_op.upsample2d(tf.cast(images, tf.int32)))
        return tf.cast(numbers, tf.float32)

    images = on_gpu((2, 3, 5, 4))
    twice(images)
    _, calls = driver.calls_of(lambda: twice(images))
    assert bodies_of(calls) == ["NearestForward", "NearestForward"]
    assert not copies_of(calls)


def test_int32_is_copied_by_tensorflow_at_the_border_of_a_function(driver, tf, upsample_op, on_gpu):
    """TensorFlow 2.21 keeps int32 arguments and results of a function in the host's memory.

    TensorFlow places and copies them, and the kernel can't change that.
    """
    images = on_gpu((2, 3, 5, 4), "int32")
    function = tf.function(upsample_op.upsample2d)
    function(images)
    result, calls = driver.calls_of(lambda: function(images))
    assert bodies_of(calls) == ["NearestForward"]
    assert [call.bytes for call in copies_of(calls)] == [str(4 * 120), str(4 * 480)]
    assert {call.library for call in copies_of(calls)} == {"libtensorflow_framework.so.2"}
    assert result.backing_device.endswith("CPU:0")
