"""The rows of the benchmark and their table."""

import datetime
import importlib.metadata
import os
import pathlib
import platform

import tensorflow as tf
from rich.box import SIMPLE_HEAD
from rich.table import Table

import upsample_op
from upsample_op.benchmark.contenders import contenders
from upsample_op.benchmark.measure import interleaved

# Ours, and what each is compared with.
RIVALS = {"op": "stock op", "layer": "stock layer"}


def measure(case, backward, seconds) -> dict:
    """Times one direction of a case.

    Returns:
        dict with case, direction, useful_bytes, seconds (by contender, medians).
    """
    return {
        "case": str(case),
        "direction": "backward" if backward else "forward",
        "useful_bytes": case.useful_bytes,
        "seconds": interleaved(contenders(case, backward), seconds),
    }


def machine() -> dict:
    """Returns what a time depends on beside the case, and the date."""
    cpus = [
        line.split(":")[1].strip()
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return {
        "date": datetime.date.today().isoformat(),
        "processor": cpus[0] if cpus else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "gpus": [
            tf.config.experimental.get_device_details(gpu)["device_name"]
            for gpu in tf.config.list_physical_devices("GPU")
        ],
        "keras": importlib.metadata.version("keras"),
        "python": platform.python_version(),
        **upsample_op.build_info(),
    }


def print_table(headings, rows, legend, console):
    """Prints what it was measured on, a table, and what its columns are.

    Args:
        headings: of all columns but the first, which is the case.
        rows: of cells, as text.
        legend: what stands below the table.
        console: rich's.
    """
    info = machine()
    console.print(
        f"{', '.join([*info['gpus'], info['processor']])}, {info['cores']} cores, "
        f"{info['cpu_isa']}; upsample_op {info['version']}, TensorFlow {info['tensorflow']}, "
        f"Keras {info['keras']}"
    )
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("case", overflow="fold")
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    for cells in rows:
        table.add_row(*cells)
    console.print(table)
    console.print(legend)


def show(rows, console):
    """Prints the table, and what it comes to."""
    print_table(_HEADINGS, map(_cells, rows), _LEGEND, console)
    slower = [
        f"{row['case']} {row['direction']}: {ours} {ratio:.2f}"
        for row in rows
        for ours, rival in RIVALS.items()
        if (ratio := row["seconds"][rival] / row["seconds"][ours]) < 1
    ]
    console.print("Rows where stock is faster:", ", ".join(slower) or "none")


_HEADINGS = (
    *("", "kernel\nms", "\nGB/s", "of\ncopy"),
    *("op\nms", "x\nstock", "layer\nms", "x\nstock", "peak\nMiB", "\nstock"),
)
_LEGEND = """\
kernel: NumPy to NumPy, into memory that is there already; op: one eager call; layer: in a
tf.function. GB/s: bytes that have to be read and written, by the kernel's time; of copy: that rate
over the rate of the fastest copy of as many bytes. x stock: how many times as long stock takes, the
raw op (with the casts and transposes that it needs) or keras.layers.UpSampling2D in a tf.function.
peak: memory that a call of the layer adds at its peak, result included. Medians of calls in turn;
the process keeps freed memory, and so times no page faults."""


def _cells(row):
    seconds, useful = row["seconds"], row["useful_bytes"]
    copy = min(time for name, time in seconds.items() if name.startswith("copy"))
    peaks = [
        "?" if peak is None else f"{peak / 2**20:.1f}"
        for peak in (row["peak_bytes"]["layer"], row["peak_bytes"]["stock layer"])
    ]
    return (
        row["case"],
        row["direction"],
        f"{seconds['kernel'] * 1e3:.3f}",
        f"{useful / seconds['kernel'] / 1e9:.1f}",
        f"{copy / seconds['kernel']:.2f}",
        *(
            cell
            for ours, rival in RIVALS.items()
            for cell in (f"{seconds[ours] * 1e3:.3f}", f"{seconds[rival] / seconds[ours]:.2f}")
        ),
        *peaks,
    )
