"""What the zoo's rows are made from: a package with an environment, and its models."""

import dataclasses
from collections.abc import Callable, Mapping

import numpy as np


@dataclasses.dataclass(frozen=True)
class Family:
    """Models of one package, which share a virtual environment.

    Attributes:
        name: the name of the environment's folder.
        packages: requirements to install there, without their dependencies, because the project's
            own TensorFlow, Keras and NumPy are behind them.
        models: {name: function}, where a function returns a model with random weights, and its
            inputs.
        variables: environment variables of the processes, such as TF_USE_LEGACY_KERAS.
    """

    name: str
    packages: tuple[str, ...]
    models: Mapping[str, Callable]
    variables: Mapping[str, str] = dataclasses.field(default_factory=dict)


def images(*shape):
    """Returns float32 numbers from 0 to 1, the same for the same shape."""
    return np.random.default_rng(0).random(shape, np.float32)
