"""What the rows come to: where a peer is ahead, and what falls short of its target. Pure Python.

A row is a dict as `rows.measure` returns it.
"""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from upsample_op._case import Case

if TYPE_CHECKING:
    from upsample_op.benchmark._types import Row

# Each of ours, and the peers that are called like it: into memory that is there (kernel), eagerly
# with a result of its own (op, layer eager), in a tf.function, and compiled by XLA.
RIVALS = {
    "kernel": ("torch", "opencv", "onnxruntime"),
    "op": ("stock op", "jax"),
    "layer eager": ("stock layer eager",),
    "layer": ("stock layer",),
    "layer jit": ("stock layer jit",),
}
# Differences below this part are not looked at: the place of a loop in memory can make as much.
_FLOOR = 0.02
# The contender that only reads and writes, see `contenders.traffic`.
BOUND = "traffic"
# Of the copy's rate beyond the last-level cache, by factors of 2 and by others.
OF_COPY, OF_COPY_OTHERS = 0.9, 0.8

_SMALL_BYTES = 2**20
# What the classes are, in words.
SIZE_CLASSES = {
    "beyond cache": "results beyond the last-level cache",
    "in cache": "results of 1 MiB and more, in the last-level cache",
    "small": "results of less than 1 MiB",
}


def interval(row: Row, name: str) -> tuple[float, float]:
    """Returns the bounds of a contender's median, in seconds.

    Those of a notched box plot, where two medians whose notches don't overlap differ with some 95 %
    confidence (McGill, Tukey, Larsen 1978): 1.57 times the middle half's width over the root of the
    number of turns, to either side.
    """
    median = row["seconds"][name]
    low, high = row.get("quartiles", {}).get(name, (median, median))
    notch = 1.57 * (high - low) / row.get("turns", {}).get(name, 1) ** 0.5
    return median - notch, median + notch


def is_faster(row: Row, name: str, other: str, floor: float = _FLOOR) -> bool:
    """Whether one contender's median lies below another's by more than noise and the floor."""
    times = row["seconds"]
    return interval(row, name)[1] < interval(row, other)[0] and times[name] < times[other] * (
        1 - floor
    )


def best_copy(row: Row) -> str:
    """Returns the name of the fastest copy."""
    times = row["seconds"]
    return min((name for name in times if name.startswith("copy")), key=times.get)


def of_copy(row: Row, name: str = "kernel") -> float:
    """Returns the rate of a contender over that of the fastest copy of as many bytes."""
    return row["seconds"][best_copy(row)] / row["seconds"][name]


def of_bound(row: Row, name: str = "kernel") -> float | None:
    """Returns the rate of a contender over that of reading and writing as much, if measured."""
    times = row["seconds"]
    return times[BOUND] / times[name] if BOUND in times else None


def is_wrong(row: Row, name: str) -> bool:
    """Whether a contender's result is another than ours by more than rounding."""
    return row.get("notes", {}).get(name, "").startswith("wrong")


def size_class(row: Row, cache_bytes: int) -> str:
    """Returns which caches a row's result could be in: "beyond cache", "in cache" or "small"."""
    if row["out_bytes"] > cache_bytes:
        return "beyond cache"
    return "in cache" if row["out_bytes"] > _SMALL_BYTES else "small"


def speedups(row: Row) -> dict[tuple[str, str], float]:
    """Returns how many times as long each peer takes, by (ours, peer); peers that are right."""
    times = row["seconds"]
    return {
        (ours, peer): times[peer] / times[ours]
        for ours, peers in RIVALS.items()
        for peer in peers
        if ours in times and peer in times and not is_wrong(row, peer)
    }


def title(row: Row) -> str:
    """Returns the name of a row."""
    return f"{row['case']} {row['direction']}"


def behind(rows: Iterable[Row]) -> list[tuple[float, str, str, str]]:
    """Returns where a peer is ahead by more than noise, the farthest first.

    Returns:
        list of (how many times as long the peer takes, the row's title, ours, the peer).
    """
    return sorted(
        (ratio, title(row), ours, peer)
        for row in rows
        for (ours, peer), ratio in speedups(row).items()
        if is_faster(row, peer, ours)
    )


def copy_target(row: Row, cache_bytes: int) -> float | None:
    """Returns the part of the copy's rate to reach, None for results that a cache could hold."""
    if row["out_bytes"] <= cache_bytes:
        return None
    return OF_COPY if Case.parse(row["case"]).size == (2, 2) else OF_COPY_OTHERS


def below_copy(
    rows: Iterable[Row], cache_bytes: int
) -> list[tuple[float, str, float, float | None]]:
    """Returns the rows short of their part of the copy's rate, the least first.

    Returns:
        list of (part of the copy's rate, title, target, part of the bound's rate).
    """
    return sorted(
        (of_copy(row), title(row), target, of_bound(row))
        for row in rows
        if (target := copy_target(row, cache_bytes)) and of_copy(row) < target
    )


@dataclasses.dataclass(frozen=True)
class Target:
    """How many times as long a stock contender should take, at least.

    Attributes:
        what: the rows, in words.
        ours: our contender.
        peer: stock's.
        times: the target.
        applies: whether a case is meant.
    """

    what: str
    ours: str
    peer: str
    times: float
    applies: Callable[[Case], bool]


def _is_bilinear(case: Case, dtypes: Sequence[str]) -> bool:
    return case.interpolation == "bilinear" and case.dtype in dtypes


_HALVES, _FLOATS = ("bfloat16", "float16"), ("bfloat16", "float16", "float32")
TARGETS = (
    Target(
        *("bilinear NHWC float32, raw op", "op", "stock op", 2),
        lambda case: _is_bilinear(case, ("float32",)) and case.layout == "NHWC",
    ),
    Target("NCHW, layer", "layer", "stock layer", 5, lambda case: case.layout == "NCHW"),
    Target(
        *("bilinear bfloat16 and float16, layer", "layer", "stock layer", 8),
        lambda case: _is_bilinear(case, _HALVES),
    ),
    Target(
        *("bilinear, layer under jit", "layer jit", "stock layer jit", 20),
        lambda case: _is_bilinear(case, _FLOATS),
    ),
)


def reached(rows: Iterable[Row], target: Target) -> dict[str, Any] | None:
    """Returns how the rows of a target do; stock counts even where it is wrong.

    Returns:
        dict with rows and reached (counts), lowest and median (times), lowest_row (its title);
        None where no row applies.
    """
    found = sorted(
        (row["seconds"][target.peer] / row["seconds"][target.ours], title(row))
        for row in rows
        if {target.ours, target.peer} <= set(row["seconds"])
        and target.applies(Case.parse(row["case"]))
    )
    if not found:
        return None
    return {
        "rows": len(found),
        "reached": sum(times >= target.times for times, _ in found),
        "lowest": found[0][0],
        "lowest_row": found[0][1],
        "median": statistics.median(times for times, _ in found),
    }
