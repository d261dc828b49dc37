"""What `make` and `pip install` say where something is missing, each in one line."""

import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]


def make(tmp_path, *arguments, **environment):
    """Runs make with a virtual environment that isn't there yet; returns what it printed."""
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
    """A Python that can do all but what its program text names."""
    path = tmp_path / "python"
    path.write_text(
        f'#!/bin/sh\ncase "$2" in *{unless}*) exit 1;; esac\nexec {sys.executable} "$@"\n'
    )
    path.chmod(0o755)
    return str(path)


def test_make_alone_prints_the_verbs(tmp_path):
    verbs = [line.split()[1] for line in make(tmp_path).splitlines()]
    assert " ".join(verbs) == "demo test test-kernels bench wheel format lint check clean"


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
    """Runs the build that pip runs; returns the last line of its errors."""
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


def test_the_build_says_that_there_is_no_tensorflow(tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    # As in pip's isolated build: the build's own needs on the path, TensorFlow not.
    for name in ("setuptools", "_distutils_hack", "pybind11", "ninja"):
        (tmp_path / "path").mkdir(exist_ok=True)
        package = pathlib.Path(__import__(name).__file__).parent
        (tmp_path / "path" / name).symlink_to(package)
    message = build_extension(
        tmp_path / "venv/bin/python", tmp_path, PYTHONPATH=str(tmp_path / "path")
    )
    assert message.startswith(
        "upsample_op: there is no TensorFlow to build against; install one first"
    )


def test_the_build_says_that_there_is_no_compiler(tmp_path):
    message = build_extension(sys.executable, tmp_path, CXX="no-such-compiler -O2")
    assert (
        message
        == "upsample_op: no C++ compiler (no-such-compiler -O2); on Debian: apt-get install g++"
    )


def test_a_second_build_has_nothing_to_do():
    found = subprocess.run(
        [sys.executable, "setup.py", "-q", "build_ext", "--inplace"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert found.stdout == found.stderr == ""
