"""What the benchmark concludes from its figures, tried on made-up ones."""

import io
import json

import pytest
from rich.console import Console

from upsample_op.benchmark import cpu, suite, targets, verdict

LARGE = 2**27


def row(seconds, width=0.0, notes=(), out_bytes=LARGE, case="bilinear-NHWC-float32-1x8x8x3-by2x2"):
    """Returns a row of 16 turns, whose times' middle halves have a width, in parts of the time."""
    return {
        "case": case,
        "direction": "forward",
        "useful_bytes": out_bytes * 5 // 4,
        "out_bytes": out_bytes,
        "seconds": seconds,
        "low": {name: time * (1 - width / 2) for name, time in seconds.items()},
        "high": {name: time * (1 + width / 2) for name, time in seconds.items()},
        "turns": dict.fromkeys(seconds, 16),
        "notes": dict(notes),
    }


@pytest.mark.parametrize(
    ("ours", "theirs", "its"),
    [
        ((1.0, 1.0, 1.0), (1.0, 1.0, 1.0), "same"),
        ((0.99, 1.0, 1.01), (1.015, 1.02, 1.025), "same"),  # apart, but by 2 % only
        ((0.99, 1.0, 1.01), (1.025, 1.03, 1.035), "faster"),
        ((1.025, 1.03, 1.035), (0.99, 1.0, 1.01), "slower"),
        ((0.8, 1.0, 1.3), (0.9, 1.2, 1.3), "same"),  # each median in the other's interval
        ((0.9, 1.0, 1.15), (1.1, 1.2, 1.3), "undecided"),
        ((0.9, 1.0, 1.3), (1.1, 1.2, 1.3), "undecided"),  # one in the other's interval
        ((1.1, 1.2, 1.3), (0.9, 1.0, 1.1), "undecided"),  # a point in common
        ((1.1, 1.2, 1.3), (0.9, 1.0, 1.09), "slower"),
        ((1.0, 1.0, 1.0), (1.5, 1.5, 1.5), "faster"),
        ((1.0, 1.0, 1.0), (0.5, 1.5, 1.6), "undecided"),
    ],
)
def test_the_verdict_is_told_by_intervals(ours, theirs, its):
    assert verdict.verdict(ours, theirs) == its
    mirrored = {"faster": "slower", "slower": "faster"}.get(its, its)
    assert verdict.verdict(theirs, ours) == mirrored


def test_the_interval_is_of_quartiles_and_a_point_without():
    assert verdict.interval(row({"kernel": 1.0}, width=0.2), "kernel") == (0.9, 1.0, 1.1)
    recorded = {**row({"kernel": 1.0}), "low": {}, "high": {}}
    assert verdict.interval(recorded, "kernel") == (1.0, 1.0, 1.0)


def ahead(**arguments):
    """The lines for peers that are ahead of ours in a row."""
    return verdict.peers_ahead([row(**arguments)], targets.RIVALS).lines


def test_a_peer_is_ahead_only_by_more_than_noise():
    times = {"kernel": 1.0, "torch": 0.9, "opencv": 1.5, "op": 1.0, "stock op": 0.99}
    assert ahead(seconds=times, width=0.05) == [
        "bilinear-NHWC-float32-1x8x8x3-by2x2 forward: torch x 0.90 of kernel"
    ]
    assert ahead(seconds=times, width=0.2) == []


def test_a_peer_is_compared_with_what_is_called_like_it():
    times = {"kernel": 0.5, "op": 1.0, "torch": 0.8, "jax": 0.6, "layer jit": 1.0, "layer": 1.0}
    assert verdict.speedups(row(times), targets.RIVALS) == {
        ("kernel", "torch"): 1.6,
        ("op", "jax"): 0.6,
    }


def test_a_wrong_peer_is_not_ahead():
    times = {"layer jit": 1.0, "stock layer jit": 0.1}
    assert ahead(seconds=times, notes={"stock layer jit": "wrong: NaN"}.items()) == []
    assert len(ahead(seconds=times, notes={"stock layer jit": "inexact"}.items())) == 1


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
    judged = targets.judge({"last_level_cache_bytes": 2**25}, rows)
    (finding,) = (its for its in judged if "of the copy's rate" in its.heading)
    line = "bilinear-NHWC-float32-1x8x8x3-by2x2 forward: 0.85 of 0.9"
    assert (finding.is_met, finding.lines) == (False, [line] * 2)


def test_targets_count_the_rows_that_reach_them():
    target = targets.TARGETS[0]
    rows = [row({"op": 1.0, "stock op": times}) for times in (1.5, 2.0, 4.0)]
    others = [row({"op": 1.0, "stock op": 1.0}, case="nearest-NHWC-float32-1x8x8x3-by2x2")]
    (found,) = targets.reached([*rows, *others], target, "beyond")
    assert not found.is_met
    assert "it does in 2 of 3; median 2.0, lowest 1.5 (bilinear-" in found.heading
    assert targets.reached(others, target, "beyond") == []


def test_sizes_fall_into_classes():
    sizes = {2**27: "beyond cache", 2**22: "in cache", 2**18: "small"}
    for out_bytes, name in sizes.items():
        assert verdict.size_class(row({}, out_bytes=out_bytes), 2**25) == name
        assert name in verdict.SIZE_CLASSES


def test_what_moved_between_runs_is_told_from_noise():
    (old,) = [row({"kernel": 1.0, "op": 1.0, "layer": 1.0, "gone": 1.0}, width=0.01)]
    new = row({"kernel": 1.5, "op": 0.5, "layer": 1.05, "new": 1.0}, width=0.01)

    def cells(old, new):
        names = ("kernel", "op", "layer", "gone", "new")
        return [suite.movement(name, {verdict.title(old): old})(new) for name in names]

    assert cells(old, new) == ["1.50 slower", "0.50 faster", "1.05 same", "-", "-"]
    noisy = row({"kernel": 1.5, "op": 0.5, "layer": 1.05}, width=3.0)
    assert cells(old, noisy)[:3] == ["1.50 undecided", "0.50 undecided", "1.05 same"]
    # Some runs were recorded without quartiles.
    assert cells({**old, "low": {}, "high": {}}, new)[:2] == ["1.50 slower", "0.50 faster"]


def printed(show, *arguments):
    console = Console(file=io.StringIO(), width=200)
    show(cpu.SUITE, *arguments, console)
    return console.file.getvalue()


def test_what_moved_is_printed_with_what_else_changed():
    machine = {"date": "2026-01-01", "commit": "abc", "threads": 1}
    old = {"machine": machine, "rows": [row({"kernel": 1.0})]}
    backward = {**row({"kernel": 1.0}), "direction": "backward"}
    new = {"machine": {**machine, "threads": 2}, "rows": [row({"kernel": 2.0}), backward]}
    text = printed(suite.compare, old, new)
    assert "Since 2026-01-01, commit abc: 1 rows are in both runs." in text
    assert "threads: was 1, is 2" in text
    (line,) = [line for line in text.splitlines() if line.startswith(" bilinear")]
    assert line.split()[:4] == ["bilinear-NHWC-float32-1x8x8x3-by2x2", "forward", "2.00", "slower"]
    assert "slower: 1\nfaster: 0\n" in text


def test_the_verdict_names_rows_and_counts():
    info = {"gpus": [], "processor": "P", "threads": 1, "cores": 1, "isa": "avx2", "versions": {}}
    info |= {"last_level_cache_bytes": 2**25, "date": "2026-01-01", "commit": "abc"}
    times = {"kernel": 1.0, "copy": 0.5, "torch": 0.8, "op": 1.0, "stock op": 3.0, "traffic": 0.95}
    text = printed(suite.show, {"machine": info, "rows": [row(times)]})
    assert "not met: no peer ahead by more than noise; one is in 1 of 2 comparisons:" in text
    assert "forward: torch x 0.80 of kernel" in text
    assert "1 of 1 are below, 1 of them at 0.9 or more of what" in text
    assert "forward: 0.50 of 0.9, 0.95 of bound" in text
    assert "raw op; it does in 1 of 1; median 3.0, lowest 3.0" in text

    del times["traffic"]
    fine = [row({**times, "copy": 0.95, "torch": 2.0})]
    text = printed(suite.show, {"machine": info, "rows": fine})
    assert "not met" not in text
    assert text.count("met: ") == 3


def test_a_run_is_read_back_as_it_was_written(tmp_path):
    rows = [row({"kernel": 0.00123456789, "copy": 1.0}) | {"turns": {"kernel": 12345678}}]
    content = {"suite": "cpu", "machine": {"threads": 1}, "rows": rows}
    for its in (content, {**content, "rows": []}):
        suite.write(tmp_path / "run.json", its)
        read = json.loads((tmp_path / "run.json").read_text())
        assert read == its | {"rows": read["rows"]}
        assert len(read["rows"]) == len(its["rows"])
    suite.write(tmp_path / "run.json", suite.rounded(content))
    text = (tmp_path / "run.json").read_text()
    assert '"kernel":0.001235,' in text
    assert '"kernel":12345678' in text
    assert len(text.splitlines()) == 5
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]
