"""Finds all layers and operations of a model, wherever it keeps them, each once and by its path."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from upsample_op._keras import is_layer, name_of

if TYPE_CHECKING:
    from upsample_op._types import Layer, Model

# Where Keras keeps layers besides the places where a user or a graph put them: in its own lists,
# and in graphs that run backwards. These are searched last, for layers that nothing else holds.
_BOOKKEEPING = ("_layers", "_operations", "_self_tracked_trackables", "_functional")
_SKIPPED = {"_inbound_nodes", "_outbound_nodes", "_nodes", "_tracker", "optimizer"}


def parts_of(model: Model) -> dict[str, Layer]:
    """Returns {path: part} of a model: itself (path ""), its layers, their layers, and operations.

    A path consists of names of layers in graphs, and of attributes, keys and indices elsewhere, as
    in `encoder/blocks[2]/up`. A part that is reached in several ways has the first of its paths.

    Args:
        model: a model or a layer of either Keras.
    """
    found, seen = {}, set()

    def visit(value: Any, path: str) -> None:
        if isinstance(value, (str, bytes, tf.Tensor, tf.Variable)) or id(value) in seen:
            return
        if _is_part(value):
            seen.add(id(value))
            # An attribute may have the name of a layer of the graph.
            while path in found:
                path += "'"
            found[path] = value
            for name, child in _children_of(value):
                visit(child, f"{path}/{name}" if path else name)
        elif isinstance(value, dict):
            seen.add(id(value))
            for key in list(value):
                visit(value[key], f"{path}[{key!r}]")
        elif isinstance(value, (list, tuple, set, frozenset)):
            seen.add(id(value))
            for index, child in enumerate(value):
                visit(child, f"{path}[{index}]")

    visit(model, "")
    return found


def _is_part(value: object) -> bool:
    """Returns whether it is a layer, a Keras 3 operation, or a module that may hold layers."""
    if isinstance(value, type):
        return False
    return (
        isinstance(value, tf.Module)
        or is_layer(value)
        or any(
            base.__name__ == "Operation" and base.__module__.startswith("keras.")
            for base in type(value).__mro__
        )
    )


def _children_of(part: Layer) -> Iterator[tuple[str, Any]]:
    """Yields (name, value): a graph's layers by name, the attributes, then Keras' own lists."""
    is_graph = hasattr(part, "_nodes_by_depth") or _is_sequential(part)
    # A model that isn't built has no graph, and raises an error of its own.
    for attribute in ("layers", "operations") if is_graph else ():
        for child in _get(part, attribute) or ():
            if name := _get(child, "name"):
                yield name, child
    attributes = {**_get(part, "__dict__")} if hasattr(part, "__dict__") else {}
    # Names that begin with "_" are Keras' and TensorFlow's lists of what also has other names.
    yield from _named(attributes, lambda name: not name.startswith("_"))
    yield from _named(attributes, lambda name: name.startswith("_") and name not in _BOOKKEEPING)
    yield from _named(attributes, lambda name: name in _BOOKKEEPING)


def _named(attributes: dict[str, Any], is_wanted: Callable[[str], bool]) -> list[tuple[str, Any]]:
    return [pair for pair in attributes.items() if is_wanted(pair[0]) and pair[0] not in _SKIPPED]


def _is_sequential(part: Layer) -> bool:
    return any(base.__name__ == "Sequential" and name_of(base) for base in type(part).__mro__)


def _get(value: object, name: str) -> Any:
    try:
        return getattr(value, name, None)
    except Exception:  # a user's property may raise anything
        return None
