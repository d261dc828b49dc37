"""The tables of the benchmark, and what they come to, in text."""

from __future__ import annotations

import collections
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table

from upsample_op.benchmark import environment, verdict

if TYPE_CHECKING:
    from rich.console import Console

    from upsample_op.benchmark._types import Info, Row


def print_table(
    headings: Iterable[str], rows: Iterable[Sequence[str]], legend: str, console: Console
) -> None:
    """Prints a table, and what its columns are.

    Args:
        headings: of all columns but the first, which is the case.
        rows: of cells, as text.
        legend: what stands below the table.
        console: rich's.
    """
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("case", no_wrap=True)
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    for cells in rows:
        table.add_row(*cells)
    console.print(table)
    console.print(legend, highlight=False)


def print_machine(info: Info, console: Console) -> None:
    """Prints what was measured on, with which versions."""
    for line in environment.lines(info):
        console.print(line, highlight=False, soft_wrap=True)


def show(info: Info, rows: Sequence[Row], absent: Sequence[str], console: Console) -> None:
    """Prints both tables, notes and the verdict.

    Args:
        info: of `environment.describe`.
        rows: of `rows.measure`, with peak_bytes where that was measured.
        absent: names of peers that are not installed.
        console: rich's.
    """
    print_machine(info, console)
    if absent:
        console.print(f"Not installed, and so not compared with: {', '.join(absent)} (make peers)")
    if not rows:
        console.print("No rows.")
        return
    _show_kernels(rows, console)
    _show_end_to_end(rows, console)
    print_notes(rows, console)
    show_verdict(info, rows, console)


def _show_kernels(rows: Sequence[Row], console: Console) -> None:
    peers = _present(rows, verdict.RIVALS["kernel"])
    console.print("\nKernels alone: all read the same array and write into the same memory.")
    headings = ("", "kernel\nms", "\n+-%", "\nGB/s", "copy\nGB/s", "of\ncopy", "of\nbound")
    cells = [
        (
            row["case"],
            row["direction"],
            *time_cells(row, "kernel"),
            f"{row['useful_bytes'] / row['seconds']['kernel'] / 1e9:.1f}",
            f"{row['useful_bytes'] / row['seconds'][verdict.best_copy(row)] / 1e9:.1f}",
            f"{verdict.of_copy(row):.2f}",
            "-" if verdict.of_bound(row) is None else f"{verdict.of_bound(row):.2f}",
            *(_times(row, "kernel", peer) for peer in peers),
        )
        for row in rows
    ]
    headings += tuple(f"x\n{peer}" for peer in peers)
    print_table(headings, cells, _KERNEL_LEGEND, console)


def _show_end_to_end(rows: Sequence[Row], console: Console) -> None:
    console.print("\nEnd to end: each call allocates its result.")
    headings, pairs = ["", "op\nms", "\n+-%"], []
    for ours, peers in list(verdict.RIVALS.items())[1:]:
        headings += [] if ours == "op" else [ours.replace(" ", "\n", 1) + _ms(ours)]
        pairs.append((ours, _present(rows, peers)))
        headings += [f"x\n{_short(peer)}" for peer in pairs[-1][1]]
    cells = [
        (
            row["case"],
            row["direction"],
            *time_cells(row, "op"),
            *(
                cell
                for ours, peers in pairs
                for cell in (
                    *([] if ours == "op" else time_cells(row, ours)[:1]),
                    *(_times(row, ours, peer) for peer in peers),
                )
            ),
            *_peaks(row),
        )
        for row in rows
    ]
    print_table([*headings, "peak\nMiB", "\nstock"], cells, _END_LEGEND, console)


def _ms(ours: str) -> str:
    return "\nms" if " " not in ours else " ms"


def _short(peer: str) -> str:
    return "stock" if peer.startswith("stock") else peer


def _present(rows: Sequence[Row], peers: Sequence[str]) -> list[str]:
    return [peer for peer in peers if any(peer in row["seconds"] for row in rows)]


def time_cells(row: Row, name: str) -> tuple[str, str]:
    """Returns the median in ms, and how far the middle half of the turns reaches, in %."""
    if name not in row["seconds"]:
        return "-", ""
    median = row["seconds"][name]
    low, high = row["quartiles"][name]
    return f"{median * 1e3:.3f}", f"{50 * (high - low) / median:.0f}"


def _times(row: Row, ours: str, peer: str) -> str:
    if not {ours, peer} <= set(row["seconds"]):
        return "-"
    note = row["notes"].get(peer, "")
    mark = "!" if note.startswith("wrong") else "~" if note.startswith("inexact") else ""
    return f"{row['seconds'][peer] / row['seconds'][ours]:.2f}{mark}"


def _peaks(row: Row) -> list[str]:
    peaks = row.get("peak_bytes") or {}
    return [
        "?" if peaks.get(name) is None else f"{peaks[name] / 2**20:.1f}"
        for name in ("layer", "stock layer")
    ]


def print_notes(rows: Sequence[Row], console: Console) -> None:
    """Prints what the notes of rows say, and of how many rows."""
    counts = collections.Counter(
        (name, note.split(": off")[0]) for row in rows for name, note in row["notes"].items()
    )
    console.print("\nNotes (rows):")
    for (name, note), count in sorted(counts.items()):
        console.print(f"  {name}: {note} ({count})", highlight=False, soft_wrap=True)


def show_verdict(info: Info, rows: Sequence[Row], console: Console) -> None:
    """Prints the rows where a peer is ahead, those short of the copy, and stock's targets."""
    console.print("\nVerdict")
    behind = verdict.behind(rows)
    compared = sum(len(verdict.speedups(row)) for row in rows)
    heading = (
        f"{_met(not behind)}: no peer ahead by more than noise; one is in {len(behind)} of "
        f"{compared} comparisons"
    )
    lines = [f"{name}: {peer} x {ratio:.2f} of {ours}" for ratio, name, ours, peer in behind]
    print_list(heading, lines, console)
    cache = info["last_level_cache_bytes"]
    beyond = [row for row in rows if verdict.copy_target(row, cache)]
    _show_below_copy(verdict.below_copy(rows, cache), len(beyond), console)
    for target in verdict.TARGETS:
        for where, its in (("beyond", beyond), ("within", [r for r in rows if r not in beyond])):
            if found := verdict.reached(its, target):
                _print(
                    f"{_met(found['reached'] == found['rows'])}: stock takes {target.times} times "
                    f"as long or longer, {where} the cache, {target.what}; it does in "
                    f"{found['reached']} of {found['rows']}; median {found['median']:.1f}, lowest "
                    f"{found['lowest']:.1f} ({found['lowest_row']})",
                    console,
                )


def _met(is_met: bool) -> str:
    return "met" if is_met else "not met"


def _show_below_copy(
    below: Sequence[tuple[float, str, float, float | None]], beyond: int, console: Console
) -> None:
    """Prints the rows short of the copy, and how many of them the memory explains."""
    if not beyond:
        return
    heading = (
        f"{_met(not below)}: {verdict.OF_COPY} (by 2) or {verdict.OF_COPY_OTHERS} of the copy's "
        f"rate, beyond the cache; {len(below)} of {beyond} are below"
    )
    explained = [bound for *_, bound in below if bound is not None and bound >= verdict.OF_COPY]
    if below:
        heading += (
            f", {len(explained)} of them at {verdict.OF_COPY} or more of what reading and writing "
            "as much allows"
        )
    lines = [
        f"{name}: {ratio:.2f} of {target}" + ("" if bound is None else f", {bound:.2f} of bound")
        for ratio, name, target, bound in below
    ]
    print_list(heading, lines, console)


def _print(text: str, console: Console) -> None:
    console.print(text, highlight=False, soft_wrap=True)


def print_list(heading: str, lines: Sequence[str], console: Console) -> None:
    """Prints a heading, and lines below it."""
    _print(f"{heading}{':' if lines else '.'}", console)
    for line in lines:
        _print(f"  {line}", console)


_KERNEL_LEGEND = """\
kernel: ours, NumPy to NumPy; +-: how far the middle half of the turns reaches to either side of the
median. GB/s: bytes that have to be read once and written once, by the time; copy: of the fastest
copy of as many bytes in the same turns; of copy: ours over that; of bound: over reading as much and
writing as much around the caches. x torch and so on: how many times as long that peer takes.
! wrong result, ~ inexact, - can't run it (see Notes)."""
_END_LEGEND = """\
op: one eager call, beside stock's raw op (with the casts and transposes that it needs) and JAX in a
jax.jit; layer eager, layer, layer jit: the Keras layer called eagerly, in a tf.function, and in one
with jit_compile=True, each beside keras.layers.UpSampling2D called likewise; backward, the gradient
alone. peak: memory that a call of the layer in a tf.function adds, result included. The process
keeps freed memory, and so times no page faults."""
