"""Whole training steps of whole models: stock layers, ours, and ours folded."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from upsample_op import convert_model
from upsample_op.benchmark import step_memory
from upsample_op.benchmark.measure import timed
from upsample_op.benchmark.step_models import MODELS

if TYPE_CHECKING:
    from upsample_op._types import Array, Model, Tensor
    from upsample_op.benchmark._types import Call, Row

CONTENDERS: dict[str, Callable[[Model], Model]] = {
    "stock": lambda model: model,
    "ours": convert_model,
    "folded": functools.partial(convert_model, fold=True),
}
DTYPES = ("float32", "mixed_bfloat16")
# Steps are long; an interquartile range of fewer turns would say little.
_TURNS = 9
# Times what rounding is in stock's step. What isn't the same function is off by far more.
_ALLOWED = 4
_PATTERN = re.compile(
    rf"(?P<model>{'|'.join(MODELS)})-(?P<dtype>{'|'.join(DTYPES)})"
    r"-(?P<shape>\d+(x\d+)+)-w(?P<width>\d+)-(?P<program>function|jit)"
)


@dataclasses.dataclass(frozen=True)
class StepCase:
    """A training step; `str()` gives its name and `StepCase.parse` reads it back.

    >>> StepCase.parse("dcgan-float32-32x100-w64-jit").shape
    (32, 100)

    Attributes:
        model: of `step_models.MODELS`.
        dtype: the policy of its layers, "float32" or "mixed_bfloat16".
        shape: of the batch that the model takes.
        width: in channels, see step_models.py.
        program: "function", a tf.function, or "jit", one with jit_compile=True.
    """

    model: str
    dtype: str
    shape: tuple[int, ...]
    width: int
    program: str

    @classmethod
    def parse(cls, text: str) -> StepCase:
        """Reads a name; raises ValueError where it isn't one."""
        match = _PATTERN.fullmatch(text)
        if match is None:
            raise ValueError(f"no step: {text!r}; one is {suite()[0]}")
        fields: dict[str, Any] = match.groupdict()
        shape = tuple(int(length) for length in fields["shape"].split("x"))
        return cls(**{**fields, "shape": shape, "width": int(fields["width"])})

    def __str__(self) -> str:
        shape = "x".join(map(str, self.shape))
        return f"{self.model}-{self.dtype}-{shape}-w{self.width}-{self.program}"

    def stock_model(self, policy: str) -> Model:
        """Returns the model of stock layers, whose weights are the same each time."""
        before = tf.keras.mixed_precision.global_policy()
        tf.keras.utils.set_random_seed(0)
        tf.keras.mixed_precision.set_global_policy(policy)
        try:
            return MODELS[self.model][0](self.shape, self.width)
        finally:
            tf.keras.mixed_precision.set_global_policy(before)


def suite() -> list[StepCase]:
    """Returns every model in each dtype, without and with XLA."""
    return [
        StepCase(model, dtype, shape, width, program)
        for (model, (_, shape, width, _)), dtype, program in itertools.product(
            MODELS.items(), DTYPES, ("function", "jit")
        )
    ]


class Step:
    """A contender's model with a batch for it.

    The loss is the mean square of all outputs: gradients add up, where random targets would have
    them cancel, and rounding be large beside what is left.

    Args:
        case: the StepCase.
        contender: of `CONTENDERS`.
        policy: of the layers, if it isn't the case's.
        is_jit: whether under jit_compile=True, if it isn't the case's.
    """

    def __init__(
        self, case: StepCase, contender: str, policy: str | None = None, is_jit: bool | None = None
    ) -> None:
        self._case = case
        self._is_jit = case.program == "jit" if is_jit is None else is_jit
        self.model = CONTENDERS[contender](case.stock_model(policy or case.dtype))
        images = np.random.default_rng(0).standard_normal(case.shape).astype(np.float32)
        self._images = tf.constant(images, "float64" if policy == "float64" else "float32")

    def _compute(self, images: Tensor) -> tuple[Tensor, list[Tensor], list[Tensor]]:
        with tf.GradientTape() as tape:
            outputs = tf.nest.flatten(self.model(images, training=True))
            loss = tf.add_n([tf.reduce_mean(output**2) for output in outputs])
        return loss, outputs, tape.gradient(loss, self.model.trainable_variables)

    def results(self) -> list[list[Array]]:
        """Returns the outputs, and the gradients by weight, in float64.

        Of the loss the gradients tell enough: it is a sum of many numbers, which XLA adds up in
        another order, with more rounding.
        """
        _, *found = tf.function(self._compute, jit_compile=self._is_jit)(self._images)
        return [[np.asarray(tf.cast(value, tf.float64)) for value in kind] for kind in found]

    def call(self) -> Call:
        """Returns a step: forward, loss, backward and the optimizer's update."""
        optimizer = MODELS[self._case.model][3](1e-4)
        optimizer.build(self.model.trainable_variables)

        @tf.function(jit_compile=self._is_jit)
        def step(images: Tensor) -> Tensor:
            loss, _, gradients = self._compute(images)
            optimizer.apply_gradients(zip(gradients, self.model.trainable_variables, strict=True))
            return loss

        return lambda: step(self._images)

    def upsampling(self) -> Call:
        """Returns a call of the upsampling alone: of each layer of it, both directions."""
        kind = tf.keras.layers.UpSampling2D
        layers = [layer for layer in self.model.layers if isinstance(layer, kind)]
        rng = np.random.default_rng(1)

        def random(symbolic: Tensor) -> Tensor:
            values = rng.standard_normal(self._case.shape[:1] + tuple(symbolic.shape[1:]))
            return tf.cast(values.astype(np.float32), symbolic.dtype)

        tensors = [(random(layer.input), random(layer.output)) for layer in layers]

        @tf.function(jit_compile=self._is_jit)
        def both(tensors: Tensor) -> list[tuple[Tensor, Tensor]]:
            results = []
            for layer, (images, grad_out) in zip(layers, tensors, strict=True):
                with tf.GradientTape() as tape:
                    tape.watch(images)
                    large = layer(images)
                results.append((large, tape.gradient(large, images, grad_out)))
            return results

        return lambda: both(tensors)


def distances(found: Sequence[Sequence[Array]], exact: Sequence[Sequence[Array]]) -> list[Array]:
    """Returns how far each array of each kind is from the exact one, in parts of its norm."""
    norm, tiny = np.linalg.norm, np.finfo(np.float64).tiny
    return [
        np.array([norm(a - b) / max(norm(b), tiny) for a, b in zip(*kinds, strict=True)])
        for kinds in zip(found, exact, strict=True)
    ]


def checked(case: StepCase) -> tuple[dict[str, Step], dict[str, str]]:
    """Returns the contenders whose results are right, and notes on the others.

    Right is what is off from stock's step in float64 by no more than four times as much as stock's
    step in the row's dtype without XLA is, array by array (outputs, gradients): that is what
    rounding comes to in this model. Where it is less than for half of the outputs, or of
    the gradients, as much as for that half is allowed: it may be so by chance.

    With batch normalization in bfloat16 rounding makes up for a third of a gradient; there, the
    outputs and the row in float32 have to tell.
    """
    exact = Step(case, "stock", "float64", is_jit=False)
    plain = Step(case, "stock", is_jit=False)
    exact.model.set_weights(plain.model.get_weights())
    exact = exact.results()
    rounding = [np.maximum(its, np.median(its)) for its in distances(plain.results(), exact)]
    steps, notes = {}, {}
    for name in CONTENDERS:
        step = Step(case, name)
        try:
            errors = distances(step.results(), exact)
        except tf.errors.OpError as failure:
            # XLA has no program for some of stock's models. Ours must work.
            if name != "stock":
                raise
            notes[name] = f"failed: {type(failure).__name__}: {failure.message[:100]}"
            continue
        times = np.max(np.concatenate(errors) / np.concatenate(rounding))
        # So written, because a NaN is in no relation to anything.
        if times <= _ALLOWED:
            steps[name] = step
        else:
            notes[name] = f"wrong, and so not timed: off by {times:.2g} times what rounding is"
    return steps, notes


def measure(case: StepCase, seconds: float) -> Row:
    """Times one step by each contender that is right, and measures its memory.

    Args:
        case: the StepCase.
        seconds: about how long each contender goes on; nine turns at least.

    Returns:
        dict with case and direction ("step"); by contender seconds (medians), quartiles (pairs, in
        seconds) and turns, those of "stock upsampling" and "ours upsampling" included; peak_bytes,
        see step_memory.py, and notes, by contender.
    """
    steps, notes = checked(case)
    calls = {name: step.call() for name, step in steps.items()}
    for name in {"stock", "ours"} & set(steps):
        calls[f"{name} upsampling"] = steps[name].upsampling()
    for call in calls.values():
        # Once to compile, once with what the first call left behind.
        call()
        call()
    times = timed(calls, seconds, least=_TURNS) if calls else {}
    tf.keras.backend.clear_session()
    return {
        "case": str(case),
        "direction": "step",
        "seconds": {name: its.median for name, its in times.items()},
        "quartiles": {name: [its.low, its.high] for name, its in times.items()},
        "turns": {name: its.turns for name, its in times.items()},
        "peak_bytes": {name: step_memory.peak_bytes(case, name) for name in steps},
        "notes": notes,
    }
