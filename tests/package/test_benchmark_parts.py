"""The parts of the benchmark: suites, inputs, the judge of results, the clock."""

import time

import numpy as np
import pytest

from upsample_op._case import Case
from upsample_op._hooks import aligned
from upsample_op.benchmark import cases, cpu, rows, timing
from upsample_op.benchmark.inputs import Expected, Inputs
from upsample_op.benchmark.timing import timed


def kinds_of(chosen):
    return {
        (case.dtype, case.interpolation, case.layout, case.size, cases.channels(case))
        for case in chosen
    }


def test_the_full_suite_has_every_kind_of_row():
    full = cases.case_set("full")
    assert len(full) == len(set(full))
    for out_bytes, channels, sizes in (
        (cases.BEYOND_CACHE, (3, 16, 64, 256), [(2, 2)]),
        (cases.BEYOND_CACHE, (3, 64), [(3, 3), (4, 4)]),
        (cases.IN_CACHE, (3, 64), [(2, 2)]),
        (cases.SMALL, (3, 64), [(2, 2)]),
    ):
        near = [
            case for case in full if abs((case.useful_bytes - case.in_bytes) / out_bytes - 1) < 0.05
        ]
        assert kinds_of(near) >= {
            (dtype, interpolation, layout, size, c)
            for dtype in ("float32", "bfloat16", "float16")
            for interpolation in ("nearest", "bilinear")
            for layout in ("NHWC", "NCHW")
            for size in sizes
            for c in channels
        }
    assert {"uint8", "float64"} <= {case.dtype for case in full}
    assert any(case.size[0] != case.size[1] for case in full)


@pytest.mark.parametrize("name", [*cases.SETS, "gpu"])
def test_a_suite_has_rows_of_both_kinds_and_directions(name):
    rows = cases.rows(cases.case_set(name))
    assert {(case.interpolation, case.layout, backward) for case, backward in rows} == {
        (interpolation, layout, backward)
        for interpolation in ("nearest", "bilinear")
        for layout in ("NHWC", "NCHW")
        for backward in (False, True)
    }
    assert not any(backward and case.dtype == "uint8" for case, backward in rows)


def test_inputs_don_t_repeat_from_row_to_row():
    x = Inputs(Case.parse("nearest-NHWC-float32-1x1024x1024x4-by2x2"), False).x
    assert len(np.unique(x[0, :, 0, 0])) == 1024


def test_other_values_are_told_from_rounding():
    inputs = Inputs(Case.parse("bilinear-NHWC-float32-1x8x8x2-by3x3"), False)
    expected = Expected(inputs)
    right = inputs.case.run_kernel(inputs.x)
    assert expected.judge(right) == ""
    assert expected.judge(right * (1 + 2**-22)) == ""
    assert expected.judge(right * 1.001).startswith("inexact: off by up to ")
    assert expected.judge(right[:, ::-1]).startswith("wrong: off by up to ")
    assert expected.judge(right.astype(np.float64)) == "wrong: float64 (1, 24, 24, 2)"
    assert expected.judge(np.full_like(right, np.nan)) == "wrong: NaN"


def test_nearest_has_to_be_the_same_bits():
    inputs = Inputs(Case.parse("nearest-NCHW-bfloat16-1x3x5x7-by2x2"), False)
    right = inputs.case.run_kernel(inputs.x)
    assert Expected(inputs).judge(right) == ""
    right[0, 0, 0, 0] += 1
    assert Expected(inputs).judge(right) == "wrong: not the same bits"


def test_fast_calls_have_many_turns_and_slow_ones_few():
    counts = dict.fromkeys(("fast", "slow", "capped"), 0)

    def call(name, seconds):
        def run():
            counts[name] += 1
            time.sleep(seconds)

        return run

    calls = {"fast": call("fast", 0), "slow": call("slow", 0.06), "capped": call("capped", 0.31)}
    times = timed(calls, 0.05)
    assert times["slow"].turns == counts["slow"] == 3
    assert times["capped"].turns == counts["capped"] == 1
    assert times["fast"].turns >= 8
    assert times["fast"].low <= times["fast"].median <= times["fast"].high
    assert times["fast"].median < 0.06 <= times["slow"].median


def test_a_row_says_what_was_timed_but_once(monkeypatch):
    monkeypatch.setattr(rows, "CAPPED", 0)
    monkeypatch.setattr(timing, "_FEW_TURNS", ((0, 1),))
    case = Case.parse("nearest-NHWC-float32-1x2x3x4-by2x2")
    notes = rows.measure(cpu.back_end(["tensorflow"]), case, False, 0.001)["notes"]
    assert notes["stock op"].startswith("capped: timed once")


def test_all_arrays_are_aligned_as_tensors_are():
    for dtype in ("uint8", "float32", "float64"):
        for shape in ((1,), (1, 3, 5, 7)):
            array = aligned(shape, dtype)
            assert (array.ctypes.data % 64, array.shape, array.dtype) == (0, shape, dtype)
    for backward in (False, True):
        inputs = Inputs(Case.parse("nearest-NHWC-bfloat16-1x3x5x7-by2x2"), backward)
        assert all(array.ctypes.data % 64 == 0 for array in (inputs.x, inputs.out))


def test_the_bound_reads_and_writes_whole_lines():
    for backward in (False, True):
        inputs = Inputs(Case.parse("nearest-NHWC-float32-1x8x8x17-by2x2"), backward)
        lines = inputs.out.reshape(-1).view(np.uint64).reshape(-1, 8)
        lines[:] = 0
        cpu.bounds(inputs)["traffic"]()
        assert lines.all()
