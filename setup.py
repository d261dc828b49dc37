"""Builds the compiled parts with CMake, against the TensorFlow of this environment.

`make wheel` builds for several: it names them in UPSAMPLE_TENSORFLOWS (a list of
<version>=<folder>, with semicolons) and UPSAMPLE_PYTHONS (a list of programs), and sets
UPSAMPLE_OLD_SYSTEMS.
"""

import filecmp
import hashlib
import importlib
import importlib.metadata
import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys
import sysconfig

from setuptools import Extension, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_ext import build_ext

ROOT = pathlib.Path(__file__).parent.resolve()


def find_tensorflow():
    """Returns the installed TensorFlow as <version>=<folder>, without importing it.

    pip hides the environment's packages from an isolated build, but not the place where they are.
    So the installed TensorFlow is found anyway, and no second one is downloaded.
    """
    spec = importlib.util.find_spec("tensorflow")
    sites = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    if spec is not None and spec.origin is not None:
        sites.insert(0, pathlib.Path(spec.origin).parents[1])
    for site in map(pathlib.Path, sites):
        if (site / "tensorflow" / "libtensorflow_framework.so.2").exists():
            return f"{version_in(site)}={site / 'tensorflow'}"
    sys.exit(
        "upsample_op: there is no TensorFlow to build against; install one first (pip install "
        "tensorflow-cpu), and where the build tool isolates it, add --no-build-isolation."
    )


def version_in(site):
    """Returns the version of the distribution that installed tensorflow/__init__.py."""
    for distribution in importlib.metadata.distributions(path=[str(site)]):
        name = (distribution.name or "").lower().replace("_", "-")
        if name.startswith(("tensorflow", "tf-nightly")) and any(
            str(file) == "tensorflow/__init__.py" for file in distribution.files or ()
        ):
            return distribution.version
    sys.exit(f"upsample_op: the TensorFlow in {site} has no version; install it with pip.")


def find_nvcc():
    """Returns the path of nvcc, or None for a build without CUDA.

    It is the environment's CUDACXX, or on PATH, or where CUDA usually is, or in NVIDIA's pip
    packages.
    """
    named = os.environ.get("CUDACXX")
    if named and shutil.which(named) is None:
        sys.exit(f"upsample_op: CUDACXX is {named}, which can't be run.")
    sites = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *sys.path}
    candidates = [
        named,
        "nvcc",
        pathlib.Path(os.environ.get("CUDA_HOME", "/usr/local/cuda"), "bin", "nvcc"),
        *(nvcc for site in sites for nvcc in pathlib.Path(site).glob("nvidia/cu*/bin/nvcc")),
    ]
    return next((found for nvcc in candidates if nvcc and (found := shutil.which(nvcc))), None)


def forget_other_nvcc(build, nvcc):
    """Makes CMake start anew if nvcc has changed, because CMake can't switch to another one."""
    version = nvcc and subprocess.run([nvcc, "--version"], capture_output=True, text=True).stdout
    stamp, cache = build / "nvcc.txt", build / "CMakeCache.txt"
    if cache.exists() and (not stamp.exists() or stamp.read_text() != f"{nvcc} {version}"):
        cache.unlink()
        for found_before in build.glob("CMakeFiles/[0-9]*"):
            shutil.rmtree(found_before)
    build.mkdir(parents=True, exist_ok=True)
    stamp.write_text(f"{nvcc} {version}")


def check_compiler():
    """Ends the build with a one-line message if there is no C++ compiler for CMake to find."""
    compiler = os.environ.get("CXX", "c++")
    if shutil.which(compiler.split()[0]) is None:
        sys.exit(f"upsample_op: no C++ compiler ({compiler}); on Debian: apt-get install g++")


def import_tools():
    """Imports the build tools, which pip brings to an isolated build and the user to any other."""
    try:
        return [importlib.import_module(name) for name in ("cmake", "ninja", "pybind11")]
    except ImportError as error:
        sys.exit(
            f"upsample_op: the build needs the package {error.name}; "
            "pip install setuptools pybind11 cmake ninja"
        )


def run_step(command, **options):
    """Runs a step of the build. If it fails, its own output says why."""
    if subprocess.run(command, **options).returncode != 0:
        sys.exit("upsample_op: the build failed, for the reason given above.")


class CMakeBuild(build_ext):
    """Builds all compiled parts in one go; a second build redoes only what changed."""

    def run(self):
        """Configures and builds, into the package's folder or, in place, into the source tree."""
        tensorflows = os.environ.get("UPSAMPLE_TENSORFLOWS") or find_tensorflow()
        pythons = os.environ.get("UPSAMPLE_PYTHONS") or sys.executable
        check_compiler()
        cmake, ninja, pybind11 = import_tools()
        output = ROOT / "python" if self.inplace else pathlib.Path(self.build_lib).resolve()
        # There is one build folder for each Python and TensorFlow, or one for several together.
        # Tools are named each time, because an isolated build brings its own, in a place that is
        # gone the next time.
        name = f"{sys.implementation.cache_tag}-tensorflow-{tensorflows.split('=')[0]}"
        build = ROOT / "build" / ("all" if ";" in tensorflows + pythons else name)
        nvcc = find_nvcc()
        forget_other_nvcc(build, nvcc)
        ninja = pathlib.Path(ninja.BIN_DIR) / "ninja"
        configure = [
            pathlib.Path(cmake.CMAKE_BIN_DIR) / "cmake",
            *("-S", ROOT, "-B", build, "-G", "Ninja", "--log-level=NOTICE"),
            f"-DCMAKE_MAKE_PROGRAM={ninja}",
            f"-Dpybind11_DIR={pybind11.get_cmake_dir()}",
            f"-DUPSAMPLE_TENSORFLOWS={tensorflows}",
            f"-DUPSAMPLE_PYTHONS={pythons}",
            f"-DUPSAMPLE_OUTPUT_DIR={build / 'output'}",
            f"-DUPSAMPLE_EMULATOR={'ON' if self.inplace else 'OFF'}",
            f"-DUPSAMPLE_OLD_SYSTEMS={os.environ.get('UPSAMPLE_OLD_SYSTEMS', 'OFF')}",
            # CMake's own variable: "native", or a list such as "80;90".
            f"-DCMAKE_CUDA_ARCHITECTURES={os.environ.get('CUDAARCHS', 'all-major')}",
            f"-DCMAKE_CUDA_COMPILER={nvcc or 'NOTFOUND'}",
        ]
        run_step(configure, stdout=subprocess.DEVNULL)
        # This removes what an earlier build made for a Python or TensorFlow that is no longer asked
        # for.
        run_step([ninja, "-C", build, "-t", "cleandead"], stdout=subprocess.DEVNULL)
        dry_run = subprocess.run([ninja, "-C", build, "-n"], check=True, capture_output=True)
        if b"no work to do" not in dry_run.stdout:
            environment = {**os.environ, "NINJA_STATUS": "compiling [%f/%t] "}
            run_step([ninja, "-C", build], env=environment)
        self.install(build / "output", output / "upsample_op")

    def install(self, built, package):
        """Copies what is new, each file in one step, because a process may have the old one loaded.

        CMake doesn't link into the package. In place, several build folders take turns there, and
        what another one has left is removed. The emulator is for tests and goes into no wheel, and
        neither do symbols that only a debugger reads.
        """
        package.mkdir(parents=True, exist_ok=True)
        for old in package.glob("*.so"):
            if not (built / old.name).exists():
                old.unlink()
        sums = {}
        for file in sorted(built.glob("*.so")):
            if file.name.startswith("_emulator") and not self.inplace:
                continue
            new = package / f".{file.name}"
            shutil.copy2(file, new)
            if not self.inplace and shutil.which("strip"):
                run_step(["strip", new])
            sums[file.name] = hashlib.sha256(new.read_bytes()).hexdigest()
            self.replace(new, package / file.name)
        # The sums are those of the installed files rather than of the linked ones, because `python
        # -m upsample_op` compares them.
        info = json.loads((built / "build_info.json").read_text())
        new = package / ".build_info.json"
        new.write_text(json.dumps({**info, "sha256": sums}, indent=2) + "\n")
        self.replace(new, package / "build_info.json")

    @staticmethod
    def replace(new, target):
        """Puts a file in the place of another, unless both have the same bytes."""
        if target.exists() and filecmp.cmp(new, target, shallow=False):
            new.unlink()
        else:
            os.replace(new, target)

    def get_outputs(self):
        """Returns the files that go into the wheel beside the Python files."""
        return [str(file) for file in pathlib.Path(self.build_lib, "upsample_op").glob("*.so")]


class Wheel(bdist_wheel):
    """A wheel whose tag names all the Pythons for which it has a module."""

    def get_tag(self):
        """Returns (pythons, ABIs, platform), where the first two are alike, such as cp310.cp311.

        An editable wheel has the usual tag. The ABIs are named because `none` would admit Pythons
        without a global lock.
        """
        *this_python, platform = super().get_tag()
        modules = pathlib.Path(self.bdist_dir or "", "upsample_op").glob("_kernels.cpython-*.so")
        pythons = ".".join(sorted(f"cp{module.name.split('-')[1]}" for module in modules))
        return (pythons, pythons, platform) if pythons else (*this_python, platform)


setup(
    # CMake knows the sources. The entry tells setuptools that the wheel is not pure Python.
    ext_modules=[Extension("upsample_op._kernels", sources=[])],
    cmdclass={"bdist_wheel": Wheel, "build_ext": CMakeBuild},
)
