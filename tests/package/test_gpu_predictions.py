"""The tables of docs/gpu.md: into which strips the planner splits recorded rows and what that is to
take, and the instructions for pixels of three elements.
"""

import functools
import json
import pathlib
import re

import pytest

import machine_code
import upsample_op
from emulation import plan
from upsample_op._case import Case

ROOT = pathlib.Path(__file__).parents[2]
MULTIPROCESSORS, THREADS = 132, 2048  # of an H200, and of each of them
# Seconds of a launch, and of a step; bytes per second of a copy.
LAUNCH, STEP, RATE = 2.3e-6, 1.0e-6, 4.2e12

LINES = re.findall(
    r"^\| `(\S+)` (forward|backward) \| (.*) \|$", (ROOT / "docs/gpu.md").read_text(), re.MULTILINE
)

PIXELS_OF_THREE = re.findall(
    r"^\| `(\w+) (\S+)` \| (.* each) \| (.* each) \|$",
    (ROOT / "docs/gpu.md").read_text(),
    re.MULTILINE,
)


@functools.cache
def occupancies():
    """Returns the share of a multiprocessor that each kernel's blocks can take, by its name."""
    if upsample_op.build_info()["cuda"] is None or "sm_90" not in machine_code.architectures():
        pytest.skip("built without sm_90")
    return {str(kernel): kernel.occupancy("sm_90") for kernel in machine_code.kernels("sm_90")}


def kernel_of(variant):
    """Returns the name that machine_code.py has for a variant of a plan."""
    fields = machine_code.fields_of(*variant)
    return str(machine_code.Kernel(**fields, registers=0, stack=0, local=0, shared=0))


def resident_threads(case, backward):
    share = occupancies()[kernel_of(plan(case, backward)["variant"])]
    return int(share * THREADS * MULTIPROCESSORS)


def steps_of(did, length, resident):
    """Returns the steps that strips of a length take."""
    rows = did["rows"]
    items = did["items"] // did["strips"] * -(-rows // length)
    return -(-items // resident) * (length + 1)


def planned(case, backward):
    resident = resident_threads(case, backward)
    did = plan(case, backward, resident_threads=resident)
    return {**did, "rows": case.shape[1 if case.layout == "NHWC" else 2] + (not backward)}, resident


@pytest.mark.parametrize(("name", "direction", "cells"), LINES)
def test_a_line_is_what_the_planner_does(name, direction, cells):
    case, backward = Case.parse(name), direction == "backward"
    recorded = json.loads((ROOT / "benchmarks/results/gpu-nvidia-h200.json").read_text())
    (seconds,) = (
        row["seconds"]
        for row in recorded["rows"]
        if (row["case"], row["direction"]) == (name, direction)
    )
    did, resident = planned(case, backward)
    length = did["rows_per_item"]
    steps = steps_of(did, length, resident)
    read = case.useful_bytes - case.in_bytes if backward else case.in_bytes
    moved = case.useful_bytes + read / length
    predicted = LAUNCH + max(steps * STEP, moved / RATE)
    assert cells.split(" | ") == [
        f"{seconds['kernel'] * 1e6:.1f}",
        f"{seconds['copy'] / seconds['kernel']:.2f}",
        f"{length}",
        f"{did['items'] / resident:.2f}",
        f"{steps}",
        f"{predicted * 1e6:.1f}",
        f"{seconds['copy'] / predicted:.2f}",
    ]


def test_there_are_lines():
    assert len(LINES) >= 10


@pytest.mark.parametrize(("name", "direction", "cells"), LINES)
def test_no_other_length_takes_fewer_steps(name, direction, cells):
    did, resident = planned(Case.parse(name), direction == "backward")
    fewest = min(steps_of(did, length, resident) for length in range(1, did["rows"] + 1))
    assert steps_of(did, did["rows_per_item"], resident) == fewest


@pytest.mark.parametrize(("body", "element", "single", "vectors"), PIXELS_OF_THREE)
def test_instructions_for_pixels_of_three_elements(body, element, single, vectors):
    record = json.loads(machine_code.RECORD.read_text())["registers_and_instructions"]
    (name,) = (n for n in record if re.match(rf"{body} {element}x\d+ row of 3 2x2$", n))
    vector = int(re.search(r"x(\d+) row", name)[1])
    results = 3 * vector * 2 if body.endswith("Forward") else 3 * vector // 2
    for cell, kernel in [(single, f"{body} {element}x1 pixel 2x2"), (vectors, name)]:
        count, elements = map(int, re.match(r"(\d+) for (\d+),", cell).groups())
        assert count == record[kernel][1]
        assert cell == f"{count} for {elements}, {count / elements:.1f} each"
    assert elements == results


def test_there_are_lines_of_pixels_of_three_elements():
    assert len(PIXELS_OF_THREE) == 8
