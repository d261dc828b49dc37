"""Finds the convolutions of a model that read upsampled images, from its graphs and sequences."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from upsample_op import _stand_ins
from upsample_op._keras import is_layer, is_stock, name_of
from upsample_op._mixins import is_padded_as_same, why_not_folded
from upsample_op._model_walk import parts_of

if TYPE_CHECKING:
    from upsample_op._types import Layer, Node, Table, Tensor


def pairs_of(parts: Iterable[Layer]) -> list[tuple[Layer, Layer]]:
    """Returns [(upsampling, convolution)] of a model: the pairs that folding.py can make one of.

    The convolution reads the upsampled images, or a concatenation of channels with them, and
    nothing else reads either, because another reader would need the upsampled images anyway. Zeros
    may be put around them as padding="same" does. If there is no graph, the neighbours in a list
    are pairs. They may be called in another order, which the layers find out when they are called.
    The same goes for a user's own layer that holds one convolution and at most a `ZeroPadding2D`.

    Args:
        parts: the model's parts, see _model_walk.py. Layers may be stock's or stand-ins.
    """
    parts = list(parts)
    readers = _readers_of(parts)
    found = []
    for layer in parts:
        if convolution := _convolution_of(layer):
            for upsampling in _upsamplings_before(layer, convolution, readers):
                if upsampling.data_format == convolution.data_format:
                    found.append((upsampling, convolution))
    return found + [pair for pair in _in_sequences(parts) if pair not in found]


def _convolution_of(layer: Layer) -> Layer | None:
    """Returns the convolution to fold that a layer is or consists of, or None."""
    if not _is(layer, _stand_ins.FOLDING):
        if name_of(type(layer)) or not is_layer(layer):
            return None
        inner = list(parts_of(layer).values())[1:]
        zeros = [part for part in inner if is_stock(part, "ZeroPadding2D")]
        convolutions = [part for part in inner if _is(part, _stand_ins.FOLDING)]
        if len(convolutions) != 1 or len(zeros) > 1 or len(inner) != len(convolutions + zeros):
            return None
        layer = convolutions[0]
        if not all(_is_same(part, layer) for part in zeros):
            return None
    return None if why_not_folded(layer) else layer


def _is_same(padding: Layer, convolution: Layer) -> bool:
    is_alike = padding.data_format == convolution.data_format
    return is_alike and is_padded_as_same(convolution, padding.padding)


def _is(layer: Layer, table: Table) -> bool:
    return bool(_stand_ins.base_of(layer, table)) or _stand_ins.is_stand_in(layer, table)


def _is_nearest(layer: Layer) -> bool:
    is_upsampling = _is(layer, {"UpSampling2D": _stand_ins.UPSAMPLING["UpSampling2D"]})
    return is_upsampling and layer.interpolation == "nearest"


def _readers_of(parts: Iterable[Layer]) -> Counter[int]:
    """Returns how many calls read, or models return, each symbolic tensor, by its id."""
    readers: Counter[int] = Counter()
    for part in parts:
        for node in getattr(part, "_inbound_nodes", ()):
            readers.update(map(id, _inputs_of(node)))
        # A Sequential that isn't built has no outputs, and raises an error of its own.
        try:
            outputs = part.outputs if hasattr(part, "_nodes_by_depth") else ()
        except (AttributeError, ValueError):
            outputs = ()
        readers.update(map(id, outputs or ()))
    return readers


def _inputs_of(node: Node) -> list[Tensor]:
    # Keras 2 has another name for the inputs.
    return getattr(node, "keras_inputs", None) or node.input_tensors


def _upsamplings_before(layer: Layer, convolution: Layer, readers: Counter[int]) -> Iterator[Layer]:
    def read_once(tensors: Iterable[Tensor]) -> list[Tensor]:
        return [tensor for tensor in tensors if readers[id(tensor)] < 2]

    for node in layer._inbound_nodes:
        tensors = read_once(_inputs_of(node))
        for step in (_before_zeros, _before_concatenation):
            tensors = read_once(itertools.chain(*(step(t, convolution) for t in tensors)))
        makers = [tensor._keras_history[0] for tensor in tensors]
        yield from (maker for maker in makers if _is_nearest(maker))


def _before_zeros(tensor: Tensor, convolution: Layer) -> list[Tensor]:
    maker, index = tensor._keras_history[:2]
    is_one = is_stock(maker, "ZeroPadding2D") and _is_same(maker, convolution)
    return _inputs_of(maker._inbound_nodes[index]) if is_one else [tensor]


def _before_concatenation(tensor: Tensor, convolution: Layer) -> list[Tensor]:
    maker, index = tensor._keras_history[:2]
    is_one = _concatenates_channels(maker, convolution)
    return _inputs_of(maker._inbound_nodes[index]) if is_one else [tensor]


def _concatenates_channels(maker: Layer, layer: Layer) -> bool:
    """Returns whether it concatenates, as layer or operation, along a convolution's channels."""
    axis = -1 if layer.data_format == "channels_last" else 1
    return is_stock(maker, "Concatenate") and maker.axis in (axis, axis % 4, axis % 4 - 4)


def _in_sequences(parts: Iterable[Layer]) -> Iterator[tuple[Layer, Layer]]:
    """Yields the neighbours in lists of layers, and in `Sequential` models that have no graph."""
    for part in parts:
        for sequence in _sequences_of(part):
            for first, second in itertools.pairwise(sequence):
                if not _is_nearest(first) or getattr(second, "_inbound_nodes", None):
                    continue
                if convolution := _convolution_of(second):
                    yield first, convolution


def _sequences_of(part: Layer) -> list[Sequence[Any]]:
    if any(base.__name__ == "Sequential" and name_of(base) for base in type(part).__mro__):
        return [part.layers]
    # Keras' own lists, whose names begin with "_", show no order of calls.
    attributes = getattr(part, "__dict__", {}).items()
    lists = [value for name, value in attributes if not name.startswith("_")]
    return [value for value in lists if isinstance(value, (list, tuple))]
