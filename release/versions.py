"""The versions that the wheel is for, and where their Pythons are on this machine."""

import os
import pathlib
import shutil
import subprocess
import sys

# The TensorFlow versions for which the wheel has libraries, one of each minor version because the
# C++ interface changes with each, and the Python with which `make wheel-test` tries it.
TENSORFLOWS = {
    "2.18.1": "3.10",
    "2.19.1": "3.11",
    "2.20.0": "3.12",
    "2.21.0": "3.13",
}
# A version for which the wheel has no library, which it must report.
UNSUPPORTED = "2.17.1"
PYTHONS = ["3.10", "3.11", "3.12", "3.13"]

# Prints the Python's version if modules can be built for it and environments made of it.
_USABLE = """
import ensurepip, os, sys, sysconfig, venv
if os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")):
    print("%d.%d" % sys.version_info[:2])
"""


def find_pythons() -> dict[str, str]:
    """Returns {version: program} of those PYTHONS that are on this machine, with their headers.

    They are looked for on PATH and where pyenv installs them.
    """
    pyenv = pathlib.Path(os.environ.get("PYENV_ROOT", pathlib.Path.home() / ".pyenv"))
    found = {}
    for version in PYTHONS:
        name = f"python{version}"
        folders = [*os.get_exec_path(), *map(str, sorted(pyenv.glob(f"versions/{version}.*/bin")))]
        programs = [sys.executable, *(shutil.which(name, path=folder) for folder in folders)]
        for program in filter(None, programs):
            command = [program, "-c", _USABLE]
            # pyenv's shims are programs that may fail.
            said = subprocess.run(command, capture_output=True, text=True).stdout.strip()
            if said == version:
                found[version] = program
                break
    return found


def name_skipped(found) -> None:
    """Prints which PYTHONS were not found."""
    for version in PYTHONS:
        if version not in found:
            print(f"skipped: there is no Python {version} with its headers on this machine")
