"""Tables whose columns are data: a heading, and a function from a row to its cell."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import TypeAlias

import rich.box
import rich.table
from rich.console import Console

from upsample_op.benchmark import verdict
from upsample_op.benchmark._types import Row

Cell: TypeAlias = Callable[[Row], str]
Column: TypeAlias = tuple[str, Cell]


@dataclasses.dataclass(frozen=True)
class Table:
    """A table, whose first column is aligned to the left."""

    columns: Sequence[Column]
    rows: Sequence[Row]
    title: str = ""
    legend: str = ""
    has_sections: bool = False  # whether a line is left free where the first cell changes

    def show(self, console: Console) -> None:
        """Prints it."""
        table = rich.table.Table(box=rich.box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
        for number, (heading, _) in enumerate(self.columns):
            table.add_column(heading, justify="right" if number else "left", no_wrap=True)
        lines = [[cell(row) for _, cell in self.columns] for row in self.rows]
        for line, before in zip(lines, [[""], *lines], strict=False):
            if self.has_sections and line[0] != before[0]:
                table.add_section()
            table.add_row(*line)
        console.print(*([f"\n{self.title}"] if self.title else []), table, sep="\n")
        console.print(self.legend, highlight=False)


NAMES: list[Column] = [("case", lambda row: row["case"]), ("", lambda row: row["direction"])]


def milliseconds(name: str, digits: int = 3) -> Cell:
    """Returns the column of a contender's median."""
    return lambda row: number(row["seconds"].get(name), digits, 1e3)


def spread(name: str) -> Cell:
    """Returns the column of how far the middle half of the turns reaches to either side, in %."""

    def cell(row: Row) -> str:
        if name not in row["seconds"]:
            return ""
        low, median, high = verdict.interval(row, name)
        return number((high - low) / median, 0, 50)

    return cell


def rate(name: str, digits: int = 1) -> Cell:
    """Returns the column of a contender's useful bytes per second, in GB/s."""
    return lambda row: number(row["useful_bytes"] / row["seconds"][name], digits, 1e-9)


def ratio(slow: str, fast: str, digits: int = 2, scale: float = 1) -> Cell:
    """Returns the column of how many times as long one contender takes as another."""
    return lambda row: number(verdict.ratio(row, slow, fast), digits, scale)


def marked_ratio(slow: str, fast: str) -> Cell:
    """Returns that column with a mark where the slow one's result is wrong (!) or inexact (~)."""

    def cell(row: Row) -> str:
        note = row["notes"].get(slow, "")
        mark = "!" if note.startswith("wrong") else "~" if note.startswith("inexact") else ""
        return ratio(slow, fast)(row) + mark

    return cell


def mebibytes(name: str, digits: int = 1) -> Cell:
    """Returns the column of a contender's peak of memory."""
    return lambda row: number((row.get("peak_bytes") or {}).get(name), digits, 2**-20, "?")


def number(value: float | None, digits: int = 2, scale: float = 1, absent: str = "-") -> str:
    """Returns a number as text, times a scale."""
    return absent if value is None else f"{value * scale:.{digits}f}"


def binary(count: int) -> str:
    """Returns bytes as text, such as "64 KiB"."""
    power = min(max(count.bit_length() - 1, 0) // 10, 3)
    return f"{count / 2 ** (10 * power):.0f} {('B', 'KiB', 'MiB', 'GiB')[power]}"


def present(rows: Sequence[Row], names: Sequence[str]) -> list[str]:
    """Returns those of the contenders that any row has."""
    return [name for name in names if any(name in row["seconds"] for row in rows)]
