"""Virtual environments under build/zoo/, one for each family of models.

They have the family's packages and little else. Behind those each sees what is installed in the
project's own environment, above all TensorFlow and Keras, which are large.
"""

import os
import pathlib
import subprocess
import sys
import sysconfig

ROOT = pathlib.Path(__file__).parents[2]
FOLDER = ROOT / "build/zoo"


class InstallationError(Exception):
    """A package can't be installed. The message says why."""


def python_of(family):
    """Returns the path of a family's Python, whose environment is made at first use.

    Raises:
        InstallationError: pip fails, and the message says why.
    """
    folder = FOLDER / family.name
    python = folder / "bin/python"
    stamp = folder / "packages.txt"
    packages = "\n".join(family.packages)
    if stamp.exists() and stamp.read_text() == packages:
        return python
    _run(sys.executable, "-m", "venv", "--clear", "--without-pip", str(folder))
    (site_packages,) = folder.glob("lib/python*/site-packages")
    (site_packages / "project.pth").write_text(sysconfig.get_path("purelib"))
    pip = (sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-deps")
    _run(*pip, *family.packages)
    stamp.write_text(packages)
    return python


def variables_of(family):
    """Returns the environment variables for a process of a family, with the package and no logs."""
    path = [str(ROOT / "python"), str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, path)),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        # Nothing may ask a hub for weights, or write outside of the build folder.
        "KERAS_HOME": str(FOLDER / "keras"),
        **family.variables,
    }


def _run(*command):
    found = subprocess.run(command, capture_output=True, text=True)
    if found.returncode != 0:
        raise InstallationError((found.stderr.strip() or found.stdout.strip())[-500:])
