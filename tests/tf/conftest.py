"""Helpers for the tests of the ops in TensorFlow."""

import pytest


@pytest.fixture(params=["chosen", "hlo", "custom_call"])
def lowering(request, monkeypatch):
    """How XLA programs compiled in the test run the ops: as lowering.h chooses, or one way."""
    monkeypatch.delenv("UPSAMPLE_XLA_LOWERING", raising=False)
    if request.param != "chosen":
        monkeypatch.setenv("UPSAMPLE_XLA_LOWERING", request.param)
    return request.param
