"""`make soak` in brief: each stage, for some seconds. tests/soak/ says what they are for."""

import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

from soak import memory, workload
from soak.worker import MODULES
from upsample_op._case import Case

_TESTS = pathlib.Path(__file__).parents[1]
_IN_ONE_PROCESS = ("many_calls", "eager", "function", "data", "jit")
_GROUPS = [[name] for name in MODULES if name not in _IN_ONE_PROCESS] + [_IN_ONE_PROCESS]


@pytest.mark.parametrize("stages", _GROUPS, ids=lambda stages: stages[0])
def test_a_brief_soak_finds_nothing(stages):
    command = [sys.executable, "-m", "soak", "--minutes", "0.1", "--brief", "--stages", *stages]
    path = os.pathsep.join([str(_TESTS), os.environ.get("PYTHONPATH", "")])
    found = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True
    )
    assert found.returncode == 0, found.stdout + found.stderr
    for name in stages:
        assert f"{name}: " in found.stdout


def test_a_wrong_element_is_told_from_a_right_result():
    item = workload.Item.of(Case.parse("nearest-NHWC-int32-1x2x3x1-by2x2"), seed=0)
    result = item.case.run_kernel(item.x)
    item.check(result)
    result[0, 3, 5, 0] += 1
    with pytest.raises(workload.WrongResultError, match=r"1 of 24 elements differ.*at 23"):
        item.check(result)


def test_the_sign_of_a_zero_is_part_of_a_result():
    item = workload.Item(
        Case.parse("nearest-NHWC-float32-1x1x1x1-by1x1"), None, bytes(4), None, None
    )
    item.check(np.zeros((1, 1, 1, 1), np.float32))
    with pytest.raises(workload.WrongResultError):
        item.check(-np.zeros((1, 1, 1, 1), np.float32))


def test_memory_that_grows_is_told_from_memory_that_does_not():
    noise = [memory.MIB * (index % 7) for index in range(1000)]
    flat = memory.Quarters([(i / 20, 100 * memory.MIB + size) for i, size in enumerate(noise)])
    assert flat.first is not None
    assert flat.is_flat()
    # The same threads hold tensors for longer.
    busy = [(i / 20, 100 * memory.MIB + size * (1 + i // 500 * 5)) for i, size in enumerate(noise)]
    assert memory.Quarters(busy).is_flat()
    # An arena is taken late.
    step = [(i / 20, (100 + 50 * (i > 700)) * memory.MIB + size) for i, size in enumerate(noise)]
    assert memory.Quarters(step).is_flat()
    # Each of a million calls leaks 40 bytes.
    leak = [(i / 20, 100 * memory.MIB + 40_000 * i + size) for i, size in enumerate(noise)]
    assert not memory.Quarters(leak).is_flat()
    short = memory.Quarters(leak[:100])
    assert short.first is None
    assert str(short) == "too short to tell"
