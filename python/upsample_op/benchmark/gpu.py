"""Times the CUDA kernels beside a copy of as many bytes, PyTorch, and TensorFlow where it is there.

Needs no TensorFlow, but a GPU and PyTorch or CuPy: `python -m upsample_op.benchmark.gpu`.
"""

from __future__ import annotations

import argparse
import json
import math
import pathlib
import re
import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import track
from rich.table import Table

from upsample_op import _library, reference
from upsample_op._arguments import INTERPOLATIONS
from upsample_op.benchmark import environment
from upsample_op._case import Case
from upsample_op._device import open_device
from upsample_op.benchmark.gpu_peers import find_peers

if TYPE_CHECKING:
    from upsample_op.benchmark._types import Call, Info, Row, Shape
    from upsample_op._device import Device
    from upsample_op.benchmark.gpu_peers import Peers, TorchPeers

FLOATS = ("float32", "bfloat16", "float16")

# [N, H, W, C] of the low resolution. The large ones are several times any cache; the others are
# what decoders have, and partly stay in the L2 cache from one call to the next, for all alike.
LARGE = (16, 128, 128, 256)
LARGE_FOR_3_AND_4 = (16, 80, 80, 256)
IMAGES = (64, 512, 512, 3)
DECODER = [
    (8, 16, 16, 512),
    (16, 32, 32, 256),
    (16, 64, 64, 128),
    (32, 128, 128, 64),
    (8, 256, 256, 64),
]


def _cases() -> Iterator[tuple[str, str, str, Shape, tuple[int, int]]]:
    for interpolation in INTERPOLATIONS:
        for layout in ("NHWC", "NCHW"):
            for dtype in FLOATS:
                yield interpolation, layout, dtype, LARGE, (2, 2)
                yield interpolation, layout, dtype, LARGE_FOR_3_AND_4, (3, 3)
                yield interpolation, layout, dtype, LARGE_FOR_3_AND_4, (4, 4)
                yield interpolation, layout, dtype, IMAGES, (2, 2)
            for dtype in ("float32", "bfloat16"):
                for shape in DECODER:
                    yield interpolation, layout, dtype, shape, (2, 2)
    for layout in ("NHWC", "NCHW"):
        yield "nearest", layout, "uint8", IMAGES, (2, 2)


def cases() -> list[Case]:
    """Returns the rows' cases."""
    return [
        Case(interpolation, layout, dtype, _in_layout(shape, layout), size)
        for interpolation, layout, dtype, shape, size in _cases()
    ]


def _in_layout(shape: Shape, layout: str) -> Shape:
    n, h, w, c = shape
    return (n, h, w, c) if layout == "NHWC" else (n, c, h, w)


def small_twin(case: Case) -> Case:
    """Returns the case on a few pixels, to look at values or to emulate."""
    n, h, w, c = (
        case.shape if case.layout == "NHWC" else [case.shape[axis] for axis in (0, 2, 3, 1)]
    )
    shape = (min(n, 1), min(h, 4), min(w, 8), min(c, 8))
    return Case(
        case.interpolation, case.layout, case.dtype, _in_layout(shape, case.layout), case.size
    )


def measure(device: Device, peers: Peers, case: Case, backward: bool, seconds: float) -> Row:
    """Times one direction of a case.

    Returns:
        dict with case, direction, useful_bytes, seconds (medians by contender, or "failed: ..."),
        spread (by contender, the middle half of the times over the median), peers_agree.
    """
    torch_peers, tensorflow_peers = peers
    sizes = (case.in_bytes, case.useful_bytes - case.in_bytes)
    in_bytes, out_bytes = reversed(sizes) if backward else sizes
    source, target = device.random(in_bytes), device.empty(out_bytes)
    copies = device.random(case.useful_bytes // 2), device.empty(case.useful_bytes // 2)
    calls = {
        "copy": lambda: device.copy(*copies),
        "kernel": lambda: device.run(case, backward, source, target),
    }
    if torch_peers is not None:
        calls |= torch_peers.calls(case, backward)
    times = _interleaved(device, calls, seconds)
    medians = {name: statistics.median(values) for name, values in times.items()}
    row: Row = {
        "case": str(case),
        "direction": "backward" if backward else "forward",
        "useful_bytes": case.useful_bytes,
        "seconds": medians,
        "spread": {name: _middle_half(values) / medians[name] for name, values in times.items()},
        "peers_agree": torch_peers is None or _agrees(torch_peers, small_twin(case), backward),
    }
    if tensorflow_peers is not None and case.dtype in ("float32", "bfloat16"):
        repeats = max(2, int(0.02 / medians["copy"] / 10))
        row["seconds"] |= tensorflow_peers.seconds(case, backward, min(repeats, 50))
    return row


def _interleaved(
    device: Device, calls: Mapping[str, Call], seconds: float
) -> dict[str, list[float]]:
    """Times by name, in seconds, of calls that take turns until the time is up."""
    names = list(calls)
    device.time(list(calls.values()), 1)  # loads the kernels
    first = device.time(list(calls.values()), 1)
    # Long enough to time, and few enough to be enqueued while the copies before them run.
    repeats = max(1, min(10, int(5e-3 / max(first))))
    times: dict[str, list[float]] = {name: [] for name in names}
    turns = max(5, min(200, math.ceil(seconds / (repeats * sum(first) + 1e-3))))
    for turn in range(turns):
        order = names[turn % len(names) :] + names[: turn % len(names)]
        for name, value in zip(order, device.time([calls[n] for n in order], repeats), strict=True):
            times[name].append(value)
    return times


def _middle_half(values: Sequence[float]) -> float:
    lower, _, upper = statistics.quantiles(values, n=4)
    return upper - lower


def _agrees(torch_peers: TorchPeers, case: Case, backward: bool) -> bool:
    """Whether PyTorch computes the same thing.

    Its positions are rounded to float32, so that an output may be of an input that it has nothing
    to do with by some eps.
    """
    if case.dtype == "uint8":
        return True
    x = case.random(backward)
    function = reference.upsample2d_grad if backward else reference.upsample2d
    expected = function(x, *case.arguments)
    magnitude = function(np.abs(x), *case.arguments)
    if not backward:
        magnitude = np.max(np.abs(x.astype(np.float64)))
    error = np.abs(torch_peers.result(case, x, backward) - expected)
    eps = {"float32": 2.0**-23, "float16": 2.0**-10, "bfloat16": 2.0**-7}[case.dtype]
    return bool(np.all(error <= 16 * eps * magnitude))


def machine(device: Device) -> Info:
    """Returns what a time depends on beside the case; the date and the commit."""
    smi = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    return {
        **environment.describe(),
        "device": device.name,
        "driver": environment.output(*smi),
        "library": device.runtime,
        "cuda": _library.built()["cuda"],
        "cuda_architectures": _library.built()["cuda_architectures"],
    }


_PEERS = ("torch", "torch channels_last", "stock op", "stock layer", "stock layer, jit")
_LEGEND = """\
GB/s: bytes that have to be read and written, by the kernel's time. of copy: that rate over the rate
of a copy of as many bytes from device to device in the same turns. Then how many times as long a
peer takes; PyTorch's result is allocated by its caching allocator, ours is there. TensorFlow's
times are the host's, Python included. Medians of calls that take turns."""


def show(info: Info, rows: Sequence[Row], console: Console) -> None:
    """Prints the table, and which rows a peer wins."""
    on_gpu = ("device", "driver", "library", "cuda", "cuda_architectures")
    console.print(", ".join(f"{key} {info[key]}" for key in on_gpu))
    for line in environment.lines(info):
        console.print(line, highlight=False, soft_wrap=True)
    names = [name for name in _PEERS if any(name in row["seconds"] for row in rows)]
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("case", no_wrap=True)
    for heading in ("", "ms", "GB/s", "of\ncopy", *(name.replace(" ", "\n", 1) for name in names)):
        table.add_column(heading, justify="right")
    for row in rows:
        seconds = row["seconds"]
        table.add_row(
            row["case"],
            row["direction"],
            f"{seconds['kernel'] * 1e3:.3f}",
            f"{row['useful_bytes'] / seconds['kernel'] / 1e9:.0f}",
            f"{seconds['copy'] / seconds['kernel']:.2f}",
            *(_ratio(seconds.get(name), seconds["kernel"]) for name in names),
        )
    console.print(table)
    console.print(_LEGEND)
    lost = [
        f"{row['case']} {row['direction']}: {name} {ratio:.2f}"
        for row in rows
        for name in names
        if isinstance(peer := row["seconds"].get(name), float)
        and (ratio := peer / row["seconds"]["kernel"]) < 1
    ]
    console.print("Rows where a peer is faster:", ", ".join(lost) or "none")
    differ = [f"{row['case']} {row['direction']}" for row in rows if not row["peers_agree"]]
    console.print("Rows where PyTorch computes something else:", ", ".join(differ) or "none")


def _ratio(peer: float | str | None, ours: float) -> str:
    if peer is None:
        return ""
    return peer if isinstance(peer, str) else f"{peer / ours:.2f}"


def main() -> None:
    """Runs the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m upsample_op.benchmark.gpu", description=__doc__
    )
    parser.add_argument("case", nargs="*", help="such as bilinear-NHWC-float32-8x64x64x64-by2x2")
    parser.add_argument("--device", default="cuda", help="cuda, torch, cupy or emulator")
    parser.add_argument("--seconds", type=float, default=0.2, help="for each row (default: 0.2)")
    parser.add_argument("--results", type=pathlib.Path, help="folder for a .json and a .txt")
    arguments = parser.parse_args()
    try:
        chosen = [Case.parse(text) for text in arguments.case] or cases()
        device = open_device(arguments.device)
    except (ValueError, RuntimeError) as error:
        parser.error(str(error))
    if device.library == "emulator":
        chosen = list(dict.fromkeys(map(small_twin, chosen)))
    peers = find_peers(device)
    rows = []
    try:
        for case in track(chosen, "timing", console=Console(stderr=True), transient=True):
            for backward in [False] if case.dtype == "uint8" else [False, True]:
                rows.append(measure(device, peers, case, backward, arguments.seconds))
    except KeyboardInterrupt:
        print("stopped; what is done is kept", file=sys.stderr)
    info = machine(device)
    show(info, rows, Console(width=160))
    if arguments.results:
        arguments.results.mkdir(parents=True, exist_ok=True)
        stem = "gpu-" + re.sub(r"[^a-z0-9]+", "-", device.name.lower()).strip("-")
        content = json.dumps({"machine": info, "rows": rows}, indent=1)
        (arguments.results / f"{stem}.json").write_text(content + "\n")
        with (arguments.results / f"{stem}.txt").open("w") as file:
            show(info, rows, Console(file=file, width=160))


if __name__ == "__main__":
    main()
