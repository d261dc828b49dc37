"""These tests run if there is a GPU that PyTorch or CuPy reaches, or on the emulator.

`UPSAMPLE_GPU_DEVICE=emulator` tries the tests themselves on a machine without a GPU.
"""

import os

import pytest

from upsample_op._device import open_device


@pytest.fixture(scope="session")
def device():
    """Returns the GPU, or the emulator in its place. It skips the test if there is none."""
    try:
        return open_device(os.environ.get("UPSAMPLE_GPU_DEVICE", "gpu"))
    except RuntimeError as error:
        pytest.skip(str(error))


def pytest_collection_modifyitems(items):
    """Marks a few tests of each kind for compute-sanitizer, which is slow."""
    for number, item in enumerate(items):
        if "test_gives_what_it_should" in item.name and number % 23 == 0:
            item.add_marker("sanitized")
