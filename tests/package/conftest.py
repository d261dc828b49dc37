"""Helpers for the tests of the package."""

import pathlib
import shutil
import subprocess
import sys
import sysconfig

import pytest

import upsample_op

PACKAGE = pathlib.Path(upsample_op.__file__).parent


@pytest.fixture
def copied_package(tmp_path):
    """Returns a copy of the package, in a folder that can be first on PYTHONPATH."""
    shutil.copytree(PACKAGE, tmp_path / "upsample_op", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "upsample_op"


@pytest.fixture
def python_with(tmp_path):
    """Returns a function that makes a Python with setuptools and the packages that match."""

    def make(*patterns):
        folder = tmp_path / "venv"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        (site,) = folder.glob("lib/python*/site-packages")
        for pattern in ("setuptools*", "_distutils_hack", *patterns):
            for path in pathlib.Path(sysconfig.get_path("purelib")).glob(pattern):
                (site / path.name).symlink_to(path)
        return folder / "bin/python"

    return make
