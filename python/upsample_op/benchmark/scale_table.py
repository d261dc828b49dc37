"""The tables of `upsample_op.benchmark.scale`, and what they say of size and memory."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table

from upsample_op import _hooks
from upsample_op.benchmark.scale_plot import in_binary_units

if TYPE_CHECKING:
    from rich.console import Console

    from upsample_op.benchmark._types import Row

# A call may add less than this for each of its threads, in bytes.
MEMORY_PER_THREAD = 10**6


def flatness(rows: Sequence[Row], cache_bytes: int) -> dict[tuple[str, int], float]:
    """How much the time per element varies where input and output both exceed the cache.

    Returns:
        dict from (kernel, threads) to its slowest time over its fastest, of two sizes or more.
    """
    found: dict[tuple[str, int], list[float]] = {}
    for row in rows:
        if row["large_bytes"] >= 4 * cache_bytes:
            for count, time in row["ns_per_element"].items():
                found.setdefault((row["kernel"], count), []).append(time)
    return {key: max(times) / min(times) for key, times in found.items() if len(times) > 1}


def too_much(memory: Iterable[Row]) -> list[str]:
    """Returns a line for each call that took more memory than it may."""
    return [
        f"{row['kernel']}, threads: {row['threads']}: {row['added_bytes'] / 1e6:.2f} MB is too much"
        for row in memory
        if (row["added_bytes"] or 0) >= MEMORY_PER_THREAD * row["threads"]
    ]


def show(
    rows: Sequence[Row],
    shapes: Sequence[Row],
    memory: Sequence[Row],
    threads: Sequence[int],
    console: Console,
) -> None:
    """Prints times by kernel and size, how flat they are, and the memory."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("kernel", no_wrap=True)
    table.add_column("large\ntensor", justify="right", no_wrap=True)
    for count in threads:
        table.add_column(f"threads: {count}\nns/element", justify="right", no_wrap=True)
        table.add_column("\nGB/s", justify="right", no_wrap=True)
    for row, after in itertools.zip_longest(rows, rows[1:]):
        figures = [(row["ns_per_element"][count], row["gb_per_second"][count]) for count in threads]
        cells = [cell for ns, rate in figures for cell in (f"{ns:.4f}", f"{rate:.1f}")]
        is_last = after is None or after["kernel"] != row["kernel"]
        size = in_binary_units(row["large_bytes"])
        table.add_row(row["kernel"], size, *cells, end_section=is_last)
    console.print(table)
    console.print(
        "Elements: of the large tensor. GB/s: bytes that have to be read and written. Medians of "
        "calls in turn, Python's\nshare (some microseconds) included, on memory that is there."
    )
    if shapes:
        console.print(_by_threads(shapes, threads))
    cache = _hooks.last_level_cache_bytes()
    ratios = flatness(rows, cache)
    taken = {(row["kernel"], row["threads"]): row for row in memory}
    if ratios or taken:
        console.print(_summary(ratios, taken))
        console.print(
            f"slowest/fastest: times per element from {in_binary_units(4 * cache)} on, where input "
            "and output exceed the cache.\nadded: the peak of a first call over what is resident "
            f"before it; less than {MEMORY_PER_THREAD / 1e6:.0f} MB for each thread is wanted."
        )
    for line in too_much(memory):
        console.print(line)


def _by_threads(shapes: Sequence[Row], threads: Sequence[int]) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("case", no_wrap=True)
    table.add_column("")
    for count in threads:
        table.add_column(f"threads: {count}\nms", justify="right", no_wrap=True)
        table.add_column("times\nas fast", justify="right", no_wrap=True)
    for row in shapes:
        times = row["seconds"]
        figures = [
            cell
            for count in threads
            for cell in (f"{times[count] * 1e3:.4f}", f"{times[threads[0]] / times[count]:.2f}")
        ]
        table.add_row(row["case"], row["direction"], *figures)
    return table


def _summary(
    ratios: Mapping[tuple[str, int], float], taken: Mapping[tuple[str, int], Row]
) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("kernel", no_wrap=True)
    for heading in ("threads", "slowest/\nfastest", "input and\noutput, MB", "added,\nMB"):
        table.add_column(heading, justify="right", no_wrap=True)
    for key in dict.fromkeys((*ratios, *taken)):
        kernel, count = key
        ratio = f"{ratios[key]:.2f}" if key in ratios else ""
        arrays_text, added_text = "", ""
        if key in taken:
            arrays_text = f"{taken[key]['array_bytes'] / 1e6:.0f}"
            added = taken[key]["added_bytes"]
            added_text = "?" if added is None else f"{added / 1e6:.2f}"
        table.add_row(kernel, str(count), ratio, arrays_text, added_text)
    return table
