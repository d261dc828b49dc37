"""The benchmark prints and writes what it says; no figure is judged."""

import json
import os
import subprocess
import sys

from upsample_op.benchmark.__main__ import CASES


def run_benchmark(*arguments):
    command = [sys.executable, "-m", "upsample_op.benchmark", *arguments]
    return subprocess.run(
        command, env={**os.environ, "COLUMNS": "200"}, capture_output=True, text=True
    )


def test_rows_have_all_figures(tmp_path):
    names = ["bilinear-NCHW-bfloat16-1x2x3x4-by2x3", "nearest-NHWC-float32-1x128x128x64-by2x2"]
    found = run_benchmark(*names, "--seconds", "0.01", "--json", str(tmp_path / "b.json"))
    assert found.returncode == 0, found.stderr
    for heading in ("kernel", "GB/s", "copy", "op", "layer", "stock", "peak", "MiB", *names):
        assert heading in found.stdout
    rows = json.loads((tmp_path / "b.json").read_text())["rows"]
    assert [(row["case"], row["direction"]) for row in rows] == [
        (name, direction) for name in names for direction in ("forward", "backward")
    ]
    for row in rows:
        assert min(row["seconds"].values()) > 0
        assert {"kernel", "op", "stock op", "layer", "stock layer", "copy"} <= set(row["seconds"])
    # 4 MiB in, 16 MiB out: the layer adds its result, the stock layer a tensor between as well.
    ours, stock = rows[2]["peak_bytes"].values()
    assert 15 * 2**20 < ours < 18 * 2**20 < stock


def test_rows_under_jit_name_the_lowerings_and_what_stock_gets_wrong(tmp_path):
    names = ["bilinear-NHWC-float32-1x8x8x2-by3x3", "nearest-NCHW-float32-1x2x8x8-by2x2"]
    found = run_benchmark("--jit", *names, "--seconds", "0.01", "--json", str(tmp_path / "j.json"))
    assert found.returncode == 0, found.stderr
    for heading in ("no jit", "HLO", "kernels", "stock jit", "bias, relu", *names):
        assert heading in found.stdout
    rows = json.loads((tmp_path / "j.json").read_text())["rows"]
    assert [(row["case"], row["direction"], row["program"]) for row in rows] == [
        (name, direction, program)
        for name in names
        for direction in ("forward", "backward")
        for program in ("alone", "bias, relu")
    ]
    for row in rows:
        assert min(row["seconds"].values()) > 0
        assert set(row["seconds"]) == {"no jit", "jit", "jit HLO", "jit kernels", "stock jit"}
        assert row["stock_is_wrong"] == ("by3x3" in row["case"])


def test_the_rows_under_jit_have_every_kind():
    from upsample_op.benchmark import jit

    rows = jit.rows()
    assert len(rows) == len(set(rows))
    kinds = {
        (case.interpolation, case.layout, case.dtype, case.size, backward)
        for case, backward, program in rows
        if program == "alone"
    }
    assert len(kinds) == 2 * 2 * 3 * 2 * 2
    for program in ("bias, relu", "decoder"):
        assert {
            (case.interpolation, backward) for case, backward, its in rows if its == program
        } == {
            ("nearest", False),
            ("nearest", True),
            ("bilinear", False),
            ("bilinear", True),
        }


def test_a_wrong_case_is_named():
    found = run_benchmark("no-case")
    assert found.returncode == 2
    assert "no case: 'no-case'; one is bilinear-NHWC-float32-8x64x64x3-by2x2" in found.stderr


def test_the_table_has_every_kind_of_row():
    kinds = {(case.dtype, case.interpolation, case.layout) for case in CASES}
    assert len(kinds) == 3 * 2 * 2
    assert len(CASES) == 3 * len(kinds)
