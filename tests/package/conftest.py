"""Helpers for the tests of the package."""

import pathlib
import shutil

import pytest

import upsample_op

PACKAGE = pathlib.Path(upsample_op.__file__).parent


@pytest.fixture
def copied_package(tmp_path):
    """A copy of the package, in a folder that can stand first on PYTHONPATH."""
    shutil.copytree(PACKAGE, tmp_path / "upsample_op", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "upsample_op"
