"""What the benchmark concludes from its figures, tried on made-up ones."""

import io

import pytest
from rich.console import Console

from upsample_op.benchmark import compare, report, verdict

LARGE = 2**27


def row(seconds, width=0.0, notes=(), out_bytes=LARGE, case="bilinear-NHWC-float32-1x8x8x3-by2x2"):
    """Returns a row of 16 turns, whose times' middle halves have a width, in parts of the time."""
    return {
        "case": case,
        "direction": "forward",
        "useful_bytes": out_bytes * 5 // 4,
        "out_bytes": out_bytes,
        "seconds": seconds,
        "quartiles": {
            name: [time * (1 - width / 2), time * (1 + width / 2)] for name, time in seconds.items()
        },
        "turns": dict.fromkeys(seconds, 16),
        "notes": dict(notes),
    }


def test_the_interval_is_that_of_a_notched_box_plot():
    low, high = verdict.interval(row({"kernel": 1.0}, width=0.2), "kernel")
    assert high - 1 == pytest.approx(1.57 * 0.2 / 4)
    assert 1 - low == pytest.approx(high - 1)


def test_a_peer_is_ahead_only_by_more_than_noise():
    times = {"kernel": 1.0, "torch": 0.9, "opencv": 1.5, "op": 1.0, "stock op": 0.99}
    assert verdict.behind([row(times, width=0.05)]) == [
        (0.9, "bilinear-NHWC-float32-1x8x8x3-by2x2 forward", "kernel", "torch")
    ]
    assert verdict.behind([row(times, width=0.2)]) == []


def test_a_peer_is_compared_with_what_is_called_like_it():
    times = {"kernel": 0.5, "op": 1.0, "torch": 0.8, "jax": 0.6, "layer jit": 1.0, "layer": 1.0}
    assert verdict.speedups(row(times)) == {("kernel", "torch"): 1.6, ("op", "jax"): 0.6}


def test_a_wrong_peer_is_not_ahead():
    times = {"layer jit": 1.0, "stock layer jit": 0.1}
    assert verdict.behind([row(times, notes={"stock layer jit": "wrong: NaN"}.items())]) == []
    assert len(verdict.behind([row(times, notes={"stock layer jit": "inexact"}.items())])) == 1


def test_rows_beyond_the_cache_have_a_part_of_the_copy_to_reach():
    times = {"kernel": 1.0, "copy": 0.7, "copy around the caches": 0.85}
    rows = [
        row(times),
        row(times, out_bytes=2**20),
        row(times, case="nearest-NHWC-float32-1x8x8x3-by3x3"),
        row({**times, "copy": 0.95}),
    ]
    assert verdict.of_copy(rows[0]) == 0.7
    rows = [
        row({**r["seconds"], "copy": 0.85}, out_bytes=r["out_bytes"], case=r["case"]) for r in rows
    ]
    assert (
        verdict.below_copy(rows, 2**25)
        == [(0.85, "bilinear-NHWC-float32-1x8x8x3-by2x2 forward", 0.9, None)] * 2
    )


def test_targets_count_the_rows_that_reach_them():
    target = verdict.TARGETS[0]
    rows = [row({"op": 1.0, "stock op": times}) for times in (1.5, 2.0, 4.0)]
    others = [row({"op": 1.0, "stock op": 1.0}, case="nearest-NHWC-float32-1x8x8x3-by2x2")]
    found = verdict.reached([*rows, *others], target)
    assert (found["rows"], found["reached"], found["lowest"], found["median"]) == (3, 2, 1.5, 2.0)
    assert verdict.reached(others, target) is None


def test_sizes_fall_into_classes():
    sizes = {2**27: "beyond cache", 2**22: "in cache", 2**18: "small"}
    for out_bytes, name in sizes.items():
        assert verdict.size_class(row({}, out_bytes=out_bytes), 2**25) == name
        assert name in verdict.SIZE_CLASSES


def test_what_moved_between_runs_is_told_from_noise():
    old = [row({"kernel": 1.0, "op": 1.0, "layer": 1.0, "gone": 1.0}, width=0.01)]
    new = [row({"kernel": 1.5, "op": 0.5, "layer": 1.05, "new": 1.0}, width=0.01)]
    title = verdict.title(old[0])
    assert compare.moved(old, new) == [(1.5, title, "kernel"), (0.5, title, "op")]
    noisy = [row({"kernel": 1.5, "op": 0.5, "layer": 1.05}, width=3.0)]
    assert compare.moved(old, noisy) == []
    assert compare.moved(old, [{**new[0], "direction": "backward"}]) == []
    # Runs recorded before this had no quartiles.
    assert len(compare.moved([{**old[0], "quartiles": {}, "turns": {}}], new)) == 2


def test_what_moved_is_printed_with_what_else_changed():
    machine = {"date": "2026-01-01", "commit": "abc", "threads": 1}
    old = {"machine": machine, "rows": [row({"kernel": 1.0})]}
    new = {"machine": {**machine, "threads": 2}, "rows": [row({"kernel": 2.0})]}
    console = Console(file=io.StringIO(), width=200)
    compare.show(old, new, console)
    printed = console.file.getvalue()
    assert "Since 2026-01-01, commit abc: 1 rows are in both runs." in printed
    assert "threads: was 1, is 2" in printed
    assert "2.00 bilinear-NHWC-float32-1x8x8x3-by2x2 forward: kernel" in printed


def test_the_verdict_names_rows_and_counts():
    times = {"kernel": 1.0, "copy": 0.5, "torch": 0.8, "op": 1.0, "stock op": 3.0, "traffic": 0.95}
    console = Console(file=io.StringIO(), width=200)
    report.show_verdict({"last_level_cache_bytes": 2**25}, [row(times)], console)
    printed = console.file.getvalue()
    assert "not met: no peer ahead by more than noise; one is in 1 of 2 comparisons:" in printed
    assert "forward: torch x 0.80 of kernel" in printed
    assert "1 of 1 are below, 1 of them at 0.9 or more of what" in printed
    assert "forward: 0.50 of 0.9, 0.95 of bound" in printed
    assert "raw op; it does in 1 of 1; median 3.0, lowest 3.0" in printed

    del times["traffic"]
    fine = [row({**times, "copy": 0.95, "torch": 2.0})]
    report.show_verdict({"last_level_cache_bytes": 2**25}, fine, console)
    printed = console.file.getvalue()[len(printed) :]
    assert "not met" not in printed
    assert printed.count("met: ") == 3
