"""What can be seen of a graph that is being traced: for whom, and what its tensors are made of."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import tensorflow as tf
from tensorflow.python.framework import ops
from tensorflow.python.ops import control_flow_util

if TYPE_CHECKING:
    from upsample_op._types import Function, Layout, Tensor, Zeros


def do_not_convert(function: Function) -> Function:
    """TensorFlow's decorator of this name, with a type."""
    return tf.autograph.experimental.do_not_convert(function)


def is_compiled() -> bool:
    """Whether what is traced now is to be compiled by XLA."""
    return control_flow_util.GraphOrParentsInXlaContext(ops.get_default_graph())


@dataclasses.dataclass(frozen=True)
class Piece:
    """Some channels of a tensor.

    Attributes:
        tensor: holds them, or the images that they are upsampled from.
        size: the factors of height and width, None where they are not upsampled.
    """

    tensor: Any
    size: tuple[int, int] | None = None


def pieces(tensor: Tensor, layout: Layout) -> list[Piece]:
    """Returns what a tensor's channels consist of, in their order.

    Args:
        tensor: of rank 4, symbolic or eager. Of an eager one nothing is known.
        layout: "NHWC" or "NCHW".

    Returns:
        list of `Piece`, of which those with a size were upsampled by nearest; one without where
        nothing is known.
    """
    if not tf.is_symbolic_tensor(tensor):
        return [Piece(tensor)]
    op = tensor.op
    if op.type == "ConcatV2" and tf.get_static_value(op.inputs[-1]) in _channel_axes(layout):
        return [_piece(part, layout) for part in op.inputs[:-1]]
    return [_piece(tensor, layout)]


def unpadded(tensor: Tensor, layout: Layout) -> tuple[Tensor, Zeros | None]:
    """Returns what a tensor was before zeros were put around its images, and how many were.

    Args:
        tensor: as for `pieces`.
        layout: likewise.

    Returns:
        the tensor from before and the `[[before, after], ...]` of its four axes; the tensor itself
        and None where no such zeros are known of.
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
