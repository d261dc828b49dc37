"""The layer under `jit_compile=True`, by each of its lowerings, beside the stock layer.

On the GPU where TensorFlow sees one.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias
from unittest import mock

import numpy as np
import tensorflow as tf

from upsample_op import layers
from upsample_op._arguments import INTERPOLATIONS
from upsample_op._case import Case
from upsample_op.benchmark.measure import interleaved
from upsample_op.benchmark.report import print_machine, print_table

if TYPE_CHECKING:
    from rich.console import Console

    from upsample_op._types import Array, Tensor
    from upsample_op.benchmark._types import Call, Info, Row, Shape

    # A function and what it is called with.
    Program: TypeAlias = tuple[Callable[..., Any], list[Array]]

# [N, H, W, C]; by a factor of 2, results of 2 to 28 MB in float32.
SHAPES = [(2, 32, 32, 64), (4, 64, 64, 64), (7, 64, 64, 64)]
FLOATS = ("float32", "bfloat16", "float16")
_LOWERINGS = {"jit": "", "jit HLO": "hlo", "jit kernels": "custom_call"}


def rows() -> list[tuple[Case, bool, str]]:
    """Returns case, whether backward, and program of each row."""

    def cases(
        shapes: Sequence[Shape],
        dtypes: Sequence[str],
        size: tuple[int, int],
        layouts: Sequence[str] = ("NHWC", "NCHW"),
    ) -> Iterator[Case]:
        for (n, h, w, c), dtype, interpolation, layout in itertools.product(
            shapes, dtypes, INTERPOLATIONS, layouts
        ):
            shape = (n, h, w, c) if layout == "NHWC" else (n, c, h, w)
            yield Case(interpolation, layout, dtype, shape, size)

    programs = {
        "alone": [*cases(SHAPES, FLOATS, (2, 2)), *cases([(4, 32, 32, 64)], FLOATS, (3, 3))],
        "bias, relu": cases(SHAPES[1:], FLOATS, (2, 2)),
        "decoder": cases([(4, 32, 32, 64)], ("float32",), (2, 2), ["NHWC"]),
    }
    return [
        (case, backward, program)
        for program, its_cases in programs.items()
        for case in its_cases
        for backward in (False, True)
    ]


def _alone(layer: Any, case: Case, backward: bool) -> Program:
    if not backward:
        return layer, [case.random()]

    # TensorFlow prunes the forward pass, on which the gradient doesn't depend.
    def gradient(grad_out: Tensor) -> Tensor:
        images = tf.zeros(case.shape, case.dtype)
        with tf.GradientTape() as tape:
            tape.watch(images)
            outputs = layer(images)
        return tape.gradient(outputs, images, grad_out)

    return gradient, [case.random(backward=True)]


def _bias_relu(layer: Any, case: Case, backward: bool) -> Program:
    """What XLA can fuse with the layer: backward, on activations kept from the forward pass."""
    run, (tensor,) = _alone(layer, case, backward)
    if backward:
        kept = case.random(backward=True, seed=1)
        return lambda grad, kept: run(tf.where(kept > 0, grad, 0)), [tensor, kept]
    channels = (1, 1, 1, -1) if case.layout == "NHWC" else (1, -1, 1, 1)
    bias = np.linspace(-1, 1, case.shape[channels.index(-1)]).astype(case.np_dtype)
    return lambda x, b: tf.nn.relu(run(x) + b), [tensor, bias.reshape(channels)]


def _decoder(layer: Any, case: Case, backward: bool) -> Program:
    """A block of a U-Net: upsample, join what was skipped, convolve twice; NHWC."""
    n, h, w, c = case.out_shape
    rng = np.random.default_rng(0)

    def normal(*shape: int) -> Array:
        return rng.standard_normal(shape).astype(case.np_dtype)

    def block(images: Tensor, skipped: Tensor, *filters: Tensor) -> Tensor:
        joined = tf.concat([layer(images), skipped], -1)
        for weights in filters:
            joined = tf.nn.relu(tf.nn.conv2d(joined, weights, 1, "SAME"))
        return joined

    filters = normal(3, 3, c + c // 2, c // 2) / 30, normal(3, 3, c // 2, c // 2) / 20
    tensors = [case.random(), normal(n, h, w, c // 2), *filters]
    if not backward:
        return block, tensors

    def step(*tensors: Tensor) -> list[Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            squares = tf.reduce_mean(block(*tensors) ** 2)
        return tape.gradient(squares, tensors)

    return step, tensors


_PROGRAMS = {"alone": _alone, "bias, relu": _bias_relu, "decoder": _decoder}


def _contenders(case: Case, backward: bool, program: str) -> dict[str, Call]:
    """Returns the calls to compare, all compiled and warm.

    - no jit: ours in a tf.function without XLA.
    - jit, jit HLO, jit kernels: ours as lowering.h chooses, and by either lowering.
    - stock jit: the same program with the stock layer.
    """

    def call(layer_class: Any, jit_compile: bool, lowering: str = "") -> Call:
        layer = layer_class(case.size, case.data_format, case.interpolation, dtype=case.dtype)
        function, arrays = _PROGRAMS[program](layer, case, backward)
        tensors = [tf.constant(array) for array in arrays]
        compiled = tf.function(function, jit_compile=jit_compile)
        # The lowering is chosen when the program is compiled, at the first call.
        with mock.patch.dict(os.environ, {"UPSAMPLE_XLA_LOWERING": lowering}):
            compiled(*tensors)
        return lambda: compiled(*tensors)

    ours, theirs = layers.UpSampling2D, tf.keras.layers.UpSampling2D
    return {
        "no jit": call(ours, False),
        **{name: call(ours, True, lowering) for name, lowering in _LOWERINGS.items()},
        "stock jit": call(theirs, True),
    }


def measure(case: Case, backward: bool, program: str, seconds: float) -> Row:
    """Times one row.

    Returns:
        dict with case, direction, program, seconds (by contender, medians) and stock_is_wrong:
        whether its result is off by a fiftieth of the largest value, or more.
    """
    calls = _contenders(case, backward, program)
    has_gpu = bool(tf.config.list_logical_devices("GPU"))
    sync = tf.test.experimental.sync_devices if has_gpu else None
    return {
        "case": str(case),
        "direction": "backward" if backward else "forward",
        "program": program,
        "seconds": interleaved(calls, seconds, sync=sync),
        "stock_is_wrong": not _agree(calls["stock jit"](), calls["no jit"]()),
    }


def _agree(found: Any, expected: Any) -> bool:
    pairs = zip(tf.nest.flatten(found), tf.nest.flatten(expected), strict=True)
    pairs = [[tf.cast(tensor, "float64").numpy() for tensor in pair] for pair in pairs]
    return all(np.abs(a - b).max() < np.abs(b).max() / 50 for a, b in pairs)


def show(info: Info, measured: Sequence[Row], console: Console) -> None:
    """Prints what was measured on, the table, and the rows where stock is ahead."""
    print_machine(info, console)
    print_table(_HEADINGS, map(_cells, measured), _LEGEND, console)
    slower = [
        f"{row['case']} {row['direction']} {row['program']}: {ratio:.2f}"
        for row in measured
        if (ratio := row["seconds"]["stock jit"] / row["seconds"]["jit"]) < 0.95
    ]
    console.print("Rows where stock is faster by 5 % or more:", ", ".join(slower) or "none")


_HEADINGS = (
    *("", "", "no jit\nms", "jit\nms", "of\nno jit", "HLO\nms", "kernels\nms"),
    *("stock jit\nms", "x\nstock", ""),
)
_LEGEND = """\
Each in a tf.function. no jit: our layer without XLA. jit: under jit_compile=True, by the lowering
that it chooses; of no jit: how many times as long that takes. HLO, kernels: by XLA's own
operations, by a call of our kernels. stock jit: the stock layer under jit_compile=True, wrong
where its result is off by a fiftieth of the largest value; x stock: how many times as long it
takes. Programs: alone; with bias and relu behind it (backward, on kept activations); in a
decoder's block with two convolutions (backward, a whole step). Medians of calls in turn; freed
memory is used again."""


def _cells(row: Row) -> tuple[str, ...]:
    seconds = row["seconds"]
    return (
        row["case"],
        row["direction"],
        row["program"],
        f"{seconds['no jit'] * 1e3:.3f}",
        f"{seconds['jit'] * 1e3:.3f}",
        f"{seconds['jit'] / seconds['no jit']:.2f}",
        f"{seconds['jit HLO'] * 1e3:.3f}",
        f"{seconds['jit kernels'] * 1e3:.3f}",
        f"{seconds['stock jit'] * 1e3:.3f}",
        f"{seconds['stock jit'] / seconds['jit']:.2f}",
        "wrong" if row["stock_is_wrong"] else "",
    )
