"""The suite of kernels, op and layer on the CPU: contenders and tables. `targets` judges."""

import concurrent.futures
import functools
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from upsample_op import _hooks
from upsample_op._case import Case
from upsample_op.benchmark import cases, charts, environment, memory, peers, rows, table, verdict
from upsample_op.benchmark._types import Call, Info, Row
from upsample_op.benchmark.inputs import Inputs, our_kernel
from upsample_op.benchmark.suite import Options, Suite
from upsample_op.benchmark.targets import RIVALS, judge, of_bound


def back_end(backends: Iterable[str] = tuple(peers.BACKENDS)) -> rows.BackEnd:
    """Returns the CPU as a back end, with peers of some of `peers.BACKENDS`."""
    from upsample_op.benchmark import tensorflow_calls

    calls = {"op": tensorflow_calls.our_op, **tensorflow_calls.layer_calls("layer")}
    ours = {"kernel": our_kernel, **calls}
    return rows.BackEnd(Inputs, {**ours, **peers.contenders(backends)}, bounds, clocks={})


def bounds(inputs: Inputs) -> dict[str, Call]:
    """Returns calls that copy as many bytes, or read and write as many, and compute nothing.

    Memory often reads faster than it writes, or the other way round, and so a copy, half of each,
    can be out of reach; traffic reads as much as the row's kernels and writes as much.
    """
    num_bytes, threads = inputs.case.useful_bytes // 2, environment.num_threads()
    source, target = (_hooks.aligned([num_bytes], np.uint8) for _ in range(2))
    source[:] = 1
    places = np.linspace(0, num_bytes, threads + 1).astype(np.int64)[1:-1]
    targets, sources = np.split(target, places), np.split(source, places)
    pool = concurrent.futures.ThreadPoolExecutor(threads)
    return {
        "copy": lambda: np.copyto(target, source),
        "copy on all threads": lambda: list(pool.map(np.copyto, targets, sources)),
        "copy around the caches": _hooks.mover(source, target, threads),
        "traffic": _hooks.mover(inputs.x, inputs.out, threads),
    }


def _plan(options: Options) -> list[Callable[[], Row]]:
    # What is wrong in the options is said before TensorFlow is imported.
    chosen = cases.rows(cases.chosen(options, "quick"))
    peers.absent(options.backend)
    its_back_end = back_end(options.backend)
    # oneDNN, which no layer uses, would bring an allocator that gives nothing back.
    peaks = memory.Peaks("tensorflow_calls:warm_layer", TF_ENABLE_ONEDNN_OPTS="0")

    def measure(case: Case, backward: bool) -> Row:
        row = rows.measure(its_back_end, case, backward, options.seconds)
        names = ("layer", "stock layer")
        its_peaks = {name: peaks.of(row["case"], row["direction"], name) for name in names}
        return {**row, "peak_bytes": its_peaks}

    return [functools.partial(measure, *row) for row in chosen]


def _tables(_: Info, rows: Sequence[Row]) -> list[table.Table]:
    ms, spread, ratio = table.milliseconds, table.spread, table.marked_ratio
    kernel: list[table.Column] = [
        *(*table.NAMES, ("kernel\nms", ms("kernel")), ("\n+-%", spread("kernel"))),
        ("\nGB/s", table.rate("kernel")),
        ("copy\nGB/s", lambda row: table.rate(verdict.best_copy(row))(row)),
        ("of\ncopy", lambda row: table.number(verdict.of_copy(row))),
        ("of\nbound", lambda row: table.number(of_bound(row))),
    ]
    kernel += [(f"x\n{p}", ratio(p, "kernel")) for p in table.present(rows, RIVALS["kernel"])]
    end: list[table.Column] = [*table.NAMES, ("op\nms", ms("op")), ("\n+-%", spread("op"))]
    for ours in list(RIVALS)[1:]:
        if ours != "op":
            heading = ours.replace(" ", "\n", 1) + (" ms" if " " in ours else "\nms")
            end.append((heading, ms(ours)))
        for peer in table.present(rows, RIVALS[ours]):
            short = "stock" if peer.startswith("stock") else peer
            end.append((f"x\n{short}", ratio(peer, ours)))
    end += [("peak\nMiB", table.mebibytes("layer")), ("\nstock", table.mebibytes("stock layer"))]
    return [
        table.Table(kernel, rows, _KERNEL_TITLE, _KERNEL_LEGEND),
        table.Table(end, rows, _END_TITLE, _END_LEGEND),
    ]


_KERNEL_TITLE = "Kernels alone: all read the same array and write into the same memory."
_KERNEL_LEGEND = """\
kernel: ours, NumPy to NumPy; +-: how far the middle half of the turns reaches to either side of the
median. GB/s: bytes that have to be read once and written once, by the time; copy: of the fastest
copy of as many bytes in the same turns; of copy: ours over that; of bound: over reading as much and
writing as much around the caches. x torch and so on: how many times as long that peer takes.
! wrong result, ~ inexact, - can't run it (see Notes)."""
_END_TITLE = "End to end: each call allocates its result."
_END_LEGEND = """\
op: one eager call, beside stock's raw op (with the casts and transposes that it needs) and JAX in a
jax.jit; layer eager, layer, layer jit: the Keras layer called eagerly, in a tf.function, and in one
with jit_compile=True, each beside keras.layers.UpSampling2D called likewise; backward, the gradient
alone. peak: memory that a call of the layer in a tf.function adds, result included. The process
keeps freed memory, and so times no page faults."""

SUITE = Suite(
    _plan,
    _tables,
    judge,
    RIVALS,
    charts.speedup_maps,
    lambda options: {"absent": peers.absent(options.backend)},
)
