"""Builds the commit's wheel again in another folder, and compares: `make wheel-rebuild`."""

import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).parents[1].resolve()


def digests(wheel):
    """Returns {file: SHA-256} of the files in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()}


def main():
    """Clones the commit into a folder of another name, builds there, and compares the wheels."""
    (first,) = (ROOT / "dist").glob("*.whl")
    with tempfile.TemporaryDirectory() as folder:
        clone = pathlib.Path(folder, "a-clone-elsewhere")
        subprocess.run(["git", "clone", "-q", ROOT, clone], check=True)
        build = [sys.executable, clone / "release" / "build_wheel.py"]
        subprocess.run(build, check=True, cwd=clone, env=os.environ)
        (second,) = (clone / "dist").glob("*.whl")
        before, after = digests(first), digests(second)
        same_wheel = first.read_bytes() == second.read_bytes()
    differing = sorted(name for name in before | after if before.get(name) != after.get(name))
    if differing:
        sys.exit(f"other bytes in {', '.join(differing)}")
    print(f"{len(before)} files of the same bytes, and the wheel {'too' if same_wheel else 'not'}")


if __name__ == "__main__":
    main()
