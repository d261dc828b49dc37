"""The table of training steps, and what the rows come to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from upsample_op.benchmark import verdict
from upsample_op.benchmark.report import (
    print_list,
    print_machine,
    print_notes,
    print_table,
    time_cells,
)

if TYPE_CHECKING:
    from rich.console import Console

    from upsample_op.benchmark._types import Info, Row

# How many times as long as folded stock should take, in float32 with nearest upsampling alone.
_TARGET = 1.5
_NAMES = ("stock", "ours", "folded")
# By what each is to be no slower.
_PAIRS = (("ours", "stock"), ("folded", "stock"), ("folded", "ours"))


def show(info: Info, rows: Sequence[Row], console: Console) -> None:
    """Prints the machine, the table, the notes and the verdict.

    Args:
        info: of `environment.describe`.
        rows: of `steps.measure`.
        console: rich's.
    """
    print_machine(info, console)
    if not rows:
        console.print("No rows.")
        return
    print_table(_HEADINGS, map(_cells, rows), _LEGEND, console)
    print_notes(rows, console)
    console.print("\nVerdict")
    for heading, lines in judge(rows):
        print_list(f"{'not met' if lines else 'met'}: {heading}", lines, console)


def ratio(row: Row, slow: str, fast: str) -> float | None:
    """Returns how many times as long one contender takes as another, None if one is missing."""
    times = row["seconds"]
    return times[slow] / times[fast] if {slow, fast} <= set(times) else None


def share(row: Row, name: str) -> float | None:
    """Returns the part of a contender's step that its upsampling alone takes."""
    return ratio(row, f"{name} upsampling", name)


def judge(rows: Sequence[Row]) -> list[tuple[str, list[str]]]:
    """Returns each target in words, with the rows that miss it; none is missed by noise alone."""
    wanted = [row for row in rows if "bilinear" not in row["case"] and "-float32-" in row["case"]]
    speedups = {row["case"]: ratio(row, "stock", "folded") for row in wanted}
    short = {case: times for case, times in speedups.items() if times and times < _TARGET}
    found = [
        (
            f"stock takes {_TARGET} times as long as folded, or longer, in float32 with nearest; "
            f"it does in {len(speedups) - len(short)} of {len(speedups)}",
            [f"{case}: {times:.2f}" for case, times in short.items()],
        )
    ]
    for name, other in _PAIRS:
        slower = [
            f"{row['case']}: {ratio(row, name, other):.2f} times as long"
            for row in rows
            if {name, other} <= set(row["seconds"]) and verdict.is_faster(row, other, name)
        ]
        found.append((f"{name} is slower than {other} by more than noise in no row", slower))
    larger = [
        f"{row['case']}: {_mib(row, 'folded')} MiB, stock {_mib(row, 'stock')}"
        for row in rows
        if all(row["peak_bytes"].get(name) is not None for name in ("folded", "stock"))
        and row["peak_bytes"]["folded"] >= row["peak_bytes"]["stock"]
    ]
    return [*found, ("folded has a lower peak of memory than stock in every row", larger)]


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row["case"],
        *(cell for name in _NAMES for cell in time_cells(row, name)),
        *(_number(ratio(row, other, name)) for name, other in _PAIRS),
        *(_number(share(row, name), 100) for name in _NAMES[:2]),
        *(_mib(row, name) for name in _NAMES),
    )


def _number(value: float | None, scale: float | None = None) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}" if scale is None else f"{value * scale:.1f}"


def _mib(row: Row, name: str) -> str:
    peak = row["peak_bytes"].get(name)
    return "?" if peak is None else f"{peak / 2**20:.0f}"


_HEADINGS = (
    *("stock\nms", "\n+-%", "ours\nms", "\n+-%", "folded\nms", "\n+-%"),
    *("stock\n/ ours", "stock\n/ folded", "ours\n/ folded"),
    *("% up,\nstock", "\nours", "peak MiB\nstock", "\nours", "\nfolded"),
)
_LEGEND = """\
A step is forward, loss, backward and the optimizer's update, in a tf.function or in one with
jit_compile=True. stock: layers as Keras has them; ours: after convert_model; folded: after
convert_model(fold=True). +-: how far the middle half of the turns reaches to either side of the
median. stock / ours and so on: how many times as long. % up: what the upsampling layers alone take,
both directions, of the step. peak: memory that a step adds while it runs, in a process of its own.
Outputs and gradients are compared with stock's in float64 before anything is timed."""
