"""The compiled files that tests of the files are about.

Those of this build; `make wheel-test` names the wheel's by UPSAMPLE_LIBRARIES.
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
    """Runs a test once for each of some of them, under their names."""
    return pytest.mark.parametrize("library", paths, ids=[path.name for path in paths])


def dynamic(library, tag):
    """Returns the values of a file's entries of a tag, such as NEEDED, in its dynamic section."""
    found = re.findall(rf"\({tag}\) +(.*)", readelf(library, "--dynamic"))
    return [re.sub(r".*\[(.*)\]", r"\1", value) for value in found]


def readelf(library, *options):
    """Returns what readelf prints of a file."""
    command = ["readelf", "--wide", *options, library]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
