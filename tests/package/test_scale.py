"""Times over sizes and threads: the rows, the pictures and the memory. No time is judged."""

import argparse
import json
import mmap
import subprocess
import sys

import pytest

from upsample_op.benchmark import __main__ as program
from upsample_op.benchmark import memory, scale, table
from upsample_op.benchmark.inputs import Inputs


def test_sizes_are_from_a_kib_to_the_largest():
    assert scale.sizes_to(2**14) == [2**10, 2**12, 2**14]
    assert scale.sizes_to(2**14 - 1) == [2**10, 2**12]
    assert scale.sizes_to(2**32)[-1] == 2**32


@pytest.mark.parametrize("kind", scale.KINDS)
@pytest.mark.parametrize("large_bytes", scale.sizes_to(2**32))
def test_a_case_is_of_its_size(kind, large_bytes):
    case = scale.case_of_size(kind, large_bytes)
    assert case.useful_bytes - case.in_bytes == large_bytes
    assert case.out_shape[1:] != case.shape[1:]


def test_the_kernels_are_the_main_ones_at_least():
    plan = [measure.args for measure in scale.plan(options(largest=2**10))]
    kernels = {(case.interpolation, case.layout, case.dtype, back) for case, back, *_ in plan}
    assert {
        ("nearest", "NHWC", "float32", False),
        ("nearest", "NHWC", "float32", True),
        ("bilinear", "NHWC", "float32", False),
        ("bilinear", "NHWC", "float32", True),
    } <= kernels


def options(**changed):
    """The options of a short run."""
    return argparse.Namespace(**{"threads": [1, 2], "seconds": 0.001, **changed})


def row_of(large_bytes, seconds, **more):
    case = scale.case_of_size(("float32", "NHWC", "nearest"), large_bytes)
    row = {"case": str(case), "direction": "forward", "out_bytes": large_bytes, **more}
    return row | {"seconds": seconds, "notes": {}}


def test_flatness_is_of_what_exceeds_the_cache():
    rows = []
    for k, time in enumerate([9.0, 9.0, 1.0, 1.25, 1.125]):
        seconds = time * 4**k
        rows.append(row_of(2**10 * 4**k, {"1": seconds, "2": seconds / 2}))
    kernel = "nearest NHWC float32 forward"
    found = scale.flatness(rows, cache_bytes=2**12)
    assert found == {(kernel, "1"): 1.25, (kernel, "2"): 1.25}
    assert scale.flatness(rows, cache_bytes=2**16) == {}


def test_memory_of_a_megabyte_for_each_thread_is_too_much():
    def judged(added):
        return scale.judge({}, [row_of(2**10, {"2": 1.0}, peak_bytes={"2": added})])

    assert judged(None)[0].is_met
    assert judged(1_999_999)[0].is_met
    (found,) = judged(2_000_000)
    assert found.lines == ["nearest NHWC float32 forward, threads: 2: 2.00 MB"]
    assert not found.is_met
    assert scale.SUITE.status({}, [row_of(2**10, {"2": 1.0}, peak_bytes={"2": 2_000_000})]) == 1


def test_added_memory_is_the_peak_of_the_call():
    """As a control, the call takes 3 MiB and gives them back before it returns."""

    def call():
        # The memory isn't from the heap, which may have that much to spare.
        with mmap.mmap(-1, 3 * 2**20) as block:
            for page in range(0, len(block), mmap.PAGESIZE):
                block[page] = 1

    call()
    try:
        added = memory.added_at_peak(call)
    except OSError:
        pytest.skip("the system doesn't let the peak be measured")
    assert 2.5 * 2**20 < added < 4 * 2**20


def test_a_process_that_measures_memory_ends_with_its_object():
    peaks = memory.Peaks("scale:kernel")
    process = peaks._process
    del peaks
    assert process.wait(timeout=10) < 0


def test_arrays_have_values_and_pages():
    case = scale.case_of_size(("float32", "NHWC", "bilinear"), 2**20)
    inputs = Inputs(case, backward=True)
    assert (inputs.x.shape, inputs.out.shape) == (case.out_shape, case.shape)
    assert 0.9 < inputs.x.std() < 1.1


@pytest.mark.parametrize(
    ("count", "text"), [(1, "1 B"), (2**10, "1 KiB"), (2**28, "256 MiB"), (2**42, "4096 GiB")]
)
def test_sizes_are_written_in_binary_units(count, text):
    assert table.binary(count) == text


def command(*arguments):
    return [sys.executable, "-m", "upsample_op.benchmark", "--suite", "scale", *map(str, arguments)]


def test_figures_pictures_and_memory_are_there(tmp_path):
    prefix, file = tmp_path / "pictures" / "run", tmp_path / "scale.json"
    arguments = ("--largest", 2**14, "--seconds", 0.001, "--json", file, "--plot", prefix)
    found = subprocess.run(command(*arguments), capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    rows = json.loads(file.read_text())["rows"]
    assert len(rows) == len(scale.KINDS) * 2 * 3
    for row in rows:
        assert scale.kernel_of(row) in found.stdout
        assert not scale.is_by_threads(row)
        assert set(row["seconds"]) == {"1", "2"}
        assert min(*row["seconds"].values(), scale.ns_per_element(row, "1")) > 0
    largest = [row for row in rows if "peak_bytes" in row]
    assert len(largest) == len(scale.KINDS) * 2
    assert all(set(row["peak_bytes"]) == {"1", "2"} for row in largest)
    assert {row["useful_bytes"] for row in largest} == {2**14 + 2**12}
    assert (tmp_path / "pictures" / "run-scale.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (tmp_path / "pictures" / "run-scale.svg").read_text()


def run_here(monkeypatch, *arguments):
    """Runs the command line in this process; returns what it exits with."""
    monkeypatch.setattr(sys, "argv", ["benchmark", "--suite", "scale", *map(str, arguments)])
    with pytest.raises(SystemExit) as exited:
        program.main()
    return exited.value.code


def test_shapes_are_timed_by_threads(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(scale, "SHAPES", ((1, 4, 4, 512), (2, 4, 4, 3)))
    monkeypatch.setattr(scale, "KINDS", [])
    file = tmp_path / "scale.json"
    arguments = ["--largest", 2**17, "--seconds", 0.001, "--json", file]
    assert run_here(monkeypatch, *arguments) == 0
    printed = capsys.readouterr().out
    rows = json.loads(file.read_text())["rows"]
    assert len(rows) == 2 * 2 * 2
    for row in rows:
        assert row["case"] in printed
        assert scale.is_by_threads(row)
        assert set(row["seconds"]) == {"1", "2"}


def test_an_interruption_keeps_what_is_done(tmp_path, monkeypatch, capsys):
    measure = scale.measure

    def interrupted(case, *rest):
        if case.useful_bytes - case.in_bytes == 2**14:
            raise KeyboardInterrupt
        return measure(case, *rest)

    file = tmp_path / "scale.json"
    monkeypatch.setattr(scale, "measure", interrupted)
    assert run_here(monkeypatch, "--seconds", 0.001, "--json", file) == 130
    printed = capsys.readouterr()
    rows = json.loads(file.read_text())["rows"]
    assert [row["out_bytes"] for row in rows] == [2**10, 2**12]
    assert not any("peak_bytes" in row for row in rows)
    assert scale.kernel_of(rows[0]) in printed.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--largest", "1000"), "the smallest size is 1024 bytes"),
        (("--threads", "one"), "invalid _numbers value: 'one'"),
    ],
)
def test_wrong_options_are_named(arguments, message):
    found = subprocess.run(command(*arguments), capture_output=True, text=True)
    assert found.returncode == 2
    assert message in found.stderr
