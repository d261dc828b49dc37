"""The two Kerases, Keras 3 and tf_keras. A process may hold models of both at the same time."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

_NAMES = ("keras", "tf_keras")


def name_of(kind: type) -> str:
    """Returns which Keras a class belongs to by its module: "keras", "tf_keras", or "" for none."""
    name = kind.__module__.split(".")[0]
    return name if name in _NAMES else ""


def is_stock(value: object, class_name: str) -> bool:
    """Returns whether something is of a Keras' own class of that name, rather than a derived one.

    It compares names, because `tf.keras.layers.UpSampling2D` may be another class by now.
    """
    return type(value).__name__ == class_name and bool(name_of(type(value)))


def loaded() -> list[ModuleType]:
    """Returns the modules of the Kerases that are imported."""
    return [sys.modules[name] for name in _NAMES if hasattr(sys.modules.get(name), "layers")]


def is_layer(value: object) -> bool:
    """Returns whether something is a layer (or model) of either Keras."""
    return any(base.__name__ == "Layer" and name_of(base) for base in type(value).__mro__)


def stock_of(kind: type[Any]) -> type[Any]:
    """Returns the Keras class from which a class derives.

    Raises:
        StopIteration: the class derives from none.
    """
    return next(base for base in kind.__mro__ if name_of(base))


def module_of(kind: type[Any]) -> ModuleType:
    """Returns the module of the Keras from which a class derives."""
    return sys.modules[name_of(stock_of(kind))]


def backend_of(kind: type[Any]) -> str:
    """Returns the name of the backend of the Keras from which a class derives."""
    return module_of(kind).backend.backend()
