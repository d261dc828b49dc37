"""What a suite is made of, how its runs are kept and printed. Each is a module with a SUITE."""

import argparse
import collections
import dataclasses
import json
import pathlib
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from rich.console import Console

from upsample_op.benchmark import environment, table, verdict
from upsample_op.benchmark._types import Info, Row

Options: TypeAlias = argparse.Namespace
# Two runs of the same code on a shared machine differ by as much in many rows.
_BETWEEN_RUNS = 0.1


@dataclasses.dataclass(frozen=True)
class Suite:
    """One kind of rows: functions of the options, or of the environment and the rows."""

    # Functions that time a row each; ValueError or RuntimeError says why that can't be.
    plan: Callable[[Options], Sequence[Callable[[], Row]]]
    tables: Callable[[Info, Sequence[Row]], list[table.Table]]
    judge: Callable[[Info, Sequence[Row]], list[verdict.Finding]]  # what the rows come to
    rivals: verdict.Rivals
    figures: Callable[[Info, Sequence[Row]], dict[str, Any]] = lambda info, rows: {}  # by name
    describe: Callable[[Options], Info] = lambda options: {}  # beside what all suites have
    seconds: float = 0.06  # about how long each contender of a row goes on
    lacks: Sequence[str] = ()  # options that don't apply
    is_strict: bool = False  # whether the program fails where a target isn't met

    def status(self, info: Info, rows: Sequence[Row]) -> int:
        """Returns what the program is to exit with."""
        return int(self.is_strict and not all(its.is_met for its in self.judge(info, rows)))


def write(path: pathlib.Path, content: dict[str, Any]) -> None:
    """Writes a run as JSON, a row in each line; the file is whole at each moment."""
    text = {key: json.dumps(value, separators=(",", ":")) for key, value in content.items()}
    rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in content["rows"])
    text["rows"] = f"[\n{rows}\n]"
    partial = path.with_name(path.name + ".part")
    partial.write_text("{" + ",\n".join(f'"{key}":{its}' for key, its in text.items()) + "}\n")
    partial.replace(path)


def rounded(row: dict[str, Any]) -> Any:
    """Returns a row with all fractions to four digits, as they are kept."""
    return json.loads(json.dumps(row), parse_float=lambda text: float(f"{float(text):.4g}"))


def show(suite: Suite, content: dict[str, Any], console: Console) -> None:
    """Prints what a run's JSON file holds."""
    info, rows = content["machine"], content["rows"]
    for line in [*environment.lines(info), *([] if rows else ["No rows."])]:
        _print(line, console)
    if not rows:
        return
    for its in suite.tables(info, rows):
        its.show(console)
    counts = collections.Counter(
        (name, note.split(": off")[0]) for row in rows for name, note in row["notes"].items()
    )
    _print("\nNotes (rows):", console)
    for (name, note), count in sorted(counts.items()):
        _print(f"  {name}: {note} ({count})", console)
    _print("\nVerdict", console)
    for is_met, heading, lines in suite.judge(info, rows):
        _print(f"{'met' if is_met else 'not met'}: {heading}{':' if lines else '.'}", console)
        for line in lines:
            _print(f"  {line}", console)


def compare(suite: Suite, old: dict[str, Any], new: dict[str, Any], console: Console) -> None:
    """Prints the verdict on each row that two runs share: new over old time, and how that is."""
    before = {verdict.title(row): row for row in old["rows"]}
    rows = [row for row in new["rows"] if verdict.title(row) in before]
    was, now = old["machine"], new["machine"]
    when = f"Since {was['date']}, commit {was['commit'][:12]}"
    _print(f"\n{when}: {len(rows)} rows are in both runs.", console)
    for key in ("processor", "threads", "isa", "versions"):
        if was.get(key) != now.get(key):
            _print(f"  {key}: was {was.get(key)}, is {now.get(key)}", console)
    names = list(suite.rivals or dict.fromkeys(name for row in rows for name in row["seconds"]))
    columns = [(name, movement(name, before)) for name in names]
    program = ("", lambda row: row.get("program", ""))
    table.Table([*table.NAMES, program, *columns], rows).show(console)
    verdicts = collections.Counter(cell(row).split()[-1] for row in rows for _, cell in columns)
    for its in ("slower", "faster", "undecided", "same"):
        _print(f"{its}: {verdicts[its]}", console)


def movement(name: str, before: dict[str, Row]) -> table.Cell:
    """Returns the column of a contender's time over that of an earlier run, with the verdict.

    Args:
        name: of the contender.
        before: rows of the earlier run, by title. No difference of a tenth or less counts.
    """

    def cell(row: Row) -> str:
        old = before[verdict.title(row)]
        if not (name in row["seconds"] and name in old["seconds"]):
            return "-"
        intervals = verdict.interval(row, name), verdict.interval(old, name)
        ratio = row["seconds"][name] / old["seconds"][name]
        return f"{ratio:.2f} {verdict.verdict(*intervals, _BETWEEN_RUNS)}"

    return cell


def _print(text: str, console: Console) -> None:
    console.print(text, highlight=False, soft_wrap=True)
