"""Drops what was traced of a model before a change of its layers, so that it is traced anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tensorflow.types.experimental import PolymorphicFunction

if TYPE_CHECKING:
    from upsample_op._types import Layer

# Where Keras keeps what it has compiled. It compiles anew what is None.
_COMPILED_BY_KERAS = ("train_function", "test_function", "predict_function", "train_tf_function")


def forget(part: Layer) -> None:
    """Drops the traces that a layer or model keeps, including those of its own tf.functions.

    Args:
        part: a layer or model.
    """
    attributes = vars(part)
    for name in _COMPILED_BY_KERAS:
        if attributes.get(name) is not None:
            setattr(part, name, None)
    for name, value in list(attributes.items()):
        if _is_function(value):
            setattr(part, name, value._clone(None))
        elif isinstance(value, (dict, list)):
            items = value.items() if isinstance(value, dict) else enumerate(value)
            for key, each in list(items):
                if _is_function(each):
                    value[key] = each._clone(None)
    for base in type(part).__mro__:
        for value in vars(base).values():
            # For a method under @tf.function, TensorFlow keeps one function for each object.
            if isinstance(value, PolymorphicFunction) and hasattr(value, "_descriptor_cache"):
                value._descriptor_cache.pop(part, None)


def _is_function(value: object) -> bool:
    return isinstance(value, PolymorphicFunction) and hasattr(value, "_clone")
