"""The suite of sizes and threads: kernels from 1 KiB to 4 GiB, on one thread and more.

Past the caches the time per element should not depend on the size. At the largest size it also
measures what a call takes of memory beside input and output.
"""

import functools
import itertools
import pathlib
import sys
from collections.abc import Callable, Sequence
from typing import Any

from upsample_op._arguments import INTERPOLATIONS
from upsample_op._case import Case
from upsample_op.benchmark import cases, charts, environment, memory, rows, table, timing, verdict
from upsample_op.benchmark._types import Call, Info, Row
from upsample_op.benchmark.inputs import Inputs, our_kernel
from upsample_op.benchmark.suite import Options, Suite

# Dtype, layout, interpolation; all by 2, forward and backward.
KINDS = [
    ("float32", "NHWC", "nearest"),
    ("float32", "NHWC", "bilinear"),
    ("bfloat16", "NCHW", "bilinear"),
]
# NHWC float32 by 2: the first layer of a decoder, and a batch of photos.
SHAPES = ((1, 4, 4, 512), (64, 512, 512, 3))
# Of a pixel, in all channels: 1 KiB is then an image of 4 x 4.
_PIXEL_BYTES = 64
# A call may add less than this for each of its threads, in bytes.
_MEMORY_PER_THREAD = 10**6


def sizes_to(largest: int) -> list[int]:
    """Returns 1 KiB, 4 KiB, 16 KiB and so on, in bytes, to at most the largest."""
    return [2**k for k in range(10, largest.bit_length(), 2)]


def case_of_size(kind: tuple[str, str, str], large_bytes: int) -> Case:
    """Returns the upsampling by 2 whose result is one square image of large_bytes, 4^k KiB."""
    side = round((large_bytes // _PIXEL_BYTES) ** 0.5) // 2
    channels = _PIXEL_BYTES // (2 if kind[0] == "bfloat16" else 4)
    return cases.case_of(*kind, (1, side, side, channels), (2, 2))


def plan(options: Options) -> list[Callable[[], Row]]:
    """Returns what times the rows, up to a size in bytes, that the machine has memory for."""
    if options.largest < 2**10:
        raise ValueError("the smallest size is 1024 bytes")
    text = pathlib.Path("/proc/meminfo").read_text()
    largest = int(1024 / 1.3 * int(text.split("MemAvailable:")[1].split()[0]))
    if largest < options.largest:
        text = f"more than {table.binary(largest)}: there is too little memory for it"
        print(text, file=sys.stderr)
    largest = min(largest, options.largest)
    sizes = sizes_to(largest)
    by_size = itertools.product(KINDS, (False, True), sizes)
    chosen = [(case_of_size(kind, size), backward) for kind, backward, size in by_size]
    for interpolation, shape in itertools.product(INTERPOLATIONS, SHAPES):
        chosen += cases.rows([cases.case_of("float32", "NHWC", interpolation, shape, (2, 2))])
    return [
        functools.partial(measure, *row, sizes[-1], options)
        for row in chosen
        if rows.sizes(row[0])["out_bytes"] <= largest
    ]


def measure(case: Case, backward: bool, largest: int, options: Options) -> Row:
    """Times one direction of a case, the numbers of threads in turn, which are the contenders.

    A row of the largest size has peak_bytes: what a first call in a process of its own adds.
    """
    inputs, direction = Inputs(case, backward), "backward" if backward else "forward"
    calls = {str(count): our_kernel(inputs, count) for count in options.threads or (1, 2)}
    for call in calls.values():
        call()
    times = timing.timed(calls, options.seconds)
    row = rows.row_of(case, direction, times, {}, **rows.sizes(case))
    del inputs, calls, call  # The other process needs as much memory.
    if row["out_bytes"] == largest and not is_by_threads(row):
        row["peak_bytes"] = {
            count: memory.Peaks("scale:kernel").of(row["case"], direction, count) for count in times
        }
    return row


def kernel(case: str, direction: str, threads: str) -> Call:
    """Returns a call of a kernel, whose input and output are in memory."""
    inputs = Inputs(Case.parse(case), direction == "backward")
    inputs.out.fill(0)
    return our_kernel(inputs, int(threads))


def is_by_threads(row: Row) -> bool:
    """Returns whether a row is one of `SHAPES`, and not of a size."""
    return Case.parse(row["case"]).shape in SHAPES


def kernel_of(row: Row) -> str:
    """Returns the kernel of a row in words, whatever the size."""
    case = Case.parse(row["case"])
    return f"{case.interpolation} {case.layout} {case.dtype} {row['direction']}"


def ns_per_element(row: Row, threads: str) -> float:
    """Returns the time for each element of the large tensor, in nanoseconds."""
    elements = row["out_bytes"] / Case.parse(row["case"]).np_dtype.itemsize
    return row["seconds"][threads] / elements * 1e9


def lines_of(rows: Sequence[Row]) -> dict[tuple[str, str], list[tuple[int, float]]]:
    """Returns bytes of the large tensor with ns_per_element, by kernel and number of threads."""
    found: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for row in rows:
        for count in [] if is_by_threads(row) else row["seconds"]:
            point = row["out_bytes"], ns_per_element(row, count)
            found.setdefault((kernel_of(row), count), []).append(point)
    return found


def flatness(rows: Sequence[Row], cache_bytes: int) -> dict[tuple[str, str], float]:
    """Returns how much the time per element varies where input and output both exceed the cache.

    It is the slowest over the fastest, of two sizes or more, by kernel and number of threads.
    """
    found = lines_of([row for row in rows if row["out_bytes"] >= 4 * cache_bytes])
    times = {key: [ns for _, ns in points] for key, points in found.items() if len(points) > 1}
    return {key: max(its) / min(its) for key, its in times.items()}


def _tables(info: Info, rows: Sequence[Row]) -> list[table.Table]:
    by_threads = [row for row in rows if is_by_threads(row)]
    by_size = [row for row in rows if not is_by_threads(row)]
    threads, cache = list(rows[0]["seconds"]), info["last_level_cache_bytes"]
    large: table.Column = ("large\ntensor", lambda row: table.binary(row["out_bytes"]))
    size_columns, thread_columns = [("kernel", kernel_of), large], [*table.NAMES]
    for count in threads:
        ns = lambda row, count=count: f"{ns_per_element(row, count):.4f}"  # noqa: E731
        size_columns += [(f"threads: {count}\nns/element", ns), ("\nGB/s", table.rate(count))]
        ms, faster = table.milliseconds(count, 4), table.ratio(threads[0], count)
        thread_columns += [(f"threads: {count}\nms", ms), ("times\nas fast", faster)]
    ratios = flatness(by_size, cache)
    summary = [
        {**row, "threads": count, "added": added, "flatness": ratios.get((kernel_of(row), count))}
        for row in by_size
        for count, added in row.get("peak_bytes", {}).items()
    ]
    found = [
        table.Table(size_columns, by_size, legend=_LEGEND, has_sections=True),
        table.Table(thread_columns, by_threads),
        table.Table(_SUMMARY, summary, legend=_SUMMARY_LEGEND.format(table.binary(4 * cache))),
    ]
    return [its for its in found if its.rows]


_SUMMARY: list[table.Column] = [
    *(("kernel", kernel_of), ("threads", lambda row: row["threads"])),
    ("slowest/\nfastest", lambda row: table.number(row["flatness"])),
    ("input and\noutput, MB", lambda row: table.number(row["useful_bytes"], 0, 1e-6)),
    ("added,\nMB", lambda row: table.number(row["added"], 2, 1e-6, "?")),
]
_LEGEND = """\
Elements: of the large tensor. GB/s: bytes that have to be read and written. Medians of calls in
turn, Python's share (some microseconds) included, on memory that is there."""
_SUMMARY_LEGEND = """\
slowest/fastest: times per element from {} on, where input and output exceed the cache.
added: the peak of a first call over what is resident before it."""


def judge(_: Info, rows: Sequence[Row]) -> list[verdict.Finding]:
    """Returns whether calls take less memory than they may."""
    too_much = [
        f"{kernel_of(row)}, threads: {count}: {added / 1e6:.2f} MB"
        for row in rows
        for count, added in row.get("peak_bytes", {}).items()
        if (added or 0) >= _MEMORY_PER_THREAD * int(count)
    ]
    heading = f"a call adds less than {_MEMORY_PER_THREAD / 1e6:.0f} MB for each thread"
    return [verdict.Finding(not too_much, heading, too_much)]


def _figures(info: Info, rows: Sequence[Row]) -> dict[str, Any]:
    return {"scale": charts.lines(lines_of(rows), environment.caption(info))}


_LACKS = ("case", "dtype", "backend")
SUITE = Suite(plan, _tables, judge, {}, _figures, seconds=0.5, lacks=_LACKS, is_strict=True)
