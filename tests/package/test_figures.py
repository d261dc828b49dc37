"""The figures of README and docs/figures.md are those of the recorded runs."""

import json
import pathlib
import re

import pytest

from upsample_op._case import Case

ROOT = pathlib.Path(__file__).parents[2]
FIGURES = (ROOT / "docs" / "figures.md").read_text()
README = (ROOT / "README.md").read_text()
COLUMNS = [("float32", "NHWC"), ("float32", "NCHW"), ("bfloat16", "NHWC"), ("bfloat16", "NCHW")]
DIRECTIONS = {"forward pass": "forward", "backward pass": "backward"}


def recorded(name):
    """Returns the rows of a run."""
    return json.loads((ROOT / "benchmarks" / "results" / f"{name}.json").read_text())["rows"]


def cells(first_word):
    """Returns the cells of the lines of tables whose first cell starts with a word."""
    lines = re.findall(rf"^\| ({first_word}[^|]*) \| (.*) \|$", FIGURES, re.MULTILINE)
    return [(name, line.split(" | ")) for name, line in lines]


def only(rows):
    (row,) = rows
    return row


def is_shown(row, interpolation, dtype, layout, direction):
    case = Case.parse(row["case"])
    kind = case.interpolation, case.dtype, case.layout, row["direction"]
    return kind == (interpolation, dtype, layout, direction) and case.size == (2, 2)


def test_the_layer_beside_stocks():
    rows = [
        row
        for row in recorded("cpu-xeon-2-cores")
        if row["out_bytes"] > 2**26 and 64 in Case.parse(row["case"]).shape[1::2]
    ]
    for interpolation in ("nearest", "bilinear"):
        for words, direction in DIRECTIONS.items():
            (found, *_) = [its for name, its in cells(interpolation) if name.endswith(words)]
            expected = []
            for dtype, layout in COLUMNS:
                row = only(r for r in rows if is_shown(r, interpolation, dtype, layout, direction))
                seconds = row["seconds"]
                stock = seconds["stock layer"] / seconds["layer"]
                of_bound = seconds["traffic"] / seconds["kernel"]
                expected.append(f"{stock:.1f} ({of_bound:.2f})")
            assert found == expected


@pytest.mark.parametrize("program", ["alone", "bias, relu"])
def test_under_jit(program):
    rows = [row for row in recorded("cpu-xeon-2-cores-jit") if row["program"] == program]
    rows = [row for row in rows if Case.parse(row["case"]).shape[0] == 7]
    ending = {"alone": "", "bias, relu": " with bias and relu"}[program]
    for interpolation in ("nearest", "bilinear"):
        for words, direction in DIRECTIONS.items():
            found = [
                its for name, its in cells(interpolation) if name.endswith(f", {words}{ending}")
            ]
            expected = []
            for dtype, layout in COLUMNS:
                row = only(r for r in rows if is_shown(r, interpolation, dtype, layout, direction))
                seconds = row["seconds"]
                stock, no_jit = (seconds[n] / seconds["jit"] for n in ("stock jit", "no jit"))
                expected.append(f"{stock:.1f} ({no_jit:.1f})")
            assert expected in found


def test_training_steps():
    rows = {row["case"]: row for row in recorded("cpu-xeon-2-cores-step")}
    found = [line for word in ("dcgan", "unet", "vae", "fpn") for line in cells(word)]
    assert len(found) == 8
    for name, line in found:
        row = rows[name.split(" ")[0]]
        times = [f"{row['seconds'][n] * 1e3:.0f}" for n in ("stock", "ours", "folded")]
        peaks = [f"{row['peak_bytes'][n] / 2**20:.0f}" for n in ("stock", "folded")]
        assert line == times + peaks


def test_readme_says_by_how_much_jit_is_faster():
    rows = [row for row in recorded("cpu-xeon-2-cores-jit") if row["program"] == "alone"]
    speedups = [
        row["seconds"]["stock jit"] / row["seconds"]["jit"]
        for row in rows
        if Case.parse(row["case"]).interpolation == "bilinear"
    ]
    said = re.search(r"right, and (\d+) to (\d+) times as fast on the CPU", README)
    assert said.groups() == (f"{min(speedups):.0f}", f"{max(speedups):.0f}")


def test_readme_says_that_every_row_on_a_gpu_is_ahead_of_pytorch():
    assert "On an H200 every row is ahead of PyTorch." in README
    for row in recorded("gpu-nvidia-h200"):
        for peer in {"torch", "torch channels_last"} & set(row["seconds"]):
            assert row["seconds"]["kernel"] < row["seconds"][peer]
