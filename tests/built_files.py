"""Finds the compiled files for the tests of those files.

They are this build's files. `make wheel-test` names the wheel's by UPSAMPLE_LIBRARIES.
"""

import json
import os
import pathlib
import re
import subprocess

import pytest

import upsample_op

FOLDER = pathlib.Path(os.environ.get("UPSAMPLE_LIBRARIES") or upsample_op.__path__[0])
BUILT = json.loads((FOLDER / "build_info.json").read_text())
KERNELS = FOLDER / "libupsample_kernels.so"
HOOKS = FOLDER / "libupsample_hooks.so"
MODULES = sorted(FOLDER.glob("_kernels.*.so"))
FOR_TENSORFLOW = sorted(FOLDER.glob("libupsample_op_*.so"))
SHIPPED = [KERNELS, HOOKS, *MODULES, *FOR_TENSORFLOW]


def each_of(paths):
    """Runs a test once for each of some files, under their names."""
    return pytest.mark.parametrize("library", paths, ids=[path.name for path in paths])


def dynamic(library, tag):
    """Returns the values that a file's dynamic section has for a tag, such as NEEDED."""
    found = re.findall(rf"\({tag}\) +(.*)", readelf(library, "--dynamic"))
    return [re.sub(r".*\[(.*)\]", r"\1", value) for value in found]


def readelf(library, *options):
    """Returns what readelf prints about a file."""
    command = ["readelf", "--wide", *options, library]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
