"""Training steps of whole models: what is timed, and whether it computes what stock does."""

import functools
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from upsample_op import convert_model
from upsample_op.benchmark._types import Array, Call, Model, Tensor
from upsample_op.benchmark.rows import checked
from upsample_op.benchmark.step_models import MODELS

CONTENDERS: dict[str, Callable[[Model], Model]] = {
    "stock": lambda model: model,
    "ours": convert_model,
    "folded": functools.partial(convert_model, fold=True),
}
DTYPES = ("float32", "mixed_bfloat16")
# Times what rounding is in stock's step. What isn't the same function is off by far more.
_ALLOWED = 4
_PATTERN = re.compile(
    rf"({'|'.join(MODELS)})-({'|'.join(DTYPES)})-(\d+(?:x\d+)+)-w(\d+)-(function|jit)"
)


class StepCase(NamedTuple):
    """A training step; `str()` gives its name and `StepCase.parse` reads it back.

    >>> StepCase.parse("dcgan-float32-32x100-w64-jit").shape
    (32, 100)
    """

    model: str  # of step_models.MODELS
    dtype: str  # the policy of its layers, of DTYPES
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

    def stock_model(self, policy: str) -> Model:
        """Returns the model of stock layers, whose weights are the same each time."""
        before = tf.keras.mixed_precision.global_policy()
        tf.keras.utils.set_random_seed(0)
        tf.keras.mixed_precision.set_global_policy(policy)
        try:
            return MODELS[self.model][0](self.shape, self.width)
        finally:
            tf.keras.mixed_precision.set_global_policy(before)


class Step:
    """A contender's model with a batch for it.

    The loss is the mean square of all outputs: gradients add up, where random targets would have
    them cancel, and rounding be large beside what is left. The policy of the layers, and whether
    it is under jit_compile=True, are the case's where they aren't given.
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
        variables = self.model.trainable_variables
        optimizer = MODELS[self._case.model][3](1e-4)
        optimizer.build(variables)

        @tf.function(jit_compile=self._is_jit)
        def step(images: Tensor) -> Tensor:
            loss, _, gradients = self._compute(images)
            optimizer.apply_gradients(zip(gradients, variables, strict=True))
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


def right_steps(case: StepCase) -> tuple[dict[str, Step], dict[str, str]]:
    """Returns the contenders whose results are right, and notes on the others.

    Right is what is off from stock's step in float64 by no more than four times as much as stock's
    step in the row's dtype without XLA is, array by array (outputs, gradients): that is what
    rounding comes to in this model. Where it is less than for half of the outputs, or of
    the gradients, as much as for that half is allowed: it may be so by chance.

    With batch normalization in bfloat16 rounding makes up for a third of a gradient; there, the
    outputs and the row in float32 have to tell.
    """
    in_float64 = Step(case, "stock", "float64", is_jit=False)
    plain = Step(case, "stock", is_jit=False)
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
    makers: dict[str, Any] = {name: functools.partial(Step, case, name) for name in CONTENDERS}
    steps, notes = checked(makers, judge, ("ours", "folded"))
    return {name: step for name, step in steps.items() if name not in notes}, notes
