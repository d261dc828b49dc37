"""The report on the parts of a model that upsample."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

REPLACED, FOLDED, LEFT = "replaced", "folded", "left alone"


@dataclasses.dataclass(frozen=True)
class Entry:
    """A part of a model that upsamples, or may upsample.

    Attributes:
        path: where it is in the model, such as `decoder/up_sampling2d`.
        layer: the name of its class.
        verdict: "replaced", "folded" or "left alone".
        reason: why it was left alone, or "".
    """

    path: str
    layer: str
    verdict: str
    reason: str = ""


@dataclasses.dataclass(frozen=True)
class Report:
    """The entries of a model, in the order in which it holds them. Its string is a table."""

    entries: tuple[Entry, ...]

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def paths(self, verdict: str) -> list[str]:
        """Returns the paths of the entries with a verdict."""
        return [entry.path for entry in self.entries if entry.verdict == verdict]

    def __str__(self) -> str:
        rows = [("path", "layer", "verdict", "reason")]
        rows += [dataclasses.astuple(entry) for entry in self.entries]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
        return "\n".join(lines) if self.entries else "no layer here is known to upsample"
