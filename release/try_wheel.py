"""Tries what is in dist/ as a user would, outside of the source tree: `make wheel-test`.

The wheel is tried in a clean environment for each TensorFlow of versions.py, with the Python named
there, then with a TensorFlow that it is not for, and with none. The sdist is built against an
installed TensorFlow. Environments are made anew in build/wheel-test.

    python release/try_wheel.py [version of TensorFlow]...
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
from concurrent.futures import ThreadPoolExecutor

from lock import entries
from tensorflow_headers import fetch
from versions import TENSORFLOWS, UNSUPPORTED, find_pythons, name_skipped

ROOT = pathlib.Path(__file__).parents[1].resolve()
WORK = ROOT / "build" / "wheel-test"
# The tests that a wrong library, or another version of TensorFlow, Keras or NumPy, would break.
SMOKE = [
    "kernels/test_arguments.py",
    "kernels/test_special_values.py",
    "tf/test_bad_input.py",
    "tf/test_convert.py",
    "tf/test_folding_models.py",
    "tf/test_gradients.py",
    "tf/test_layer.py",
    "tf/test_op.py",
    "tf/test_saving.py",
]
# These tests also run if TensorFlow has XLA's headers.
SMOKE_OF_XLA = ["tf/test_jit_programs.py"]


BUILD_TOOLS = ["setuptools", "pybind11", "cmake", "ninja"]


class Environment:
    """A virtual environment, and the folder in which its programs run."""

    def __init__(self, name, python):
        self.folder = WORK / name
        run(python, "-m", "venv", self.folder / "venv")
        self.python = self.folder / "venv/bin/python"

    def install_locked(self, lock, packages=None):
        """Installs what a file of requirements/ has, or some of it, by its hashes."""
        wanted = self.folder / "requirements.txt"
        wanted.write_text(entries(lock, packages))
        options = ["-q", "--require-hashes", "--no-deps", "--no-compile"]
        self.run("-m", "pip", "install", *options, "-r", wanted)

    def install(self, *ours):
        """Installs ours from files. What it needs must be there already, which pip checks."""
        self.run("-m", "pip", "install", "-q", "--no-index", *ours)
        self.run("-m", "pip", "check", stdout=subprocess.DEVNULL)

    def run(self, *arguments, **options):
        """Runs the environment's Python, without the source tree on its path."""
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        return run(self.python, *arguments, cwd=self.folder, env=environment, **options)

    def run_as_written(self, commands, folder):
        """Runs lines of a shell in a folder. pip fetches BUILD_TOOLS in the versions of `dev`."""
        versions = re.findall(r"^\S+==[^ ]+", entries("dev", BUILD_TOOLS), re.MULTILINE)
        constraint = self.folder / "constraint.txt"
        constraint.write_text("\n".join(versions))
        environment = {
            **os.environ,
            "PATH": f"{self.python.parent}:{os.environ['PATH']}",
            "PIP_CONSTRAINT": str(constraint),
            "PIP_QUIET": "1",
        }
        run("bash", "-euc", commands, cwd=folder, env=environment)

    def report(self):
        """Returns the exit code and the text of `python -m upsample_op`."""
        found = self.run("-m", "upsample_op", check=False, stdout=subprocess.PIPE, text=True)
        return found.returncode, found.stdout


def main(versions):
    """Tries all, or some versions of TensorFlow only, and ends at the first failure."""
    (wheel,), (sdist,) = (ROOT / "dist").glob("*.whl"), (ROOT / "dist").glob("*.tar.gz")
    pythons = find_pythons()
    name_skipped(pythons)
    shutil.rmtree(WORK, ignore_errors=True)
    check_files(wheel)
    tried = None
    # pip works for the next environment while the tests of another run.
    with ThreadPoolExecutor(1) as pool:
        made = {
            version: pool.submit(make_environment, wheel, version, pythons[python])
            for version in versions or TENSORFLOWS
            if (python := TENSORFLOWS[version]) in pythons
        }
        refused = pool.submit(try_without_support, wheel, pythons)
        for version, environment in made.items():
            tried = environment.result(), version
            try_wheel(*tried)
        refused.result()
    if tried:
        try_sdist(sdist, *tried)
    print("the wheel and the sdist are right")


def check_files(wheel):
    """Runs the tests of the libraries' symbols and flags on the wheel's libraries."""
    print("checking the libraries' symbols and flags")
    shutil.unpack_archive(wheel, WORK / "unpacked", "zip")
    folders = {version: fetch(version, ROOT / "build" / "tensorflow") for version in TENSORFLOWS}
    environment = {
        **os.environ,
        "PYTHONPATH": str(WORK / "unpacked"),
        "UPSAMPLE_LIBRARIES": str(WORK / "unpacked" / "upsample_op"),
        "UPSAMPLE_TENSORFLOWS": ";".join(f"{v}={folder}" for v, folder in folders.items()),
    }
    tests = [ROOT / "tests/package" / f"test_{what}.py" for what in ("symbols", "hardening")]
    run(sys.executable, "-m", "pytest", "-n0", *tests, cwd=ROOT, env=environment)


def minor(version):
    return ".".join(version.split(".")[:2])


def make_environment(wheel, version, python):
    """Returns an Environment with the wheel beside a TensorFlow."""
    environment = Environment(f"tensorflow-{minor(version)}", python)
    environment.install_locked(f"tensorflow-{version}")
    environment.install(f"{wheel}[cpu,test]")
    return environment


def try_wheel(environment, version):
    """Runs the wheel's self-test and some of the tests in an environment of make_environment."""
    print(f"\ntrying the wheel with TensorFlow {version}")
    code, text = environment.report()
    print(text)
    expected = f"/libupsample_op_tf{minor(version)}.so"
    if code or not text.endswith("OK\n") or expected not in text or str(WORK) not in text:
        sys.exit(f"the self-test failed with TensorFlow {version}")
    copy_tests(environment.folder)
    names = SMOKE + SMOKE_OF_XLA * ("XLA library: loaded" in text)
    environment.run(
        "-m", "pytest", "-n", "auto", "--disable-warnings", *(f"tests/{name}" for name in names)
    )


def copy_tests(folder):
    """Copies the tests of SMOKE, and their configuration and helpers."""
    shutil.copy(ROOT / "pyproject.toml", folder)
    helpers = ["kernels/conftest.py", "tf/conftest.py"]
    helpers += [path.name for path in (ROOT / "tests").glob("*.py")]
    for name in [*helpers, *SMOKE, *SMOKE_OF_XLA]:
        (folder / "tests" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "tests" / name, folder / "tests" / name)


def try_without_support(wheel, pythons):
    """Expects the message for no TensorFlow, and for one for which the wheel has no library."""
    python = pythons.get("3.11") or pythons.get("3.12")
    if python is None:
        print(f"skipped: no Python for TensorFlow {UNSUPPORTED}")
        return
    environment = Environment("unsupported", python)
    environment.install_locked(f"tensorflow-{UNSUPPORTED}", ["numpy"])
    environment.install(wheel)
    expect(environment, "there is no TensorFlow here. Install one: pip install 'upsample_op[cpu]'")
    environment.install_locked(f"tensorflow-{UNSUPPORTED}")
    supported = [minor(version) for version in TENSORFLOWS]
    expect(
        environment,
        f"this copy is built for TensorFlow {', '.join(supported[:-1])} or {supported[-1]}, whose "
        f"C++ interfaces differ from that of TensorFlow {UNSUPPORTED}. Install one of those, or "
        "build upsample_op for this one",
    )


def expect(environment, message):
    """Expects the report to end with a message, and to say before that the kernels work."""
    code, text = environment.report()
    last = text.splitlines()[-1]
    print(last)
    if code != 1 or not last.startswith(f"upsample_op: {message}") or "results right" not in text:
        sys.exit(f"expected {message!r}, got:\n{text}")


def try_sdist(sdist, environment, version):
    """Builds the sdist where the wheel was, without the source tree, by README's own commands."""
    print(f"\ntrying the sdist with TensorFlow {version}, by the commands of README")
    with tarfile.open(sdist) as archive:
        archive.extractall(environment.folder / "source", filter="data")
    (folder,) = (environment.folder / "source").iterdir()
    environment.run("-m", "pip", "uninstall", "-q", "--yes", "upsample_op")
    # If there is CUDA, the sdist is built for one architecture only, because the wheel has all of
    # them.
    os.environ.setdefault("CUDAARCHS", "90")
    environment.run_as_written(commands_from_source(), folder)
    environment.run("-m", "pip", "check", stdout=subprocess.DEVNULL)
    code, text = environment.report()
    print(text)
    if code or f"for TensorFlow {version}\n" not in text:
        sys.exit("the sdist's build does not work")


def commands_from_source():
    """Returns README's commands for an installation from source."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    (found,) = (block for block in blocks if "--no-build-isolation" in block)
    return found


def run(*command, check=True, **options):
    """Runs a program. If it fails, its own output says why."""
    found = subprocess.run(command, **options)
    if check and found.returncode != 0:
        sys.exit(f"failed: {' '.join(map(str, command))}")
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
