"""Times the kernels per element from 1 KiB to 4 GiB, on one thread and more.

Past the caches the time should not depend on the size. At the largest size it also measures what a
call takes of memory beside input and output, which should be less than 1 MB for each thread.
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import json
import os
import pathlib
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import Progress

from upsample_op._arguments import INTERPOLATIONS
from upsample_op.benchmark import environment
from upsample_op._case import Case
from upsample_op.benchmark.measure import interleaved
from upsample_op.benchmark.scale_memory import added_in_a_fresh_process, arrays
from upsample_op.benchmark.scale_plot import in_binary_units, plot
from upsample_op.benchmark.scale_table import show, too_much

if TYPE_CHECKING:
    from upsample_op.benchmark._types import Call, Row

# Interpolation, layout, dtype; all by 2, forward and backward.
KINDS = [
    ("nearest", "NHWC", "float32"),
    ("bilinear", "NHWC", "float32"),
    ("bilinear", "NCHW", "bfloat16"),
]
KERNELS = list(itertools.product(KINDS, ("forward", "backward")))

# NHWC float32 by 2: the first layer of a decoder, and a batch of photos.
SHAPES = ((1, 4, 4, 512), (64, 512, 512, 3))

# Of a pixel, in all channels: 1 KiB is then an image of 4 x 4.
_PIXEL_BYTES = 64


def sizes(largest: int) -> list[int]:
    """Returns 1 KiB, 4 KiB, 16 KiB and so on, in bytes, to at most the largest."""
    return [2**k for k in range(10, largest.bit_length(), 2)]


def case_of(kind: tuple[str, str, str], large_bytes: int) -> Case:
    """Returns the upsampling by 2 whose result is one square image of large_bytes, 4^k KiB."""
    interpolation, layout, dtype = kind
    side = round((large_bytes // _PIXEL_BYTES) ** 0.5) // 2
    channels = _PIXEL_BYTES // (2 if dtype == "bfloat16" else 4)
    shape = (1, side, side, channels) if layout == "NHWC" else (1, channels, side, side)
    return Case(interpolation, layout, dtype, shape, (2, 2))


def measure(
    kind: tuple[str, str, str],
    direction: str,
    large_bytes: int,
    threads: Sequence[int],
    seconds: float,
) -> Row:
    """Times one kernel at one size, the numbers of threads in turn.

    Returns:
        what `measure_case` does, with kernel and large_bytes; and, by number of threads,
        ns_per_element of the large tensor.
    """
    found = measure_case(case_of(kind, large_bytes), direction, threads, seconds)
    elements = large_bytes // Case.parse(found["case"]).np_dtype.itemsize
    return {
        "kernel": " ".join((*kind, direction)),
        "large_bytes": large_bytes,
        "ns_per_element": {n: time / elements * 1e9 for n, time in found["seconds"].items()},
        **found,
    }


def measure_case(case: Case, direction: str, threads: Sequence[int], seconds: float) -> Row:
    """Times one direction of a case, the numbers of threads in turn.

    Returns:
        dict with case, direction and, by number of threads: seconds (medians), gb_per_second of
        bytes read and written.
    """
    backward = direction == "backward"
    x, out = arrays(case, backward)

    def call_on(count: int) -> Call:
        return lambda: case.run_kernel(x, backward, out=out, num_threads=count)

    times = interleaved({count: call_on(count) for count in threads}, seconds)
    return {
        "case": str(case),
        "direction": direction,
        "seconds": times,
        "gb_per_second": {count: case.useful_bytes / time / 1e9 for count, time in times.items()},
    }


def measure_memory(kind: tuple[str, str, str], direction: str, large_bytes: int, count: int) -> Row:
    """Measures a kernel's memory on `count` threads; see `added_in_a_fresh_process`."""
    found = added_in_a_fresh_process(case_of(kind, large_bytes), direction == "backward", count)
    return {"kernel": " ".join((*kind, direction)), "threads": count, **found}


def _numbers(text: str) -> list[int]:
    """An argument such as 1,2; its name is in argparse's message."""
    return [int(number) for number in text.split(",")]


def _fits(large_bytes: int) -> bool:
    """Whether the system can give what input and output of a size take."""
    text = pathlib.Path("/proc/meminfo").read_text()
    return 1.3 * large_bytes < 1024 * int(text.split("MemAvailable:")[1].split()[0])


def _shapes(largest: int) -> Iterator[tuple[Case, str]]:
    """Interpolation, case and direction of what is timed of SHAPES."""
    for interpolation, shape, direction in itertools.product(
        INTERPOLATIONS, SHAPES, ("forward", "backward")
    ):
        case = Case(interpolation, "NHWC", "float32", shape, (2, 2))
        if case.useful_bytes - case.in_bytes <= largest:
            yield case, direction


def _run(
    largest: int,
    threads: Sequence[int],
    seconds: float,
    rows: list[Row],
    shapes: list[Row],
    memory: list[Row],
) -> None:
    """Adds to the lists as it goes, so that they hold what is done if it is interrupted."""
    asked = [size for size in sizes(largest) if _fits(size)]
    for size in sizes(largest)[len(asked) :]:
        print(f"{in_binary_units(size)}: there is too little memory for it", file=sys.stderr)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        cases = [(case, way) for case, way in _shapes(largest) if _fits(case.useful_bytes)]
        total = len(KERNELS) * (len(asked) + len(threads)) + len(cases)
        task = progress.add_task("timing", total=total)
        for (kind, direction), size in itertools.product(KERNELS, asked):
            progress.update(task, description=f"{kind[0]} {direction}, {in_binary_units(size)}")
            rows.append(measure(kind, direction, size, threads, seconds))
            progress.advance(task)
        for case, direction in cases:
            progress.update(task, description=f"{case} {direction}")
            shapes.append(measure_case(case, direction, threads, seconds))
            progress.advance(task)
        for (kind, direction), count in itertools.product(KERNELS, threads):
            progress.update(task, description=f"{kind[0]} {direction}, memory")
            memory.append(measure_memory(kind, direction, asked[-1], count))
            progress.advance(task)


def main() -> int:
    """Runs the command line; returns 1 if a call took more memory than it may."""
    parser = argparse.ArgumentParser(
        prog="python -m upsample_op.benchmark.scale", description=__doc__
    )
    parser.add_argument("--threads", type=_numbers, default="1,2", help="(default: 1,2)")
    parser.add_argument("--largest", type=int, default=2**32, help="size in bytes (default: 4 GiB)")
    parser.add_argument("--seconds", type=float, default=0.5, help="for each size (default: 0.5)")
    parser.add_argument("--json", type=pathlib.Path, help="also write the figures to this file")
    parser.add_argument("--plot", type=pathlib.Path, help="also draw this file .png and .svg")
    arguments = parser.parse_args()
    if arguments.largest < 2**10:
        parser.error("the smallest size is 1024 bytes")
    if arguments.plot and importlib.util.find_spec("matplotlib") is None:
        parser.error("--plot needs matplotlib: pip install matplotlib")
    threads = arguments.threads
    rows: list[Row] = []
    shapes: list[Row] = []
    memory: list[Row] = []
    try:
        _run(arguments.largest, threads, arguments.seconds, rows, shapes, memory)
    except KeyboardInterrupt:
        print("stopped; what is done is kept", file=sys.stderr)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

    info = environment.describe()
    console = Console() if sys.stdout.isatty() else Console(width=132)
    console.print(f"{info['processor']}, {info['cores']} cores, {info['isa']}, {info['date']}")
    show(rows, shapes, memory, threads, console)
    if arguments.json:
        content = {"machine": info, "rows": rows, "shapes": shapes, "memory": memory}
        arguments.json.write_text(json.dumps(content, indent=1) + "\n")
    if arguments.plot and rows:
        plot(rows, threads, arguments.plot, info)
    return 1 if too_much(memory) else 0


if __name__ == "__main__":
    sys.exit(main())
