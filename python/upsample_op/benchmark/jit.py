"""The suite of programs under `jit_compile=True`: our layer by each lowering, beside stock's.

They run on the GPU where TensorFlow sees one.
"""

import functools
import os
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias
from unittest import mock

import numpy as np
import tensorflow as tf

from upsample_op._arguments import INTERPOLATIONS
from upsample_op._case import Case
from upsample_op.benchmark import cases, rows, table, timing, verdict
from upsample_op.benchmark._types import Array, Call, Info, Row, Tensor
from upsample_op.benchmark.inputs import WRONG
from upsample_op.benchmark.suite import Options, Suite
from upsample_op.benchmark.tensorflow_calls import function_of, make_layer

# A function and what it is called with.
Program: TypeAlias = tuple[Callable[..., Any], list[Array]]

# Ours in a tf.function without XLA, as lowering.h chooses, and by either lowering; stock's.
_CONTENDERS = {
    "no jit": ("layer", False, ""),
    "jit": ("layer", True, ""),
    "jit HLO": ("layer", True, "hlo"),
    "jit kernels": ("layer", True, "custom_call"),
    "stock jit": ("stock layer", True, ""),
}
_RIVALS: verdict.Rivals = {"no jit": (), "jit": ("stock jit",), "jit HLO": (), "jit kernels": ()}


def _alone(layer: Any, case: Case, backward: bool) -> Program:
    return function_of(layer, case, backward), [case.random(backward)]


def _bias_relu(layer: Any, case: Case, backward: bool) -> Program:
    """What XLA can fuse with the layer: backward, on activations kept from the forward pass."""
    run, (tensor,) = _alone(layer, case, backward)
    if backward:
        kept = case.random(backward=True, seed=1)
        return lambda grad, kept: run(tf.where(kept > 0, grad, 0)), [tensor, kept]
    channels = (1, 1, 1, -1) if case.layout == "NHWC" else (1, -1, 1, 1)
    bias = np.linspace(-1, 1, cases.channels(case)).astype(case.np_dtype)
    return lambda x, b: tf.nn.relu(run(x) + b), [tensor, bias.reshape(channels)]


def _decoder(layer: Any, case: Case, backward: bool) -> Program:
    """A block of a U-Net: upsample, join what was skipped, convolve twice; NHWC."""
    n, h, w, c = case.out_shape
    rng = np.random.default_rng(0)
    shapes = (n, h, w, c // 2), (3, 3, c + c // 2, c // 2), (3, 3, c // 2, c // 2)
    skipped, first, second = (rng.standard_normal(its).astype(case.np_dtype) for its in shapes)
    tensors = [case.random(), skipped, first / 30, second / 20]

    def block(images: Tensor, skipped: Tensor, *filters: Tensor) -> Tensor:
        joined = tf.concat([layer(images), skipped], -1)
        for weights in filters:
            joined = tf.nn.relu(tf.nn.conv2d(joined, weights, 1, "SAME"))
        return joined

    def step(*tensors: Tensor) -> list[Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            squares = tf.reduce_mean(block(*tensors) ** 2)
        return tape.gradient(squares, tensors)

    return step if backward else block, tensors


# Each with lines of `cases.cases_of`. By a factor of 2, results are 2 to 28 MB in float32.
_KINDS, _SHAPES = (cases.FLOATS, cases.LAYOUTS, INTERPOLATIONS), [(4, 64, 64, 64), (7, 64, 64, 64)]
_SMALL = [(4, 32, 32, 64)]
_ALONE = (*_KINDS, [(2, 32, 32, 64), *_SHAPES], [(2, 2)]), (*_KINDS, _SMALL, [(3, 3)])
_PROGRAMS: dict[str, tuple[Callable[[Any, Case, bool], Program], Sequence[Any]]] = {
    "alone": (_alone, _ALONE),
    "bias, relu": (_bias_relu, [(*_KINDS, _SHAPES, [(2, 2)])]),
    "decoder": (_decoder, [(["float32"], ["NHWC"], INTERPOLATIONS, _SMALL, [(2, 2)])]),
}


def items() -> list[tuple[Case, bool, str]]:
    """Returns case, whether backward, and program of each row."""
    return [
        (*row, program)
        for program, (_, lines) in _PROGRAMS.items()
        for row in cases.rows(cases.cases_of(lines))
    ]


def _plan(options: Options) -> list[Callable[[], Row]]:
    found = [item for item in items() if item[0].dtype in (options.dtype or cases.FLOATS)]
    if options.case or options.suite in cases.SETS:
        chosen = cases.rows(cases.chosen(options, "quick"))
        found = [(*row, program) for row in chosen for program in ("alone", "bias, relu")]
    if not found:
        raise ValueError(f"no case of {','.join(options.dtype)} in jit")
    return [functools.partial(measure, *item, options.seconds) for item in found]


def measure(case: Case, backward: bool, program: str, seconds: float) -> Row:
    """Times a program of `items`; a result is wrong where it is another than ours without XLA."""

    def call_of(contender: str) -> Call:
        name, jit_compile, lowering = _CONTENDERS[contender]
        function, arrays = _PROGRAMS[program][0](make_layer(name, case), case, backward)
        call = functools.partial(
            tf.function(function, jit_compile=jit_compile), *map(tf.constant, arrays)
        )
        # The lowering is chosen when the program is compiled, at the first call.
        with mock.patch.dict(os.environ, {"UPSAMPLE_XLA_LOWERING": lowering}):
            call()
        return call

    expected = call_of("no jit")()
    calls, notes = rows.checked(
        {name: functools.partial(call_of, name) for name in _CONTENDERS},
        lambda call: _judge(call(), expected),
        tuple(_RIVALS),
    )
    has_gpu = bool(tf.config.list_logical_devices("GPU"))
    sync = tf.test.experimental.sync_devices if has_gpu else lambda: None
    clock = functools.partial(timing.host_clock, sync=sync)
    times = timing.timed(calls, seconds, dict.fromkeys(calls, clock))
    direction = "backward" if backward else "forward"
    return rows.row_of(case, direction, times, notes, program=program)


def _judge(found: Any, expected: Any) -> str:
    """A note where a tensor is off by a fiftieth of its largest value or more."""
    parts = []
    for pair in zip(tf.nest.flatten(found), tf.nest.flatten(expected), strict=True):
        its, right = (tf.cast(tensor, "float64").numpy() for tensor in pair)
        parts.append(np.abs(its - right).max() / np.abs(right).max())
    # So written, because a NaN is in no relation to anything.
    is_right = all(part < WRONG for part in parts)
    return "" if is_right else f"wrong: off by up to {max(parts):.1g} of the largest value"


def _tables(_: Info, rows: Sequence[Row]) -> list[table.Table]:
    ms, ratio = table.milliseconds, table.ratio
    columns = [
        *(*table.NAMES, ("", lambda row: row["program"]), ("no jit\nms", ms("no jit"))),
        *(("jit\nms", ms("jit")), ("of\nno jit", ratio("jit", "no jit"))),
        *(("HLO\nms", ms("jit HLO")), ("kernels\nms", ms("jit kernels"))),
        *(("stock jit\nms", ms("stock jit")), ("x\nstock", ratio("stock jit", "jit"))),
        ("", lambda row: "wrong" if verdict.is_wrong(row, "stock jit") else ""),
    ]
    return [table.Table(columns, rows, legend=_LEGEND)]


_LEGEND = """\
Each in a tf.function. no jit: our layer without XLA. jit: under jit_compile=True, by the lowering
that it chooses; of no jit: how many times as long that takes. HLO, kernels: by XLA's own
operations, by a call of our kernels. stock jit: the stock layer under jit_compile=True, wrong
where its result is off by a fiftieth of the largest value; x stock: how many times as long it
takes. Programs: alone; with bias and relu behind it (backward, on kept activations); in a
decoder's block with two convolutions (backward, a whole step). Medians of calls in turn; freed
memory is used again."""

SUITE = Suite(
    _plan,
    _tables,
    lambda info, rows: [verdict.peers_ahead(rows, _RIVALS)],
    _RIVALS,
    lacks=("plot", "backend"),
)
