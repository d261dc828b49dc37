"""Builds the wheel for every TensorFlow and Python of versions.py into dist/: `make wheel`.

    python release/build_wheel.py

The same commit gives the same bytes wherever it is built with the same compilers: times are the
commit's (SOURCE_DATE_EPOCH), and no file has a path of this machine.
"""

import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

import rich
import rich.table
from tensorflow_headers import fetch
from versions import TENSORFLOWS, find_pythons, name_skipped

ROOT = pathlib.Path(__file__).parents[1].resolve()
BUILD, DIST = ROOT / "build", ROOT / "dist"


def main():
    """Fetches the headers, builds the wheel, gives it its tag, and prints what is in it."""
    os.environ.setdefault("SOURCE_DATE_EPOCH", time_of_commit())
    pythons = find_pythons()
    name_skipped(pythons)
    print(f"fetching the headers of TensorFlow {', '.join(TENSORFLOWS)}")
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        folders = pool.map(lambda version: fetch(version, BUILD / "tensorflow"), TENSORFLOWS)
        tensorflows = dict(zip(TENSORFLOWS, folders, strict=True))
    print(f"compiling for Python {', '.join(pythons)}")
    wheel = repair(build(tensorflows, pythons))
    build_sdist()
    show_contents(wheel)


def build(tensorflows, pythons):
    """Returns the path of the wheel as setup.py makes it."""
    for stale in (*BUILD.glob("lib.*"), *BUILD.glob("bdist.*"), BUILD / "wheel"):
        shutil.rmtree(stale, ignore_errors=True)
    environment = {
        **os.environ,
        "UPSAMPLE_OLD_SYSTEMS": "ON",
        "UPSAMPLE_PYTHONS": ";".join(pythons.values()),
        "UPSAMPLE_TENSORFLOWS": ";".join(f"{v}={folder}" for v, folder in tensorflows.items()),
    }
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-build-isolation", "--no-deps"]
    run(*command, "--wheel-dir", BUILD / "wheel", ROOT, env=environment)
    (wheel,) = (BUILD / "wheel").glob("*.whl")
    return wheel


def build_sdist():
    """Writes the sdist into dist/, beside the wheel."""
    program = f"from setuptools import build_meta; build_meta.build_sdist({str(DIST)!r})"
    run(sys.executable, "-c", program, cwd=ROOT, stdout=subprocess.DEVNULL)


def time_of_commit():
    """Returns the commit's time in seconds since 1970, or outside of git the first time of zip."""
    command = ["git", "-C", ROOT, "log", "-1", "--format=%ct"]
    found = subprocess.run(command, capture_output=True, text=True)
    return found.stdout.strip() if found.returncode == 0 else "315532800"


def repair(wheel):
    """Returns the wheel in dist/, with the tag of the oldest system that auditwheel finds it fits.

    TensorFlow's libraries are those of the user's TensorFlow, so the wheel doesn't include them.
    Nor does auditwheel add our own libraries, which are in the wheel but which the library for XLA
    doesn't find by itself.
    """
    shutil.rmtree(DIST, ignore_errors=True)
    excluded = [f"--exclude={name}" for name in ("libtensorflow_*", "libupsample_*")]
    run(sys.executable, "-m", "auditwheel", "repair", "--wheel-dir", DIST, *excluded, wheel)
    (repaired,) = DIST.glob("*.whl")
    return repaired


def run(*command, **options):
    """Runs a step. If it fails, its own output says why."""
    if subprocess.run(command, **options).returncode != 0:
        sys.exit(f"failed: {' '.join(map(str, command))}")


def show_contents(wheel):
    """Prints the wheel's name and size, and what is in it, the largest first."""
    table = rich.table.Table("file", "bytes", "compressed", box=rich.box.SIMPLE)
    rest = [0, 0]
    with zipfile.ZipFile(wheel) as archive:
        for entry in sorted(archive.infolist(), key=lambda entry: -entry.file_size):
            if entry.filename.endswith(".so"):
                name = entry.filename.removeprefix("upsample_op/")
                table.add_row(name, f"{entry.file_size:,}", f"{entry.compress_size:,}")
            else:
                rest[0] += entry.file_size
                rest[1] += entry.compress_size
    table.add_row("Python files, stubs, metadata", *(f"{number:,}" for number in rest))
    rich.print(table)
    rich.print(f"{wheel.relative_to(ROOT)}: {wheel.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
