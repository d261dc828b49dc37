"""The suite of training steps: stock layers, ours, and ours folded."""

import functools
import itertools
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from upsample_op import convert_model
from upsample_op.benchmark import memory, rows, table, timing, verdict
from upsample_op.benchmark._types import Array, Call, Info, Model, Row, Tensor
from upsample_op.benchmark.step_models import MODELS
from upsample_op.benchmark.suite import Options, Suite
from upsample_op.benchmark.verdict import Finding

CONTENDERS: dict[str, Callable[[Model], Model]] = {
    "stock": lambda model: model,
    "ours": convert_model,
    "folded": functools.partial(convert_model, fold=True),
}
# By what each is to be no slower.
_RIVALS = {"ours": ("stock",), "folded": ("stock", "ours")}
_PAIRS = [(ours, other) for ours, others in _RIVALS.items() for other in others]
DTYPES = ("float32", "mixed_bfloat16")
PROGRAMS = ("function", "jit")
# Steps are long; an interquartile range of fewer turns would say little.
_TURNS = 9
# How many times as long as folded stock should take, in float32 with nearest upsampling alone.
_TARGET = 1.5
# Times what rounding is in stock's step. What isn't the same function is off by far more.
_ALLOWED = 4
_PATTERN = re.compile(
    rf"({'|'.join(MODELS)})-({'|'.join(DTYPES)})-(\d+(?:x\d+)+)-w(\d+)-({'|'.join(PROGRAMS)})"
)


class StepCase(NamedTuple):
    """A training step; `str()` gives its name and `StepCase.parse` reads it back."""

    model: str  # of step_models.MODELS
    dtype: str  # the policy of its layers
    shape: tuple[int, ...]  # of the batch that the model takes
    width: int  # in channels
    program: str  # "function", a tf.function, or "jit", one with jit_compile=True

    @classmethod
    def parse(cls, text: str) -> "StepCase":
        """Reads a name; raises ValueError where it isn't one."""
        match = _PATTERN.fullmatch(text)
        if match is None:
            raise ValueError(f"no step: {text!r}; one is dcgan-float32-32x100-w64-jit")
        model, dtype, shape, width, program = match.groups()
        return cls(model, dtype, tuple(map(int, shape.split("x"))), int(width), program)

    def __str__(self) -> str:
        shape = "x".join(map(str, self.shape))
        return f"{self.model}-{self.dtype}-{shape}-w{self.width}-{self.program}"


def cases() -> list[StepCase]:
    """Returns every model in each dtype, without and with XLA."""
    return [
        StepCase(model, dtype, shape, width, program)
        for model, (_, shape, width, _) in MODELS.items()
        for dtype, program in itertools.product(DTYPES, PROGRAMS)
    ]


class Step:
    """A contender's model, whose weights are the same each time, with a batch for it.

    The loss is the mean square of all outputs: gradients add up, where random targets would have
    them cancel, and rounding be large beside what is left.
    """

    def __init__(self, case: StepCase, contender: str) -> None:
        self._case = case
        self._compiled = functools.partial(tf.function, jit_compile=case.program == "jit")
        before = tf.keras.mixed_precision.global_policy()
        tf.keras.utils.set_random_seed(0)
        tf.keras.mixed_precision.set_global_policy(case.dtype)
        try:
            self.model = CONTENDERS[contender](MODELS[case.model][0](case.shape, case.width))
        finally:
            tf.keras.mixed_precision.set_global_policy(before)
        images = np.random.default_rng(0).standard_normal(case.shape).astype(np.float32)
        self._images = tf.constant(images, "float64" if case.dtype == "float64" else "float32")

    def _compute(self, images: Tensor) -> tuple[Tensor, list[Tensor], list[Tensor]]:
        with tf.GradientTape() as tape:
            outputs = tf.nest.flatten(self.model(images, training=True))
            loss = tf.add_n([tf.reduce_mean(output**2) for output in outputs])
        return loss, outputs, tape.gradient(loss, self.model.trainable_variables)

    def results(self) -> list[list[Array]]:
        """Returns the outputs, and the gradients by weight, in float64.

        Not the loss, a sum of many numbers, which XLA adds up in another order.
        """
        _, *found = self._compiled(self._compute)(self._images)
        return [[np.asarray(tf.cast(value, tf.float64)) for value in kind] for kind in found]

    def call(self) -> Call:
        """Returns a warm step: forward, loss, backward and the optimizer's update."""
        variables = self.model.trainable_variables
        optimizer = MODELS[self._case.model][3](1e-4)
        optimizer.build(variables)

        def step(images: Tensor) -> Tensor:
            loss, _, gradients = self._compute(images)
            optimizer.apply_gradients(zip(gradients, variables, strict=True))
            return loss

        return self._warm(step, self._images)

    def upsampling(self) -> Call:
        """Returns a warm call of the upsampling alone: of each layer of it, both directions."""
        kind = tf.keras.layers.UpSampling2D
        layers = [layer for layer in self.model.layers if isinstance(layer, kind)]

        def random(symbolic: Tensor) -> Tensor:
            shape = (self._case.shape[0], *symbolic.shape[1:])
            return tf.random.normal(shape, dtype=symbolic.dtype)

        def both(tensors: Tensor) -> list[tuple[Tensor, Tensor]]:
            results = []
            for layer, (images, grad_out) in zip(layers, tensors, strict=True):
                with tf.GradientTape() as tape:
                    tape.watch(images)
                    large = layer(images)
                results.append((large, tape.gradient(large, images, grad_out)))
            return results

        return self._warm(both, [(random(layer.input), random(layer.output)) for layer in layers])

    def _warm(self, function: Callable[[Tensor], Any], tensors: Tensor) -> Call:
        call = functools.partial(self._compiled(function), tensors)
        # Once to compile, once with what the first call left behind.
        call()
        call()
        return call


def warm_step(case: str, contender: str) -> Call:
    """Returns a contender's step, for `memory.Peaks`."""
    return Step(StepCase.parse(case), contender).call()


def distances(found: Sequence[Sequence[Array]], exact: Sequence[Sequence[Array]]) -> list[Array]:
    """Returns how far each array of each kind is from the exact one, in parts of its norm."""
    norm, tiny = np.linalg.norm, np.finfo(np.float64).tiny
    return [
        np.array([norm(a - b) / max(norm(b), tiny) for a, b in zip(*kinds, strict=True)])
        for kinds in zip(found, exact, strict=True)
    ]


def right_steps(case: StepCase) -> tuple[dict[str, Step], dict[str, str]]:
    """Returns the contenders whose results are right, and notes on the others.

    Right is what is off from stock's step in float64 by no more than four times rounding, array by
    array: as much as stock's step in the row's dtype without XLA is, or where it is less than for
    half of the outputs, or of the gradients, as much as for that half, for it may be so by chance.
    """
    plain = Step(case._replace(program="function"), "stock")
    in_float64 = Step(case._replace(program="function", dtype="float64"), "stock")
    in_float64.model.set_weights(plain.model.get_weights())
    exact = in_float64.results()
    rounding = [np.maximum(its, np.median(its)) for its in distances(plain.results(), exact)]

    def judge(step: Step) -> str:
        errors = distances(step.results(), exact)
        times = np.max(np.concatenate(errors) / np.concatenate(rounding))
        # So written, because a NaN is in no relation to anything.
        is_right = times <= _ALLOWED
        return "" if is_right else f"wrong, and so not timed: off by {times:.2g} times rounding"

    # XLA has no program for some of stock's models. Ours must work.
    makers = {name: functools.partial(Step, case, name) for name in CONTENDERS}
    steps, notes = rows.checked(makers, judge, ("ours", "folded"))
    return {name: step for name, step in steps.items() if name not in notes}, notes


def measure(case: StepCase, seconds: float) -> Row:
    """Times one step by each contender that is right, and its upsampling; measures its memory."""
    steps, notes = right_steps(case)
    calls = {name: step.call() for name, step in steps.items()}
    for name in {"stock", "ours"} & set(steps):
        calls[f"{name} upsampling"] = steps[name].upsampling()
    times = timing.timed(calls, seconds, least=_TURNS)
    tf.keras.backend.clear_session()
    # oneDNN, which computes the convolutions, is told to do without TensorFlow's pool, which gives
    # nothing back.
    process = functools.partial(memory.Peaks, "step:warm_step", 5)
    peaks = {
        name: process(TF_ONEDNN_USE_SYSTEM_ALLOCATOR="1").of(str(case), name) for name in steps
    }
    return rows.row_of(case, "step", times, notes, peak_bytes=peaks)


def _plan(options: Options) -> list[Callable[[], Row]]:
    tf.get_logger().setLevel("ERROR")  # It warns of many functions from the same lines.
    chosen = [StepCase.parse(text) for text in options.case] or cases()
    chosen = [case for case in chosen if case.dtype in (options.dtype or DTYPES)]
    if not chosen:
        raise ValueError(f"no step of {','.join(options.dtype)}; of {', '.join(DTYPES)}")
    return [functools.partial(measure, case, options.seconds) for case in chosen]


def judge(_: Info, rows: Sequence[Row]) -> list[Finding]:
    """Returns each target, with the rows that miss it; none is missed by noise alone."""
    wanted = [row for row in rows if "bilinear" not in row["case"] and "-float32-" in row["case"]]
    speedups = {row["case"]: verdict.ratio(row, "stock", "folded") for row in wanted}
    short = {case: times for case, times in speedups.items() if times and times < _TARGET}
    heading = (
        f"stock takes {_TARGET} times as long as folded, or longer, in float32 with nearest; it "
        f"does in {len(speedups) - len(short)} of {len(speedups)}"
    )
    missed = {heading: [f"{case}: {times:.2f}" for case, times in short.items()]}
    for ours, other in _PAIRS:
        missed[f"{ours} is slower than {other} by more than noise in no row"] = [
            f"{row['case']}: {1 / times:.2f} times as long"
            for row in rows
            if (times := verdict.slower(row, _RIVALS).get((ours, other)))
        ]
    missed["folded has a lower peak of memory than stock in every row"] = [
        f"{row['case']}: {_MIB['folded'](row)} MiB, stock {_MIB['stock'](row)}"
        for row in rows
        if None not in (peaks := [row["peak_bytes"].get(name) for name in ("folded", "stock")])
        and peaks[0] >= peaks[1]
    ]
    return [Finding(not lines, heading, lines) for heading, lines in missed.items()]


_MIB = {name: table.mebibytes(name, 0) for name in CONTENDERS}


def _tables(_: Info, rows: Sequence[Row]) -> list[table.Table]:
    columns = [table.NAMES[0]]
    for name in CONTENDERS:
        columns += [(f"{name}\nms", table.milliseconds(name)), ("\n+-%", table.spread(name))]
    columns += [(f"{other}\n/ {ours}", table.ratio(other, ours)) for ours, other in _PAIRS]
    for heading, name in (("% up,\nstock", "stock"), ("\nours", "ours")):
        columns.append((heading, table.ratio(f"{name} upsampling", name, 1, 100)))
    columns += zip(("peak MiB\nstock", "\nours", "\nfolded"), _MIB.values(), strict=True)
    return [table.Table(columns, rows, legend=_LEGEND)]


_LEGEND = """\
A step is forward, loss, backward and the optimizer's update, in a tf.function or in one with
jit_compile=True. stock: layers as Keras has them; ours: after convert_model; folded: after
convert_model(fold=True). +-: how far the middle half of the turns reaches to either side of the
median. stock / ours and so on: how many times as long. % up: what the upsampling layers alone take,
both directions, of the step. peak: memory that a step adds while it runs, in a process of its own.
Outputs and gradients are compared with stock's in float64 before anything is timed."""

SUITE = Suite(_plan, _tables, judge, _RIVALS, lacks=("plot", "backend"))
