"""The suite of training steps: stock layers, ours, and ours folded."""

import functools
import itertools
from collections.abc import Callable, Sequence

import tensorflow as tf

from upsample_op.benchmark import memory, table, verdict
from upsample_op.benchmark._types import Call, Info, Row
from upsample_op.benchmark.rows import row_of
from upsample_op.benchmark.step_models import MODELS
from upsample_op.benchmark.suite import Options, Suite
from upsample_op.benchmark.timing import timed
from upsample_op.benchmark.training import CONTENDERS, DTYPES, Step, StepCase, right_steps
from upsample_op.benchmark.verdict import Finding

# Steps are long; an interquartile range of fewer turns would say little.
_TURNS = 9
# How many times as long as folded stock should take, in float32 with nearest upsampling alone.
_TARGET = 1.5
# By what each is to be no slower.
_RIVALS = {"ours": ("stock",), "folded": ("stock", "ours")}
_PAIRS = [(ours, other) for ours, others in _RIVALS.items() for other in others]


def cases() -> list[StepCase]:
    """Returns every model in each dtype, without and with XLA."""
    return [
        StepCase(model, dtype, shape, width, program)
        for (model, (_, shape, width, _)), dtype, program in itertools.product(
            MODELS.items(), DTYPES, ("function", "jit")
        )
    ]


def _plan(options: Options) -> list[Callable[[], Row]]:
    tf.get_logger().setLevel("ERROR")  # It warns of many functions from the same lines.
    chosen = [StepCase.parse(text) for text in options.case] or cases()
    chosen = [case for case in chosen if case.dtype in (options.dtype or DTYPES)]
    if not chosen:
        raise ValueError(f"no step of {','.join(options.dtype)}; of {', '.join(DTYPES)}")
    return [functools.partial(measure, case, options.seconds) for case in chosen]


def measure(case: StepCase, seconds: float) -> Row:
    """Times one step by each contender that is right, and measures its memory.

    Returns:
        a row as of `rows.row_of`, with "stock upsampling" and "ours upsampling" among the
        contenders, and with peak_bytes by contender.
    """
    steps, notes = right_steps(case)
    calls = {name: step.call() for name, step in steps.items()}
    for name in {"stock", "ours"} & set(steps):
        calls[f"{name} upsampling"] = steps[name].upsampling()
    for call in calls.values():
        # Once to compile, once with what the first call left behind.
        call()
        call()
    times = timed(calls, seconds, least=_TURNS)
    tf.keras.backend.clear_session()
    peaks = {}
    for name in steps:
        # oneDNN, which computes the convolutions, is told to do without TensorFlow's pool, which
        # gives nothing back.
        process = memory.Peaks("step:warm_step", 5, TF_ONEDNN_USE_SYSTEM_ALLOCATOR="1")
        peaks[name] = process.of(str(case), name)
    return row_of(case, "step", times, notes, peak_bytes=peaks)


def warm_step(case: str, contender: str) -> Call:
    """Returns a step that has run twice: once to compile, once with what that left behind."""
    step = Step(StepCase.parse(case), contender).call()
    step()
    step()
    return step


def judge(_: Info, rows: Sequence[Row]) -> list[Finding]:
    """Returns each target, with the rows that miss it; none is missed by noise alone."""
    wanted = [row for row in rows if "bilinear" not in row["case"] and "-float32-" in row["case"]]
    speedups = {row["case"]: verdict.ratio(row, "stock", "folded") for row in wanted}
    short = {case: times for case, times in speedups.items() if times and times < _TARGET}
    heading = (
        f"stock takes {_TARGET} times as long as folded, or longer, in float32 with nearest; it "
        f"does in {len(speedups) - len(short)} of {len(speedups)}"
    )
    found = [Finding(not short, heading, [f"{case}: {its:.2f}" for case, its in short.items()])]
    for ours, other in _PAIRS:
        slower = [
            f"{row['case']}: {verdict.ratio(row, ours, other):.2f} times as long"
            for row in rows
            if {ours, other} <= set(row["seconds"])
            and verdict.between(row, ours, other) == "slower"
        ]
        heading = f"{ours} is slower than {other} by more than noise in no row"
        found.append(Finding(not slower, heading, slower))
    larger = [
        f"{row['case']}: {_MIB['folded'](row)} MiB, stock {_MIB['stock'](row)}"
        for row in rows
        if None not in (peaks := [row["peak_bytes"].get(name) for name in ("folded", "stock")])
        and peaks[0] >= peaks[1]
    ]
    heading = "folded has a lower peak of memory than stock in every row"
    return [*found, Finding(not larger, heading, larger)]


_MIB = {name: table.mebibytes(name, 0) for name in CONTENDERS}


def _percent_up(name: str) -> table.Cell:
    return lambda row: table.number(verdict.ratio(row, f"{name} upsampling", name), 1, 100)


def _tables(_: Info, rows: Sequence[Row]) -> list[table.Table]:
    columns = [table.NAMES[0]]
    for name in CONTENDERS:
        columns += [(f"{name}\nms", table.milliseconds(name)), ("\n+-%", table.spread(name))]
    columns += [(f"{other}\n/ {ours}", table.ratio(other, ours)) for ours, other in _PAIRS]
    columns += [("% up,\nstock", _percent_up("stock")), ("\nours", _percent_up("ours"))]
    headings = ("peak MiB\nstock", "\nours", "\nfolded")
    columns += list(zip(headings, _MIB.values(), strict=True))
    return [table.Table(columns, rows, legend=_LEGEND)]


_LEGEND = """\
A step is forward, loss, backward and the optimizer's update, in a tf.function or in one with
jit_compile=True. stock: layers as Keras has them; ours: after convert_model; folded: after
convert_model(fold=True). +-: how far the middle half of the turns reaches to either side of the
median. stock / ours and so on: how many times as long. % up: what the upsampling layers alone take,
both directions, of the step. peak: memory that a step adds while it runs, in a process of its own.
Outputs and gradients are compared with stock's in float64 before anything is timed."""

SUITE = Suite(_plan, _tables, judge, _RIVALS, lacks=("plot", "backend"))
