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
from upsample_op.benchmark import memory, table
from upsample_op.benchmark._types import Call, Info, Row
from upsample_op.benchmark.cases import case_of
from upsample_op.benchmark.cpu import our_kernel
from upsample_op.benchmark.inputs import Inputs
from upsample_op.benchmark.rows import row_of, sizes
from upsample_op.benchmark.suite import Options, Suite
from upsample_op.benchmark.timing import timed
from upsample_op.benchmark.verdict import Finding

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
    dtype, layout, interpolation = kind
    side = round((large_bytes // _PIXEL_BYTES) ** 0.5) // 2
    channels = _PIXEL_BYTES // (2 if dtype == "bfloat16" else 4)
    return case_of(dtype, layout, interpolation, (1, side, side, channels), (2, 2))


def plan(options: Options) -> list[Callable[[], Row]]:
    """Returns what times the rows, up to a size in bytes, that the machine has memory for."""
    if options.largest < 2**10:
        raise ValueError("the smallest size is 1024 bytes")
    sizes = sizes_to(options.largest)
    asked = [
        (case_of_size(kind, size), backward, size == sizes[-1])
        for kind, backward, size in itertools.product(KINDS, (False, True), sizes)
    ]
    for interpolation, shape, backward in itertools.product(INTERPOLATIONS, SHAPES, (False, True)):
        case = case_of("float32", "NHWC", interpolation, shape, (2, 2))
        if case.useful_bytes - case.in_bytes <= options.largest:
            asked.append((case, backward, False))
    text = pathlib.Path("/proc/meminfo").read_text()
    available = 1024 * int(text.split("MemAvailable:")[1].split()[0])
    found = [item for item in asked if item[0].useful_bytes < available]
    if len(found) < len(asked):
        print(f"too little memory for {len(asked) - len(found)} rows", file=sys.stderr)
    threads = options.threads or [1, 2]
    return [functools.partial(measure, *item, threads, options.seconds) for item in found]


def measure(
    case: Case, backward: bool, has_memory: bool, threads: Sequence[int], seconds: float
) -> Row:
    """Times one direction of a case, the numbers of threads in turn, which are the contenders.

    Returns:
        a row as of `rows.row_of`; with peak_bytes, if that is asked for: what the first call in a
        process of its own adds.
    """
    inputs = Inputs(case, backward)
    calls = {str(count): our_kernel(inputs, count) for count in threads}
    for call in calls.values():
        call()
    direction = "backward" if backward else "forward"
    row = row_of(case, direction, timed(calls, seconds), {}, **sizes(case))
    del inputs, calls, call  # The other process needs as much memory.
    if has_memory:
        row["peak_bytes"] = {}
        for count in row["seconds"]:
            process = memory.Peaks("scale:kernel")
            row["peak_bytes"][count] = process.of(row["case"], direction, count)
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


def flatness(rows: Sequence[Row], cache_bytes: int) -> dict[tuple[str, str], float]:
    """Returns how much the time per element varies where input and output both exceed the cache.

    Returns:
        dict from (kernel, threads) to its slowest time over its fastest, of two sizes or more.
    """
    found: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        if row["out_bytes"] >= 4 * cache_bytes:
            for count in row["seconds"]:
                found.setdefault((kernel_of(row), count), []).append(ns_per_element(row, count))
    return {key: max(times) / min(times) for key, times in found.items() if len(times) > 1}


def _tables(info: Info, rows: Sequence[Row]) -> list[table.Table]:
    by_threads = [row for row in rows if is_by_threads(row)]
    by_size = [row for row in rows if not is_by_threads(row)]
    threads = list(rows[0]["seconds"])
    size_columns: list[table.Column] = [
        ("kernel", kernel_of),
        ("large\ntensor", lambda row: table.binary(row["out_bytes"])),
    ]
    thread_columns = [*table.NAMES]
    for count in threads:
        ns = lambda row, count=count: f"{ns_per_element(row, count):.4f}"  # noqa: E731
        size_columns += [(f"threads: {count}\nns/element", ns), ("\nGB/s", table.rate(count))]
        ms, faster = table.milliseconds(count, 4), table.ratio(threads[0], count)
        thread_columns += [(f"threads: {count}\nms", ms), ("times\nas fast", faster)]
    cache = info["last_level_cache_bytes"]
    legend = _SUMMARY_LEGEND.format(table.binary(4 * cache))
    found = [
        table.Table(size_columns, by_size, legend=_LEGEND, has_sections=True),
        table.Table(thread_columns, by_threads),
        table.Table(_SUMMARY, _summary(by_size, cache), legend=legend),
    ]
    return [its for its in found if its.rows]


def _summary(rows: Sequence[Row], cache_bytes: int) -> list[Row]:
    ratios = flatness(rows, cache_bytes)
    largest = {kernel_of(row): row for row in rows}
    return [
        {**row, "threads": count, "flatness": ratios.get((kernel, count))}
        for kernel, row in largest.items()
        for count in row.get("peak_bytes", {})
    ]


_SUMMARY: list[table.Column] = [
    *(("kernel", kernel_of), ("threads", lambda row: row["threads"])),
    ("slowest/\nfastest", lambda row: table.number(row["flatness"])),
    ("input and\noutput, MB", lambda row: table.number(row["useful_bytes"], 0, 1e-6)),
    ("added,\nMB", lambda row: table.number(row["peak_bytes"][row["threads"]], 2, 1e-6, "?")),
]
_LEGEND = """\
Elements: of the large tensor. GB/s: bytes that have to be read and written. Medians of calls in
turn, Python's share (some microseconds) included, on memory that is there."""
_SUMMARY_LEGEND = """\
slowest/fastest: times per element from {} on, where input and output exceed the cache.
added: the peak of a first call over what is resident before it."""


def judge(_: Info, rows: Sequence[Row]) -> list[Finding]:
    """Returns whether calls take less memory than they may."""
    too_much = [
        f"{kernel_of(row)}, threads: {count}: {added / 1e6:.2f} MB"
        for row in rows
        for count, added in row.get("peak_bytes", {}).items()
        if (added or 0) >= _MEMORY_PER_THREAD * int(count)
    ]
    heading = f"a call adds less than {_MEMORY_PER_THREAD / 1e6:.0f} MB for each thread"
    return [Finding(not too_much, heading, too_much)]


def _figures(info: Info, rows: Sequence[Row]) -> dict[str, Any]:
    from upsample_op.benchmark import scale_chart

    kernels: dict[str, dict[str, list[tuple[int, float]]]] = {}
    for row in rows:
        if not is_by_threads(row):
            lines = kernels.setdefault(kernel_of(row), {})
            for count in row["seconds"]:
                point = row["out_bytes"], ns_per_element(row, count)
                lines.setdefault(count, []).append(point)
    where = f"{info['processor']}, {info['isa']}, {info['date']}"
    return {"scale": scale_chart.draw(kernels, f"Factor 2; {where}")} if kernels else {}


SUITE = Suite(
    plan,
    _tables,
    judge,
    rivals={},
    figures=_figures,
    seconds=0.5,
    lacks=("case", "dtype", "backend"),
    is_strict=True,
)
