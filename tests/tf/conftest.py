"""Helpers for the tests of the ops in TensorFlow."""

import pytest

from upsample_op import _library


@pytest.fixture(params=["chosen", "hlo", "custom_call"])
def lowering(request, monkeypatch):
    """Sets how XLA programs of the test run the ops: as lowering.h chooses, or in one way."""
    monkeypatch.delenv("UPSAMPLE_XLA_LOWERING", raising=False)
    if request.param != "chosen":
        monkeypatch.setenv("UPSAMPLE_XLA_LOWERING", request.param)
    return request.param


@pytest.fixture(params=["keras", "tf_keras"])
def keras(request):
    """Returns either Keras, of which `tf.keras` is one, with its random numbers reset."""
    module = pytest.importorskip(request.param)
    module.utils.set_random_seed(0)
    return module


@pytest.fixture(params=[False, True], ids=["function", "jit"])
def jit(request):
    """Returns whether XLA compiles a tf.function; skips the test if the ops have no XLA kernels."""
    if request.param and not _library.supports_jit():
        pytest.skip("the ops have no XLA kernels for this TensorFlow")
    return request.param
