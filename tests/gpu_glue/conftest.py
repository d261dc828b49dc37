"""Tests the GPU ops on a pretend GPU, in a TensorFlow with GPU code: `make test-gpu-glue`.

The driver and the CUDA runtime are those of pretend/. They run no kernel, so results are garbage
and no test looks at one. The tests check which calls reach the driver. Every other run of pytest
collects nothing here.
"""

import os
import pathlib

import pytest
from driver_calls import Driver

collect_ignore_glob = ["test_*.py"]
if out := os.environ.get("UPSAMPLE_GPU_GLUE"):
    collect_ignore_glob = []
    # The pretend driver opens the log when it is loaded, which happens with the kernels' library.
    LOG = pathlib.Path(out, "calls").resolve()
    LOG.write_text("")
    os.environ["PRETEND_CUDA_LOG"] = str(LOG)


@pytest.fixture(scope="session")
def driver():
    return Driver(LOG)


@pytest.fixture(scope="session")
def tf(driver):
    import tensorflow

    tensorflow.debugging.set_log_device_placement(True)  # this only works before the first op
    assert len(tensorflow.config.list_physical_devices("GPU")) == 2
    return tensorflow


@pytest.fixture(scope="session")
def upsample_op(tf):
    """Returns the package whose kernels were linked with the pretend runtime."""
    import upsample_op

    return upsample_op


@pytest.fixture(scope="session")
def raw_ops(upsample_op):
    from upsample_op import ops

    return ops.raw_ops


@pytest.fixture(scope="session")
def on_gpu(tf):
    """Makes tensors in a GPU's memory, where int32 tensors are not by default."""

    def make(shape, dtype="float32", device="GPU:0"):
        with tf.device(device):
            tensor = tf.cast(tf.ones(shape), dtype)
        assert tensor.backing_device.endswith(device)
        return tensor

    return make


@pytest.fixture(scope="session")
def compute_stream(driver, tf, on_gpu):
    """Returns the stream on GPU:0 on which TensorFlow launches its own kernels."""
    images = on_gpu((2, 3, 5, 4))
    _, calls = driver.calls_of(lambda: tf.nn.relu(images))
    assert calls[-1].library.startswith("libtensorflow")
    return calls[-1].stream
