"""Prints our times beside stock TensorFlow's and beside a copy of as many bytes."""

import argparse
import itertools
import json
import os
import pathlib
import sys

from rich.console import Console
from rich.progress import track

from upsample_op.benchmark.case import Case

# [N, H, W, C]: of a few KiB, the size that a decoder often has, and larger than any cache.
SHAPES = [(1, 16, 16, 16), (8, 64, 64, 64), (8, 128, 128, 128)]
CASES = [
    Case(interpolation, layout, dtype, (n, h, w, c) if layout == "NHWC" else (n, c, h, w), (2, 2))
    for (n, h, w, c), dtype, interpolation, layout in itertools.product(
        SHAPES, ("float32", "bfloat16", "float16"), ("nearest", "bilinear"), ("NHWC", "NCHW")
    )
]

# glibc maps large blocks afresh for each call, and page faults then take longer than any kernel.
# With these settings freed memory is used again, for all contenders alike.
_ENVIRONMENT = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": str(2**40),
    "TF_CPP_MIN_LOG_LEVEL": "3",
}


def main():
    """Runs the command line."""
    parser = argparse.ArgumentParser(prog="python -m upsample_op.benchmark", description=__doc__)
    parser.add_argument("case", nargs="*", help="such as bilinear-NHWC-float32-8x64x64x64-by2x2")
    parser.add_argument("--seconds", type=float, default=0.5, help="for each row (default: 0.5)")
    parser.add_argument("--json", type=pathlib.Path, help="also write the figures to this file")
    parser.add_argument("--jit", action="store_true", help="under jit_compile=True instead")
    arguments = parser.parse_args()
    try:
        cases = [Case.parse(text) for text in arguments.case]
    except ValueError as error:
        parser.error(str(error))
    if not _ENVIRONMENT.items() <= os.environ.items():
        command = [sys.executable, "-m", "upsample_op.benchmark", *sys.argv[1:]]
        os.execve(sys.executable, command, {**os.environ, **_ENVIRONMENT})

    # Rows are long; what is no terminal has no width to keep to.
    console = Console() if sys.stdout.isatty() else Console(width=132)
    run = _run_jit if arguments.jit else _run
    rows = run(cases, arguments.seconds, console)
    if arguments.json:
        from upsample_op.benchmark.report import machine

        arguments.json.write_text(json.dumps({"machine": machine(), "rows": rows}, indent=1))


def _run(cases, seconds, console):
    from upsample_op.benchmark import memory, report

    cases = cases or CASES
    rows = [
        report.measure(case, backward, seconds)
        for case, backward in _tracked(itertools.product(cases, (False, True)))
    ]
    peaks = memory.peaks_in_a_fresh_process(cases)
    for row in rows:
        row["peak_bytes"] = peaks[row["case"], row["direction"]]
    report.show(rows, console)
    return rows


def _run_jit(cases, seconds, console):
    from upsample_op.benchmark import jit

    asked = itertools.product(cases, (False, True), ("alone", "bias, relu"))
    rows = [jit.measure(*row, seconds) for row in _tracked(list(asked) or jit.rows())]
    jit.show(rows, console)
    return rows


def _tracked(rows):
    return track(list(rows), "timing", console=Console(stderr=True), transient=True)


if __name__ == "__main__":
    main()
