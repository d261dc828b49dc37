"""Counts of instructions: what is compared with what, and that counts are the same each time."""

import fcntl
import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

from instructions import __main__ as instructions
from instructions import callgrind
from upsample_op import kernels
from upsample_op._case import Case

ROOT = pathlib.Path(__file__).parents[2]
CASE = "bilinear-NHWC-float32-1x8x8x16-by2x2"

needs_valgrind = pytest.mark.skipif(shutil.which("valgrind") is None, reason="no valgrind")


def test_growth_is_relative_to_what_was_recorded():
    assert instructions.growth(
        {"a": 1.5, "b": 0.5, "new": 2.0}, {"a": 1.0, "b": 1.0, "old": 3}
    ) == {
        "a": 0.5,
        "b": -0.5,
    }


def test_growth_of_over_five_percent_is_named():
    recorded = {"a": 1.0, "b": 1.0, "c": 1.0}
    assert instructions.verdicts({"a": 1.06, "b": 1.049, "c": 0.5, "new": 9.0}, recorded) == [
        "a: 1.0600 instructions per byte, recorded 1.0000, +6.0 %"
    ]


def test_another_compiler_is_named():
    recorded = {"compiler": "GNU 12.2.0", "valgrind": "valgrind-3.19.0"}
    assert instructions.differences(recorded, recorded) == []
    assert instructions.differences(recorded | {"compiler": "GNU 14.1.0"}, recorded) == [
        "compiler was GNU 12.2.0 and is GNU 14.1.0: growth is no error, record anew"
    ]


def test_a_row_is_a_call_of_the_driver():
    row = instructions.Row(Case.parse(CASE), "backward", "avx2", "streamed")
    assert row.line == "avx2 backward bilinear NHWC float32 1 8 8 16 2 2 streamed"
    assert row.large_bytes == 16 * 16 * 16 * 4
    assert str(row) == f"{CASE} backward avx2 streamed"


def test_the_rows_have_every_kind():
    rows = instructions.rows_of(instructions.CASES)
    assert len(rows) == len(set(map(str, rows)))
    kinds = {(row.case.interpolation, row.case.layout, row.case.dtype) for row in rows}
    assert len(kinds) == 2 * 2 * 2
    assert {row.isa for row in rows} == {"baseline", "avx2"} & set(kernels.cpu_isas())


def test_what_is_recorded_are_these_rows():
    recorded = json.loads(instructions.RECORD.read_text())["instructions_per_byte"]
    assert {str(row) for row in instructions.rows_of(instructions.CASES)} <= set(recorded)


def run_module(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "instructions", *map(str, arguments)],
        env={**os.environ, **environment},
        cwd=ROOT / "tests",
        capture_output=True,
        text=True,
    )


def test_a_missing_driver_is_named(tmp_path):
    found = run_module("--driver", tmp_path / "driver")
    assert found.returncode == 2
    assert found.stderr == "no driver to run: `make instructions` builds it\n"


def test_a_missing_valgrind_is_named(tmp_path):
    (tmp_path / "build_info.json").write_text('{"compiler": ""}')
    found = run_module("--driver", tmp_path / "driver", PATH="")
    assert found.returncode == 2
    assert found.stderr == "no valgrind: apt-get install valgrind\n"


@pytest.fixture(scope="module")
def driver():
    """Returns the driver, built where `make instructions` builds it, without CUDA and TensorFlow.

    Only there do the compiler's commands have the paths of the package's own build, whose objects
    ccache then finds.
    """
    import pybind11

    build = ROOT / "build" / "instructions"
    build.mkdir(parents=True, exist_ok=True)
    configure = [
        *("cmake", "-S", ROOT, "-B", build, "-G", "Ninja", "--log-level=NOTICE"),
        f"-DUPSAMPLE_PYTHONS={sys.executable}",
        f"-Dpybind11_DIR={pybind11.get_cmake_dir()}",
        *("-DUPSAMPLE_INSTRUCTIONS=ON", "-DCMAKE_CUDA_COMPILER=NOTFOUND"),
    ]
    # Other processes of pytest-xdist may run tests of this file at the same time.
    with (build / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for command in (configure, ["ninja", "-C", build, "instructions"]):
            subprocess.run(command, check=True, capture_output=True)
    return build / "instructions"


@needs_valgrind
def test_counts_are_the_same_each_time(driver):
    rows = instructions.rows_of([Case.parse(CASE)])
    lines = [row.line for row in rows]
    first = callgrind.count(driver, lines)
    assert callgrind.count(driver, lines) == first
    # A count doesn't depend on the calls before it either.
    assert [callgrind.count(driver, [line])[0] for line in reversed(lines)] == first[::-1]
    assert min(first) > 0.05 * 16 * 16 * 16 * 4


@needs_valgrind
def test_the_driver_refuses_what_is_no_call(driver):
    with pytest.raises(RuntimeError, match="not a call: nonsense"):
        callgrind.count(driver, ["nonsense"])


@needs_valgrind
def test_counts_are_recorded_and_compared(driver, tmp_path):
    arguments = (CASE, "--driver", driver, "--file", tmp_path / "record.json")
    found = run_module(*arguments, "--record")
    assert found.returncode == 0, found.stderr
    record = json.loads((tmp_path / "record.json").read_text())
    assert record["tools"]["valgrind"] in found.stdout
    assert run_module(*arguments).returncode == 0

    key = f"{CASE} forward baseline cached"
    record["instructions_per_byte"][key] /= 1.1
    (tmp_path / "record.json").write_text(json.dumps(record))
    found = run_module(*arguments)
    assert found.returncode == 1
    assert found.stdout.count("+10.0") == 2
    assert found.stdout.splitlines()[-1].startswith(f"{key}: ")

    record["tools"]["compiler"] = "another"
    (tmp_path / "record.json").write_text(json.dumps(record))
    found = run_module(*arguments)
    assert found.returncode == 0
    assert "compiler was another and is" in found.stdout
