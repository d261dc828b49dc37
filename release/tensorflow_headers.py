"""Fetches what op libraries are compiled with: headers and libraries of TensorFlow's own wheels.

The wheels are only unpacked, because an environment for each would take a gigabyte of packages that
no compiler reads.
"""

import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import zipfile

from lock import entries

# PyPI's tensorflow-cpu is for x86-64. The distribution for CUDA has the same headers and exports
# the same.
DISTRIBUTION = "tensorflow-cpu" if platform.machine() == "x86_64" else "tensorflow"
WANTED = (
    "tensorflow/include/",
    "tensorflow/libtensorflow_framework.so.2",
    "tensorflow/libtensorflow_cc.so.2",
)


def fetch(version: str, cache: pathlib.Path) -> pathlib.Path:
    """Returns the folder of that version's package tensorflow, and unpacks it if it wasn't yet."""
    folder = cache / version
    if not folder.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as temporary:
            _unpack(_download(version, temporary), pathlib.Path(temporary, version))
            shutil.move(pathlib.Path(temporary, version), folder)
    return folder / "tensorflow"


def _download(version, folder):
    wanted = pathlib.Path(folder, "requirements.txt")
    wanted.write_text(entries(f"tensorflow-{version}", [DISTRIBUTION]))
    # A wheel for any Python is good enough, because all have the same headers.
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--dest", folder),
            *("--only-binary", ":all:", "--python-version", "3.12"),
            *("--require-hashes", "-r", wanted),
        ],
        check=True,
    )
    (wheel,) = pathlib.Path(folder).glob("*.whl")
    return wheel


def _unpack(wheel, folder):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder, [name for name in archive.namelist() if name.startswith(WANTED)])
