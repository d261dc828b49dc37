"""What moved between two runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from upsample_op.benchmark import verdict

if TYPE_CHECKING:
    from rich.console import Console

    from upsample_op.benchmark._types import Row

# Two runs of the same code on a shared machine differ by as much in many rows.
_FLOOR = 0.1


def moved(old_rows: Iterable[Row], new_rows: Iterable[Row]) -> list[tuple[float, str, str]]:
    """Returns what moved by more than noise, the slowed first.

    Noise is told as in `verdict.interval`, and no difference below a tenth counts.

    Args:
        old_rows: of `rows.measure`, of the run to compare with.
        new_rows: of this run.

    Returns:
        list of (new over old time, the row's title, the contender).
    """
    old = {verdict.title(row): row for row in old_rows}
    found = []
    for row in new_rows:
        name = verdict.title(row)
        for contender, seconds in row["seconds"].items():
            before = old.get(name, {}).get("seconds", {}).get(contender)
            if before is None:
                continue
            both = {
                key: {"old": old[name].get(key, {}).get(contender), "new": row[key].get(contender)}
                for key in ("seconds", "quartiles", "turns")
                if old[name].get(key, {}).get(contender) is not None
            }
            if verdict.is_faster(both, "new", "old", _FLOOR) or verdict.is_faster(
                both, "old", "new", _FLOOR
            ):
                found.append((seconds / before, name, contender))
    return sorted(found, reverse=True)


def show(old: dict[str, Any], new: dict[str, Any], console: Console) -> None:
    """Prints what moved.

    Args:
        old: the content of a JSON file of an earlier run: machine and rows.
        new: that of this run.
        console: rich's.
    """
    titles = {verdict.title(row) for row in old["rows"]}
    shared = sum(verdict.title(row) in titles for row in new["rows"])
    console.print(
        f"\nSince {old['machine'].get('date')}, commit {old['machine'].get('commit', '?')[:12]}: "
        f"{shared} rows are in both runs.",
        highlight=False,
        soft_wrap=True,
    )
    for key in ("processor", "threads", "isa", "versions"):
        if (before := old["machine"].get(key)) != (now := new["machine"].get(key)):
            console.print(f"  {key}: was {before}, is {now}", highlight=False, soft_wrap=True)
    found = moved(old["rows"], new["rows"])
    console.print("Moved by more than noise and a tenth (new over old time):")
    for ratio, name, contender in found:
        console.print(f"  {ratio:.2f} {name}: {contender}", highlight=False, soft_wrap=True)
    if not found:
        console.print("  nothing")
