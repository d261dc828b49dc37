"""What the times of rows say: which of two contenders is faster, and by how much."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from upsample_op.benchmark._types import Row

# Each of ours, and the peers that are called like it.
Rivals: TypeAlias = Mapping[str, Sequence[str]]
# A contender's lower quartile, median and upper quartile, in seconds.
Interval: TypeAlias = tuple[float, float, float]

# Differences below this part are not looked at: the place of a loop in memory can make as much.
FLOOR = 0.02
SIZE_CLASSES = ("beyond cache", "in cache", "small")


class Finding(NamedTuple):
    """A target in words, whether it is met, and a line for each row that misses it."""

    is_met: bool
    heading: str
    lines: Sequence[str]


def verdict(ours: Interval, theirs: Interval, floor: float = FLOOR) -> str:
    """Returns how one contender compares with another, as nvbench-compare does.

    The first of these that applies:
    - "same": the medians differ by no more than the floor, as a part of the larger, or each lies
      within the other's interval;
    - "undecided": the intervals have a point in common;
    - "faster" or "slower", as ours is.
    """
    (low, median, high), (their_low, their_median, their_high) = ours, theirs
    if min(median, their_median) >= (1 - floor) * max(median, their_median):
        return "same"
    if their_low <= median <= their_high and low <= their_median <= high:
        return "same"
    if low <= their_high and their_low <= high:
        return "undecided"
    return "faster" if median < their_median else "slower"


def interval(row: Row, name: str) -> Interval:
    """Returns a contender's times; a point where a recorded row has no quartiles."""
    median = row["seconds"][name]
    return row["low"].get(name, median), median, row["high"].get(name, median)


def title(row: Row) -> str:
    """Returns the name of a row."""
    return " ".join(row[key] for key in ("case", "direction", "program") if key in row)


def ratio(row: Row, slow: str, fast: str) -> float | None:
    """Returns how many times as long one contender takes as another, None if one is missing."""
    times = row["seconds"]
    return times[slow] / times[fast] if {slow, fast} <= set(times) else None


def is_wrong(row: Row, name: str) -> bool:
    """Returns whether a contender's result is another than ours by more than rounding."""
    return row["notes"].get(name, "").startswith("wrong")


def speedups(row: Row, rivals: Rivals) -> dict[tuple[str, str], float]:
    """Returns how many times as long each peer whose result isn't wrong takes as each of ours."""
    return {
        (ours, peer): times
        for ours, peers in rivals.items()
        for peer in peers
        if (times := ratio(row, peer, ours)) is not None and not is_wrong(row, peer)
    }


def slower(row: Row, rivals: Rivals) -> dict[tuple[str, str], float]:
    """Returns those of `speedups` where ours is slower by more than noise."""
    return {
        (ours, peer): times
        for (ours, peer), times in speedups(row, rivals).items()
        if verdict(interval(row, ours), interval(row, peer)) == "slower"
    }


def peers_ahead(rows: Iterable[Row], rivals: Rivals) -> Finding:
    """Returns whether any peer is faster than ours, the farthest ahead first."""
    ahead = sorted(
        (times, f"{title(row)}: {peer} x {times:.2f} of {ours}")
        for row in rows
        for (ours, peer), times in slower(row, rivals).items()
    )
    count = sum(len(speedups(row, rivals)) for row in rows)
    heading = f"no peer ahead by more than noise; one is in {len(ahead)} of {count} comparisons"
    return Finding(not ahead, heading, [line for _, line in ahead])


def best_copy(row: Row) -> str:
    """Returns the name of the fastest copy."""
    times = row["seconds"]
    return min((name for name in times if name.startswith("copy")), key=times.get)


def of_copy(row: Row) -> float:
    """Returns the kernel's rate over that of the fastest copy of as many bytes."""
    return row["seconds"][best_copy(row)] / row["seconds"]["kernel"]


def size_class(row: Row, cache_bytes: int) -> str:
    """Returns which caches a row's result could be in, of `SIZE_CLASSES`."""
    beyond, within, small = SIZE_CLASSES
    if row["out_bytes"] > cache_bytes:
        return beyond
    return within if row["out_bytes"] > 2**20 else small
