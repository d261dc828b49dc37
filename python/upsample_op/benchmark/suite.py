"""What a suite is made of. Each is a module with a SUITE: cpu, gpu, jit, scale, step."""

import argparse
import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from upsample_op.benchmark import table, verdict
from upsample_op.benchmark._types import Info, Row

Options: TypeAlias = argparse.Namespace


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
