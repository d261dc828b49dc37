"""Resizes to a height and width, as `tf.image.resize` does."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from upsample_op import _graph
from upsample_op._arguments import INTERPOLATIONS, layout_of
from upsample_op.ops import upsample2d

if TYPE_CHECKING:
    from upsample_op._types import DataFormat, Size, Tensor

# The function is bound here, because the switch (switch.py) puts another one in its place.
_stock_resize = tf.image.resize

# The dtypes that both stock's kernels and ours take. For others, stock says what is wrong with
# them.
_DTYPES = (tf.int8, tf.uint8, tf.int16, tf.uint16, tf.int32, tf.int64)
_DTYPES += (tf.half, tf.bfloat16, tf.float32, tf.float64)

# The factors for which a graph has branches.
_FACTORS = (2, 4, 8)


@_graph.do_not_convert
def resize(
    images: Tensor,
    size: Tensor,
    method: str = "bilinear",
    data_format: DataFormat = "channels_last",
    antialias: bool = False,
    name: str | None = None,
) -> Tensor:
    """Resizes images as `tf.image.resize` does, by whole factors with this package's kernels.

    The kernels run if method is "nearest" or "bilinear" and height and width of the result are
    whole multiples of the images'. Antialiasing changes nothing then. Stock does all else.

    In graphs where sizes are known at run time only, the kernels run for images of one pixel and
    for the factors 2, 4 and 8, the same for both axes. If XLA compiles such a graph, stock does
    everything.

    Args:
        images: tensor `[N, H, W, C]` or `[H, W, C]`, for channels_first `[N, C, H, W]` or
            `[C, H, W]`.
        size: height and width of the result, integers or a tensor.
        method: a method of `tf.image.resize`.
        data_format: "channels_last" or "channels_first".
        antialias: whether stock filters when it makes images smaller.
        name: the operation's name.

    Returns:
        tensor of the images' rank and layout. It is float32, or for nearest the dtype of images.

    Raises:
        ValueError: data_format is neither, or stock doesn't take an argument.
    """
    is_first = layout_of(data_format) == "NCHW"
    if not isinstance(images, tf.Tensor):
        images = tf.convert_to_tensor(images)

    def stock() -> Tensor:
        return _stock(images, size, method, is_first, antialias, name)

    def upsampled(factors: Size) -> Tensor:
        return _upsampled(images, factors, method, data_format, name)

    # Stock refuses empty images with its own message.
    is_ours = method in INTERPOLATIONS and images.shape.rank in (3, 4)
    if not is_ours or images.dtype not in _DTYPES or 0 in images.shape:
        return stock()
    axes = (-2, -1) if is_first else (-3, -2)
    lengths, target = [images.shape[axis] for axis in axes], _static_size(size)
    if target and None not in lengths:
        factors = [new // old for new, old in zip(target, lengths, strict=True)]
        is_whole = min(factors) > 0 and target == tuple(map(operator.mul, lengths, factors))
        return upsampled(factors) if is_whole else stock()
    if (wanted := _as_tensor(size)) is None or _graph.is_compiled():
        return stock()
    result = _chosen_at_run_time(images, wanted, axes, stock, upsampled)
    # What is known about the branches' shapes is lost by the choice.
    shape = images.shape.as_list()
    for axis, length in zip(axes, target or (None, None), strict=True):
        shape[axis] = length
    result.set_shape(shape)
    return result


def _upsampled(
    images: Tensor, factors: Size, method: Any, data_format: DataFormat, name: str | None
) -> Tensor:
    is_single = images.shape.rank == 3
    batch = images[tf.newaxis] if is_single else images
    if method == "bilinear":
        # Stock interpolates in float32, whatever the dtype.
        batch = tf.cast(batch, tf.float32)
    result = upsample2d(batch, factors, method, data_format, None if is_single else name)
    return tf.squeeze(result, 0, name=name) if is_single else result


def _chosen_at_run_time(
    images: Tensor,
    size: Tensor,
    axes: tuple[int, int],
    stock: Callable[[], Tensor],
    upsampled: Callable[[Size], Tensor],
) -> Tensor:
    """Returns the images resized by the branch of the graph that their sizes ask for."""
    shape = tf.unstack(tf.shape(images))
    old = tf.stack([shape[axis] for axis in axes])

    def broadcast() -> Tensor:
        for axis, length in zip(axes, tf.unstack(size), strict=True):
            shape[axis] = length
        pixels = upsampled((1, 1))  # they have stock's dtype
        # TensorFlow sums the gradient in the dtype itself, where a large sum of 16 bits stops
        # growing.
        sums = tf.float32 if pixels.dtype in (tf.half, tf.bfloat16) else pixels.dtype
        return tf.cast(tf.broadcast_to(tf.cast(pixels, sums), shape), pixels.dtype)

    def of(factor: int) -> Callable[[], Tensor]:
        return lambda: upsampled((factor, factor))

    fits = [tf.reduce_all(size == factor * old) for factor in _FACTORS]
    fits.append(tf.reduce_all(old == 1) & tf.reduce_all(size > 0))
    fits = tf.stack(fits) & (tf.size(images) > 0)
    index = tf.where(tf.reduce_any(fits), tf.argmax(fits, output_type=tf.int32), len(_FACTORS) + 1)
    return tf.switch_case(index, [*map(of, _FACTORS), broadcast, stock])


def _static_size(size: Tensor) -> tuple[int, ...] | None:
    """Returns height and width as integers, or None if they aren't known or are no int32."""
    if (size := _as_tensor(size)) is None:
        return None
    if (target := tf.get_static_value(size)) is not None:
        return tuple(map(int, target))
    # TensorFlow's shape inference knows more, such as what is cut from another tensor's shape.
    target = tuple(tf.fill(size, False).shape)
    return None if None in target else target


def _as_tensor(size: Tensor) -> Tensor | None:
    """Returns a size as a tensor `[2]` of int32, or None if it isn't one."""
    try:
        size = tf.convert_to_tensor(size, tf.int32)
    except (TypeError, ValueError):
        return None
    return size if size.shape == (2,) else None


def _stock(
    images: Tensor, size: Tensor, method: str, is_first: bool, antialias: bool, name: str | None
) -> Tensor:
    if not is_first:
        return _stock_resize(images, size, method, antialias=antialias, name=name)
    rank = images.shape.rank
    if rank not in (3, 4):  # stock's message says what is wrong
        return _stock_resize(images, size, method, antialias=antialias, name=name)
    to_last, to_first = ((0, 2, 3, 1), (0, 3, 1, 2)) if rank == 4 else ((1, 2, 0), (2, 0, 1))
    last = tf.transpose(images, to_last)
    return tf.transpose(_stock_resize(last, size, method, antialias=antialias), to_first, name=name)
