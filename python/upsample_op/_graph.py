"""What a graph that is being traced shows: who it is for, and what its tensors are made of."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import tensorflow as tf
from tensorflow.python.framework import ops
from tensorflow.python.ops import control_flow_util

if TYPE_CHECKING:
    from upsample_op._types import Function, Layout, Tensor, Zeros


def do_not_convert(function: Function) -> Function:
    """Does what TensorFlow's decorator of this name does, with a type."""
    return tf.autograph.experimental.do_not_convert(function)


def is_compiled() -> bool:
    """Returns whether XLA will compile what is traced now."""
    return control_flow_util.GraphOrParentsInXlaContext(ops.get_default_graph())


@dataclasses.dataclass(frozen=True)
class Piece:
    """Some channels of a tensor.

    Attributes:
        tensor: the channels, or the images from which they are upsampled.
        size: the factors of height and width, or None if they are not upsampled.
    """

    tensor: Any
    size: tuple[int, int] | None = None


def pieces(tensor: Tensor, layout: Layout) -> list[Piece]:
    """Returns what a tensor's channels consist of, in their order.

    Args:
        tensor: a tensor of rank 4, symbolic or eager. About an eager one nothing is known.
        layout: "NHWC" or "NCHW".

    Returns:
        list of `Piece`. Those with a size were upsampled by nearest. It is one without a size if
        nothing is known.
    """
    if not tf.is_symbolic_tensor(tensor):
        return [Piece(tensor)]
    op = tensor.op
    if op.type == "ConcatV2" and tf.get_static_value(op.inputs[-1]) in _channel_axes(layout):
        return [_piece(part, layout) for part in op.inputs[:-1]]
    return [_piece(tensor, layout)]


def unpadded(tensor: Tensor, layout: Layout) -> tuple[Tensor, Zeros | None]:
    """Returns a tensor before zeros were put around its images, and the numbers of zeros.

    Args:
        tensor: as for `pieces`.
        layout: as for `pieces`.

    Returns:
        the tensor from before and the `[[before, after], ...]` of its four axes; or the tensor
        itself and None if no such zeros are known.
    """
    if not tf.is_symbolic_tensor(tensor) or tensor.op.type not in ("Pad", "PadV2"):
        return tensor, None
    before, ends, *value = tensor.op.inputs
    ends = tf.get_static_value(ends)
    if ends is None or any(tf.get_static_value(each) != 0 for each in value):
        return tensor, None
    others = [axis for axis, name in enumerate(layout) if name not in "HW"]
    return (tensor, None) if ends[others].any() else (before, ends.tolist())


def _channel_axes(layout: Layout) -> tuple[int, int]:
    axis = layout.index("C")
    return axis, axis - 4


def _piece(tensor: Tensor, layout: Layout) -> Piece:
    op = tensor.op
    if op.type != "UpsampleOp>Upsample2D":
        return Piece(tensor)
    kept = {"interpolation": b"nearest", "data_format": layout.encode()}
    if any(op.get_attr(name) != value for name, value in kept.items()):
        return Piece(tensor)
    return Piece(op.inputs[0], tuple(op.get_attr("size")))
