"""The convolutions of a model that read what is upsampled, as its graphs and sequences say."""

import collections
import itertools

from upsample_op import _stand_ins
from upsample_op._keras import is_stock
from upsample_op._mixins import why_not_folded


def pairs_of(parts):
    """Returns [(upsampling, convolution)] of a model: what folding.py can make one of two.

    The convolution reads the upsampled images, or a concatenation of channels with them, and
    nothing else reads either: another reader would need the upsampled images all the same. Where
    there is no graph, the neighbours in a list are pairs, which may be called in another order:
    the layers see that when they are called.

    Args:
        parts: those of the model, see _model_walk.py. Layers may be stock's or stand-ins.
    """
    parts = list(parts)
    readers = _readers_of(parts)
    found = []
    for layer in parts:
        if not _is(layer, _stand_ins.FOLDING) or why_not_folded(layer):
            continue
        for upsampling in _upsamplings_before(layer, readers):
            if upsampling.data_format == layer.data_format:
                found.append((upsampling, layer))
    return found + [pair for pair in _in_sequences(parts) if pair not in found]


def _is(layer, table):
    return _stand_ins.base_of(layer, table) or _stand_ins.is_stand_in(layer, table)


def _is_nearest(layer):
    is_upsampling = _is(layer, {"UpSampling2D": _stand_ins.UPSAMPLING["UpSampling2D"]})
    return is_upsampling and layer.interpolation == "nearest"


def _readers_of(parts):
    """Returns how many calls read each symbolic tensor, or models return it, by its id."""
    readers = collections.Counter()
    for part in parts:
        for node in getattr(part, "_inbound_nodes", ()):
            readers.update(map(id, _inputs_of(node)))
        # A Sequential that isn't built has none, and says so by an error of its own.
        try:
            outputs = part.outputs if hasattr(part, "_nodes_by_depth") else ()
        except (AttributeError, ValueError):
            outputs = ()
        readers.update(map(id, outputs or ()))
    return readers


def _inputs_of(node):
    # Keras 2 has another name for them.
    return getattr(node, "keras_inputs", None) or node.input_tensors


def _upsamplings_before(layer, readers):
    for node in layer._inbound_nodes:
        for tensor in _inputs_of(node):
            if readers[id(tensor)] > 1:
                continue
            maker, index = tensor._keras_history[:2]
            tensors = [tensor]
            if _concatenates_channels(maker, layer):
                tensors = [t for t in _inputs_of(maker._inbound_nodes[index]) if readers[id(t)] < 2]
            makers = [t._keras_history[0] for t in tensors]
            yield from (maker for maker in makers if _is_nearest(maker))


def _concatenates_channels(maker, layer):
    """Whether it is a concatenation, as a layer or an operation, along a convolution's channels."""
    axis = -1 if layer.data_format == "channels_last" else 1
    return is_stock(maker, "Concatenate") and maker.axis in (axis, axis % 4, axis % 4 - 4)


def _in_sequences(parts):
    """Yields the neighbours in lists of layers, and in `Sequential` models that have no graph."""
    for part in parts:
        for sequence in _sequences_of(part):
            for first, second in itertools.pairwise(sequence):
                if not _is_nearest(first) or not _is(second, _stand_ins.FOLDING):
                    continue
                if not getattr(second, "_inbound_nodes", ()) and not why_not_folded(second):
                    yield first, second


def _sequences_of(part):
    if any(base.__name__ == "Sequential" for base in type(part).__mro__):
        return [part.layers]
    # Keras' own lists, whose names begin so, tell of no order of calls.
    attributes = getattr(part, "__dict__", {}).items()
    lists = [value for name, value in attributes if not name.startswith("_")]
    return [value for value in lists if isinstance(value, (list, tuple))]
