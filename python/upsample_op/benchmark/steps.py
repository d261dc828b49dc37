"""Whole training steps of whole models: stock layers, ours, and ours folded."""

import dataclasses
import functools
import itertools
import re

import numpy as np
import tensorflow as tf

from upsample_op import convert_model
from upsample_op.benchmark import step_memory
from upsample_op.benchmark.measure import timed
from upsample_op.benchmark.step_models import MODELS

CONTENDERS = {
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
    def parse(cls, text: str) -> "StepCase":
        """Reads a name; raises ValueError where it isn't one."""
        match = _PATTERN.fullmatch(text)
        if match is None:
            raise ValueError(f"no step: {text!r}; one is {suite()[0]}")
        fields = match.groupdict()
        shape = tuple(int(length) for length in fields["shape"].split("x"))
        return cls(**{**fields, "shape": shape, "width": int(fields["width"])})

    def __str__(self):
        shape = "x".join(map(str, self.shape))
        return f"{self.model}-{self.dtype}-{shape}-w{self.width}-{self.program}"

    def stock_model(self, policy):
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

    Args:
        case: the StepCase.
        contender: of `CONTENDERS`.
        policy: of the layers, if it isn't the case's.
        is_jit: whether under jit_compile=True, if it isn't the case's.
    """

    def __init__(self, case, contender, policy=None, is_jit=None):
        self._case = case
        self._is_jit = case.program == "jit" if is_jit is None else is_jit
        self.model = CONTENDERS[contender](case.stock_model(policy or case.dtype))
        rng = np.random.default_rng(0)
        shapes = [case.shape, *(case.shape[:1] + tuple(y.shape[1:]) for y in self.model.outputs)]
        dtype = "float64" if policy == "float64" else "float32"
        arrays = [rng.standard_normal(shape).astype(np.float32) for shape in shapes]
        self._batch = [tf.constant(array, dtype) for array in arrays]

    def _gradients(self, images, *targets):
        with tf.GradientTape() as tape:
            outputs = tf.nest.flatten(self.model(images, training=True))
            errors = [tf.cast(y, t.dtype) - t for y, t in zip(outputs, targets, strict=True)]
            loss = tf.add_n([tf.reduce_mean(error**2) for error in errors])
        return loss, tape.gradient(loss, self.model.trainable_variables)

    def loss_and_gradients(self) -> list[np.ndarray]:
        """Returns the loss of the batch, and the gradients by weight, in float64."""
        found = tf.function(self._gradients, jit_compile=self._is_jit)(*self._batch)
        return [np.asarray(tf.cast(value, tf.float64)) for value in tf.nest.flatten(found)]

    def call(self):
        """Returns a step: forward, loss, backward and the optimizer's update."""
        optimizer = MODELS[self._case.model][3](1e-4)
        optimizer.build(self.model.trainable_variables)

        @tf.function(jit_compile=self._is_jit)
        def step(*batch):
            loss, gradients = self._gradients(*batch)
            optimizer.apply_gradients(zip(gradients, self.model.trainable_variables, strict=True))
            return loss

        return lambda: step(*self._batch)

    def upsampling(self):
        """Returns a call of the upsampling alone: of each layer of it, both directions."""
        kind = tf.keras.layers.UpSampling2D
        layers = [layer for layer in self.model.layers if isinstance(layer, kind)]
        rng = np.random.default_rng(1)

        def random(symbolic):
            values = rng.standard_normal(self._case.shape[:1] + tuple(symbolic.shape[1:]))
            return tf.cast(values.astype(np.float32), symbolic.dtype)

        tensors = [(random(layer.input), random(layer.output)) for layer in layers]

        @tf.function(jit_compile=self._is_jit)
        def both(tensors):
            results = []
            for layer, (images, grad_out) in zip(layers, tensors, strict=True):
                with tf.GradientTape() as tape:
                    tape.watch(images)
                    large = layer(images)
                results.append((large, tape.gradient(large, images, grad_out)))
            return results

        return lambda: both(tensors)


def distances(found, exact) -> np.ndarray:
    """Returns how far each array is from the exact one, in parts of that one's norm."""
    norm, tiny = np.linalg.norm, np.finfo(np.float64).tiny
    return np.array([norm(a - b) / max(norm(b), tiny) for a, b in zip(found, exact, strict=True)])


def checked(case) -> tuple[dict[str, Step], dict[str, str]]:
    """Returns the contenders whose loss and gradients are right, and notes on the others.

    Right is what is off from stock's step in float64 by no more than four times as much as stock's
    step in the row's dtype without XLA is, weight by weight: that is what rounding comes to in this
    model. A weight where that is less than in half of the weights is given as much as those, since
    it may be so by chance.
    """
    exact = Step(case, "stock", "float64", is_jit=False)
    plain = Step(case, "stock", is_jit=False)
    exact.model.set_weights(plain.model.get_weights())
    exact = exact.loss_and_gradients()
    rounding = distances(plain.loss_and_gradients(), exact)
    rounding = np.maximum(rounding, np.median(rounding))
    steps, notes = {}, {}
    for name in CONTENDERS:
        step = Step(case, name)
        try:
            times = np.max(distances(step.loss_and_gradients(), exact) / rounding)
        except tf.errors.OpError as failure:
            # XLA has no program for some of stock's models. Ours must work.
            if name != "stock":
                raise
            notes[name] = f"failed: {type(failure).__name__}: {failure.message[:100]}"
            continue
        # So written, because a NaN is in no relation to anything.
        if times <= _ALLOWED:
            steps[name] = step
        else:
            notes[name] = f"wrong, and so not timed: off by {times:.2g} times what rounding is"
    return steps, notes


def measure(case, seconds) -> dict:
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
    times = timed(calls, seconds, least=_TURNS)
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
