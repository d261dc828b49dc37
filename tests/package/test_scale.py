"""Times over sizes and threads: the rows, the pictures and the memory. No time is judged."""

import json
import mmap
import subprocess
import sys

import pytest

from upsample_op.benchmark import resident, scale, scale_memory, scale_plot, scale_table


def test_sizes_are_from_a_kib_to_the_largest():
    assert scale.sizes(2**14) == [2**10, 2**12, 2**14]
    assert scale.sizes(2**14 - 1) == [2**10, 2**12]
    assert scale.sizes(2**32)[-1] == 2**32


@pytest.mark.parametrize("kind", scale.KINDS)
@pytest.mark.parametrize("large_bytes", scale.sizes(2**32))
def test_a_case_is_of_its_size(kind, large_bytes):
    case = scale.case_of(kind, large_bytes)
    assert case.useful_bytes - case.in_bytes == large_bytes
    assert case.out_shape[1:] != case.shape[1:]


def test_the_kernels_are_the_main_ones_at_least():
    assert {
        (("nearest", "NHWC", "float32"), "forward"),
        (("nearest", "NHWC", "float32"), "backward"),
        (("bilinear", "NHWC", "float32"), "forward"),
        (("bilinear", "NHWC", "float32"), "backward"),
    } <= set(scale.KERNELS)


def test_flatness_is_of_what_exceeds_the_cache():
    rows = [
        {"kernel": "k", "large_bytes": 4**k, "ns_per_element": {1: time, 2: time / 2}}
        for k, time in enumerate([9.0, 9.0, 1.0, 1.25, 1.125])
    ]
    assert scale_table.flatness(rows, cache_bytes=4) == {("k", 1): 1.25, ("k", 2): 1.25}
    assert scale_table.flatness(rows, cache_bytes=64) == {}


def test_memory_of_a_megabyte_for_each_thread_is_too_much():
    row = {"kernel": "k", "threads": 2, "array_bytes": 0}
    assert scale_table.too_much([row | {"added_bytes": None}]) == []
    assert scale_table.too_much([row | {"added_bytes": 1_999_999}]) == []
    (line,) = scale_table.too_much([row | {"added_bytes": 2_000_000}])
    assert line == "k, threads: 2: 2.00 MB is too much"


def test_added_memory_is_the_peak_of_the_call():
    """As a control, the call takes 3 MiB and gives them back before it returns."""

    def call():
        # The memory isn't from the heap, which may have that much to spare.
        with mmap.mmap(-1, 3 * 2**20) as block:
            for page in range(0, len(block), mmap.PAGESIZE):
                block[page] = 1

    call()
    added = resident.added_at_peak(call)
    if added is None:
        pytest.skip("the system doesn't let the peak be measured")
    assert 2.5 * 2**20 < added < 4 * 2**20


def test_arrays_have_values_and_pages():
    case = scale.case_of(("bilinear", "NHWC", "float32"), 2**20)
    x, out = scale_memory.arrays(case, backward=True)
    assert (x.shape, out.shape) == (case.out_shape, case.shape)
    assert 0.9 < x.std() < 1.1


def test_caches_are_read_without_those_of_code(tmp_path):
    for index, values in enumerate(
        [("Data", 1, "48K"), ("Instruction", 1, "32K"), ("Unified", 2, "1024K")]
    ):
        (tmp_path / f"index{index}").mkdir()
        for name, value in zip(("type", "level", "size"), values, strict=True):
            (tmp_path / f"index{index}" / name).write_text(f"{value}\n")
    assert scale_plot.caches(tmp_path) == {"L1": 48 * 2**10, "L2": 2**20}
    assert scale_plot.caches(tmp_path / "nowhere") == {}


@pytest.mark.parametrize(
    ("count", "text"), [(1, "1 B"), (2**10, "1 KiB"), (2**28, "256 MiB"), (2**42, "4096 GiB")]
)
def test_sizes_are_written_in_binary_units(count, text):
    assert scale_plot.in_binary_units(count) == text


def command(*arguments):
    return [sys.executable, "-m", "upsample_op.benchmark.scale", *map(str, arguments)]


def test_figures_pictures_and_memory_are_there(tmp_path):
    prefix, file = tmp_path / "pictures" / "scale", tmp_path / "scale.json"
    options = ("--largest", 2**14, "--seconds", 0.001, "--json", file, "--plot", prefix)
    found = subprocess.run(command(*options), capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    content = json.loads(file.read_text())
    assert len(content["rows"]) == len(scale.KERNELS) * 3
    assert content["shapes"] == []
    for row in content["rows"]:
        assert row["kernel"] in found.stdout
        assert set(row["ns_per_element"]) == set(row["gb_per_second"]) == {"1", "2"}
        assert min(*row["ns_per_element"].values(), *row["gb_per_second"].values()) > 0
    assert len(content["memory"]) == len(scale.KERNELS) * 2
    assert {row["array_bytes"] for row in content["memory"]} == {2**14 + 2**12}
    assert prefix.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in prefix.with_suffix(".svg").read_text()


def test_shapes_are_timed_by_threads(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(scale, "SHAPES", ((1, 4, 4, 512), (2, 4, 4, 3)))
    monkeypatch.setattr(scale, "KERNELS", [])
    file = tmp_path / "scale.json"
    options = ["--largest", str(2**17), "--seconds", "0.001", "--json", str(file)]
    monkeypatch.setattr(sys, "argv", ["scale", *options])
    assert scale.main() == 0
    printed = capsys.readouterr().out
    shapes = json.loads(file.read_text())["shapes"]
    assert len(shapes) == 2 * 2 * 2
    for row in shapes:
        assert row["case"] in printed
        assert set(row["seconds"]) == {"1", "2"}


def test_an_interruption_keeps_what_is_done(tmp_path, monkeypatch, capsys):
    measure = scale.measure

    def interrupted(kind, direction, large_bytes, *rest):
        if large_bytes == 2**14:
            raise KeyboardInterrupt
        return measure(kind, direction, large_bytes, *rest)

    file = tmp_path / "scale.json"
    monkeypatch.setattr(scale, "measure", interrupted)
    monkeypatch.setattr(sys, "argv", ["scale", "--seconds", "0.001", "--json", str(file)])
    assert scale.main() == 0
    printed = capsys.readouterr()
    assert "stopped; what is done is kept" in printed.err
    content = json.loads(file.read_text())
    assert [row["large_bytes"] for row in content["rows"]] == [2**10, 2**12]
    assert content["memory"] == []
    assert content["rows"][0]["kernel"] in printed.out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--largest", "1000"), "the smallest size is 1024 bytes"),
        (("--threads", "one"), "invalid _numbers value: 'one'"),
    ],
)
def test_wrong_options_are_named(options, message):
    found = subprocess.run(command(*options), capture_output=True, text=True)
    assert found.returncode == 2
    assert message in found.stderr
