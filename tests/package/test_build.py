"""What `make` and `pip install` say if something is missing, each in one line."""

import json
import os
import pathlib
import platform
import re
import subprocess
import sys

import pybind11
import pytest

import upsample_op

ROOT = pathlib.Path(__file__).parents[2]


def make(tmp_path, *arguments, **environment):
    """Runs make with a virtual environment that doesn't exist yet, and returns what it printed."""
    found = subprocess.run(
        ["make", "--no-print-directory", "-C", str(ROOT), f"VENV={tmp_path / 'venv'}", *arguments],
        env={**os.environ, "MAKEFLAGS": "", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert (found.returncode == 0) == (not arguments)
    assert not (tmp_path / "venv").exists()
    return found.stdout


def fake_python(tmp_path, unless):
    """Returns a Python that fails if its program has the text `unless`."""
    path = tmp_path / "python"
    path.write_text(
        f'#!/bin/sh\ncase "$2" in *{unless}*) exit 1;; esac\nexec {sys.executable} "$@"\n'
    )
    path.chmod(0o755)
    return str(path)


def test_make_alone_prints_the_verbs(tmp_path):
    verbs = [line.split()[1] for line in make(tmp_path).splitlines()]
    assert " ".join(verbs) == (
        "build demo train train-distributed pictures test test-kernels test-sanitize test-races "
        "test-memcheck test-gpu-glue mutate soak zoo gpu-check fuzz bench peers scale "
        "instructions registers wheel wheel-test wheel-rebuild nvcc lock format lint check clean"
    )


def test_make_names_a_missing_compiler(tmp_path):
    printed = make(tmp_path, "build", CXX="no-such-compiler")
    assert printed == "no C++ compiler (no-such-compiler): apt-get install g++\n"


def test_make_names_a_missing_python(tmp_path):
    printed = make(tmp_path, "build", "PYTHON=no-such-python")
    assert printed == "no no-such-python: apt-get install python3 python3-venv python3-dev\n"


@pytest.mark.parametrize(
    ("unless", "message"),
    [
        ("venv", "lacks the venv module: apt-get install python3-venv"),
        ("Python.h", "lacks its headers (Python.h): apt-get install python3-dev"),
        ("version_info", "TensorFlow needs 3.10 to 3.13: make PYTHON=python3.12"),
    ],
)
def test_make_names_what_python_lacks(tmp_path, unless, message):
    printed = make(tmp_path, "build", f"PYTHON={fake_python(tmp_path, unless)}")
    assert printed.endswith(message + "\n")
    assert printed.count("\n") == 1


def build_extension(python, tmp_path, **environment):
    """Runs the build that pip runs, and returns the last line of its errors."""
    found = subprocess.run(
        [python, "setup.py", "-q", "build_ext", "--build-lib", str(tmp_path / "lib")],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    assert found.returncode != 0
    assert "Traceback" not in found.stderr
    return found.stderr.splitlines()[-1]


def test_the_build_says_that_there_is_no_tensorflow(tmp_path, python_with):
    message = build_extension(python_with(), tmp_path)
    assert message.startswith("upsample_op: there is no TensorFlow to build against; install one")


def test_the_build_says_which_tool_is_missing(tmp_path, python_with):
    message = build_extension(python_with("tensorflow*", "ninja*"), tmp_path)
    assert message == (
        "upsample_op: the build needs the package cmake; "
        "pip install setuptools pybind11 cmake ninja"
    )


def test_the_build_says_that_there_is_no_compiler(tmp_path):
    message = build_extension(sys.executable, tmp_path, CXX="no-such-compiler -O2")
    assert message.startswith("upsample_op: no C++ compiler (no-such-compiler -O2); on Debian: apt")


def test_a_second_build_has_nothing_to_do():
    found = subprocess.run(
        [sys.executable, "setup.py", "-q", "build_ext", "--inplace"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert found.stdout == found.stderr == ""


def newest_build():
    return max(ROOT.glob("build/cpython*/CMakeCache.txt"), key=os.path.getmtime).parent


def test_what_takes_a_minute_to_compile_depends_on_little_of_ours():
    """A change of a kernel doesn't recompile the file that needs XLA's headers."""
    command = ["ninja", "-C", newest_build(), "-t", "deps"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    files = {}
    for block in printed.split("\n\n"):
        target, *sources = block.splitlines() or [""]
        files[target.split(":")[0]] = {
            path.split("/csrc/")[1] for path in sources if "/csrc/" in path
        }
    with_xla = [target for target in files if target.endswith("xla/op_kernel.cc.o")]
    assert len(with_xla) == 1
    sources = files[with_xla[0]]
    assert "xla/hlo.h" in sources
    assert {name for name in sources if name.split("/")[0] not in ("core", "xla")} == {
        "tf/translate.h"
    }


def configure(tmp_path, *options):
    """Makes CMake prepare a build without TensorFlow, and returns what it said and recorded."""
    found = subprocess.run(
        [
            *("cmake", "-S", ROOT, "-B", tmp_path, "-G", "Ninja", "--log-level=NOTICE"),
            f"-DUPSAMPLE_PYTHONS={sys.executable}",
            f"-Dpybind11_DIR={pybind11.get_cmake_dir()}",
            *options,
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=True,
        text=True,
    )
    return found.stderr, json.loads((tmp_path / "build_info.json").read_text())


def test_without_nvcc_the_build_is_for_the_cpu_and_says_so_once(tmp_path):
    said, info = configure(tmp_path, "-DCMAKE_CUDA_COMPILER=NOTFOUND")
    assert said == "upsample_op: a CPU-only build: no nvcc\n"
    assert (info["cuda"], info["cuda_architectures"]) == (None, [])
    assert configure(tmp_path, "-DCMAKE_CUDA_COMPILER=NOTFOUND") == ("", info)


def commands_of(build):
    """Returns the compiler's command lines for C++ files, and the linker's."""
    found = subprocess.run(
        ["ninja", "-C", build, "-t", "commands", "all"], check=True, capture_output=True, text=True
    )
    lines = found.stdout.splitlines()
    compiling = [line for line in lines if re.search(r" -c \S+\.cc$", line)]
    return compiling, [line for line in lines if " -shared " in line]


@pytest.mark.parametrize("sanitize", [False, True])
def test_every_file_is_compiled_and_linked_with_the_hardening(sanitize, tmp_path):
    configure(tmp_path, "-DCMAKE_CUDA_COMPILER=NOTFOUND", f"-DUPSAMPLE_SANITIZE={sanitize}")
    compiling, linking = commands_of(tmp_path)
    assert len(compiling) >= 8
    assert len(linking) >= 2
    for line in compiling:
        assert ("-fcf-protection" in line) == (platform.machine() == "x86_64")
        # Row kernels have no such checks; CMakeLists.txt has the figures. The last such option
        # counts.
        is_checked = "cpu/row_kernels.cc" not in line
        (*_, stack) = re.findall(r"-f(?:no-)?stack-protector\S*", line)
        assert (stack == "-fstack-protector-strong") == is_checked
        # FORTIFY would hide from AddressSanitizer what it checks itself.
        (*_, lengths) = ["", *re.findall(r"-[UD]_FORTIFY_SOURCE\S*", line)]
        assert (lengths == "-D_FORTIFY_SOURCE=2") == (is_checked and not sanitize)
    for line in linking:
        for option in ("relro", "now", "noexecstack"):
            assert f"-Wl,-z,{option}" in line


def test_without_xlas_headers_the_build_is_without_its_library(tmp_path):
    """TensorFlow 2.18 and 2.19 have no such headers."""
    options = ["-DCMAKE_CUDA_COMPILER=NOTFOUND", f"-DUPSAMPLE_TENSORFLOWS=2.19.1={tmp_path}"]
    _, info = configure(tmp_path / "build", *options)
    why = "TensorFlow 2.19.1 has no xla/ffi/api/ffi.h"
    assert info["tensorflow"] == {"2.19": {"version": "2.19.1", "xla": why}}
    command = ["ninja", "-C", tmp_path / "build", "-t", "targets", "all"]
    targets = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "libupsample_op_tf2.19.so" in targets
    assert "libupsample_op_xla" not in targets


@pytest.mark.skipif(upsample_op.build_info()["cuda"] is None, reason="no nvcc")
def test_with_nvcc_the_build_is_for_the_architectures_asked_for(tmp_path):
    cache = (newest_build() / "CMakeCache.txt").read_text()
    nvcc = re.search(r"^CMAKE_CUDA_COMPILER:\w+=(.*)$", cache, re.MULTILINE)[1]
    options = [f"-DCMAKE_CUDA_COMPILER={nvcc}", "-DCMAKE_CUDA_ARCHITECTURES=80-real;90"]
    said, info = configure(tmp_path, *options)
    assert info["cuda"] == upsample_op.build_info()["cuda"]
    assert info["cuda_architectures"] == ["80-real", "90"]
    assert said == f"upsample_op: CUDA {info['cuda']}, for 80-real;90\n"
