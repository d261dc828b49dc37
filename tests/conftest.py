"""Helpers for all tests. This file imports neither TensorFlow nor the package."""

import os
import subprocess
import sys
import textwrap

import pytest

import fork_server

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# The reference multiplies small matrices, for which threads take longer than they save.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


@pytest.fixture
def run_python():
    """Runs a program in a new Python process. If the program fails, so does the test."""

    def run(program, cwd=None, **environment):
        found = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(program)],
            env={**os.environ, **environment},
            cwd=cwd,
            capture_output=True,
            text=True,
        )
        assert found.returncode == 0, found.stderr
        return found.stdout

    return run


@pytest.fixture
def run_after_tensorflow():
    """Runs a program as run_python does, but in a process that has imported TensorFlow already."""

    def run(program, cwd=None, **environment):
        found = fork_server.run(textwrap.dedent(program), cwd, **environment)
        assert found.returncode == 0, found.stderr
        return found.stdout

    return run
