"""The GPU ops in the TensorFlow that has GPU code, on a pretend GPU: `make test-gpu-glue`.

The driver and the CUDA runtime are those of pretend/. They run no kernel, so results are garbage
and no test looks at one; what counts is which calls reach the driver. Every other run of pytest
collects nothing here.
"""

import os
import pathlib

import pytest
from driver_calls import Driver

collect_ignore_glob = ["test_*.py"]
if out := os.environ.get("UPSAMPLE_GPU_GLUE"):
    collect_ignore_glob = []
    # The pretend driver opens it when it is loaded, which the kernels' library has it be.
    LOG = pathlib.Path(out, "calls").resolve()
    LOG.write_text("")
    os.environ["PRETEND_CUDA_LOG"] = str(LOG)


@pytest.fixture(scope="session")
def driver():
    return Driver(LOG)


@pytest.fixture(scope="session")
def tf(driver):
    import tensorflow

    tensorflow.debugging.set_log_device_placement(True)  # works before the first op alone
    assert len(tensorflow.config.list_physical_devices("GPU")) == 2
    return tensorflow


@pytest.fixture(scope="session")
def upsample_op(tf):
    """The package whose kernels were linked with the pretend runtime."""
    import upsample_op

    return upsample_op


@pytest.fixture(scope="session")
def raw_ops(upsample_op):
    from upsample_op import ops

    return ops.raw_ops


@pytest.fixture(scope="session")
def on_gpu(tf):
    """Makes tensors that are in a GPU's memory, which those of int32 are not by themselves."""

    def make(shape, dtype="float32", device="GPU:0"):
        with tf.device(device):
            tensor = tf.cast(tf.ones(shape), dtype)
        assert tensor.backing_device.endswith(device)
        return tensor

    return make


@pytest.fixture(scope="session")
def compute_stream(driver, tf, on_gpu):
    """The stream on GPU:0 that TensorFlow launches its own kernels on."""
    images = on_gpu((2, 3, 5, 4))
    _, calls = driver.calls_of(lambda: tf.nn.relu(images))
    assert calls[-1].library.startswith("libtensorflow")
    return calls[-1].stream
