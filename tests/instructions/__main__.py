"""Counts the kernels' instructions per byte of the large tensor, beside the recorded ones.

A guard that doesn't depend on how busy the machine is. From a checkout: `make instructions`, which
builds the driver. Valgrind 3.19 can't run AVX-512: AVX2, from the same source, stands for it, but
for what AVX-512 alone runs: vector_blend.h, zipped_blend.h and permuted_blend.h of
csrc/cpu/forward, and gradients by 3 and 4 of csrc/cpu/backward/zipped_gather.h.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import itertools
import json
import pathlib
import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from instructions import callgrind
from upsample_op import kernels
from upsample_op._arguments import INTERPOLATIONS
from upsample_op._case import Case

_ROOT = pathlib.Path(__file__).parents[2]
DRIVER = _ROOT / "build" / "instructions" / "instructions"
RECORD = _ROOT / "benchmarks" / "results" / "instructions.json"

# What may grow without a word, as a share.
LIMIT = 0.05

_COUNTS = "instructions_per_byte"

# Instruction set, and where results go: into the caches or, as those of large tensors, past them.
VARIANTS = [("avx2", "cached"), ("avx2", "streamed"), ("baseline", "cached")]

# Layout, low-resolution shape, dtypes, factor.
_KINDS = [
    ("NHWC", (1, 32, 32, 64), ("float32", "bfloat16"), 2),
    ("NHWC", (1, 128, 128, 3), ("float32", "bfloat16"), 2),
    ("NCHW", (1, 16, 64, 64), ("float32", "bfloat16"), 2),
    ("NHWC", (1, 32, 32, 64), ("float32",), 3),
    ("NCHW", (1, 16, 64, 64), ("float32",), 3),
]
CASES = [
    Case(interpolation, layout, dtype, shape, (factor, factor))
    for layout, shape, dtypes, factor in _KINDS
    for interpolation, dtype in itertools.product(INTERPOLATIONS, dtypes)
]


@dataclasses.dataclass(frozen=True)
class Row:
    """A call to count; `str()` is its key in the record."""

    case: Case
    direction: str
    isa: str
    mode: str

    def __str__(self) -> str:
        return f"{self.case} {self.direction} {self.isa} {self.mode}"

    @property
    def line(self) -> str:
        """The call as the driver reads it."""
        case = self.case
        numbers = map(str, (*case.shape, *case.size))
        words = (self.isa, self.direction, case.interpolation, case.layout, case.dtype)
        return " ".join((*words, *numbers, self.mode))

    @property
    def large_bytes(self) -> int:
        """Of the high-resolution tensor: the forward result, or what the gradient reads."""
        return self.case.useful_bytes - self.case.in_bytes


def rows_of(cases: Iterable[Case]) -> list[Row]:
    """Returns the rows of cases, for the instruction sets that this machine has."""
    return [
        Row(case, direction, isa, mode)
        for case, direction in itertools.product(cases, ("forward", "backward"))
        for isa, mode in VARIANTS
        if isa in kernels.cpu_isas()
    ]


def count(rows: Sequence[Row], driver: pathlib.Path) -> dict[str, float]:
    """Returns instructions per byte of the large tensor, by the rows' keys."""
    lines = [row.line for row in rows]
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("counting", total=len(rows))
        counts = callgrind.count(driver, lines, lambda done: progress.update(task, completed=done))
    counted = zip(rows, counts, strict=True)
    return {str(row): round(number / row.large_bytes, 6) for row, number in counted}


def growth(counted: Mapping[str, float], recorded: Mapping[str, float]) -> dict[str, float]:
    """By which share each count is above its recorded one, where there is one."""
    return {key: counted[key] / recorded[key] - 1 for key in counted if key in recorded}


def verdicts(counted: Mapping[str, float], recorded: Mapping[str, float]) -> list[str]:
    """Returns a line for each count that grew by more than the limit."""
    return [
        f"{key}: {counted[key]:.4f} instructions per byte, recorded {recorded[key]:.4f}, "
        f"{100 * share:+.1f} %"
        for key, share in growth(counted, recorded).items()
        if share > LIMIT
    ]


def differences(tools: Mapping[str, str], recorded: Mapping[str, str]) -> list[str]:
    """Returns a line for each tool that is another than when the counts were recorded."""
    return [
        f"{name} was {recorded[name]} and is {tools[name]}: growth is no error, record anew"
        for name in tools
        if tools[name] != recorded[name]
    ]


def show(
    rows: Sequence[Row],
    counted: Mapping[str, float],
    recorded: Mapping[str, float],
    console: Console,
) -> None:
    """Prints the counts beside the recorded ones, a line for each case and direction."""
    grown = growth(counted, recorded)
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("instructions per byte", no_wrap=True)
    table.add_column()
    variants = [pair for pair in VARIANTS if any((row.isa, row.mode) == pair for row in rows)]
    for isa, mode in variants:
        for heading in (f"{isa}\n{mode}", "\nrecorded", "\n%"):
            table.add_column(heading, justify="right", no_wrap=True)
    for case, direction in dict.fromkeys((row.case, row.direction) for row in rows):
        cells = []
        for variant in variants:
            key = str(Row(case, direction, *variant))
            was = [f"{recorded[key]:.4f}", f"{100 * grown[key]:+.1f}"] if key in grown else ["", ""]
            cells += [f"{counted[key]:.4f}", *was]
        table.add_row(str(case), direction, *cells)
    console.print(table)
    console.print(_LEGEND)


_LEGEND = """\
Instructions that a call executes on one thread, by the bytes of the high-resolution tensor, in both
directions. cached, streamed: the result goes into the caches or, as a large one does, past them.
%: growth over the recorded count. The sets are those that valgrind can run, so not avx512."""


def main() -> int:
    """Runs the command line; returns 1 if a count grew by over the limit, with the same tools."""
    parser = argparse.ArgumentParser(prog="make instructions", description=__doc__)
    parser.add_argument("case", nargs="*", help="such as bilinear-NHWC-float32-1x32x32x64-by2x2")
    parser.add_argument("--record", action="store_true", help="make these the recorded counts")
    parser.add_argument("--driver", type=pathlib.Path, default=DRIVER, help="that CMake built")
    parser.add_argument("--file", type=pathlib.Path, default=RECORD, help="of the recorded counts")
    arguments = parser.parse_args()
    try:
        rows = rows_of([Case.parse(text) for text in arguments.case] or CASES)
        tools = _tools(arguments.driver)
        counted = count(rows, arguments.driver)
    except (ValueError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 2
    file = arguments.file
    record: dict[str, Any] = {"tools": tools, _COUNTS: {}}
    if file.exists():
        record = json.loads(file.read_text())
    console = Console() if sys.stdout.isatty() else Console(width=132)
    console.print(", ".join(f"{name} {version}" for name, version in tools.items()))
    show(rows, counted, record[_COUNTS], console)
    if arguments.record:
        others = record[_COUNTS] if arguments.case else {}
        today = datetime.date.today().isoformat()
        record = {"date": today, "tools": tools, _COUNTS: others | counted}
        file.write_text(json.dumps(record, indent=1) + "\n")
        return 0
    lines = verdicts(counted, record[_COUNTS])
    console.print(*(lines or [f"No count grew by over {100 * LIMIT:.0f} %."]), sep="\n")
    warnings = differences(tools, record["tools"])
    console.print(*warnings, sep="\n", end="\n" if warnings else "")
    return 1 if lines and not warnings else 0


def _tools(driver: pathlib.Path) -> dict[str, str]:
    """What counts depend on beside the sources."""
    try:
        built = json.loads((driver.parent / "build_info.json").read_text())
    except OSError:
        raise RuntimeError(f"no {driver.name} to run: `make instructions` builds it") from None
    return {
        "compiler": built["compiler"],
        "libc": " ".join(platform.libc_ver()),
        "valgrind": callgrind.version(),
    }


if __name__ == "__main__":
    sys.exit(main())
