"""Resizing to a height and width, as `tf.image.resize` does it."""

import tensorflow as tf

from upsample_op._arguments import INTERPOLATIONS, layout_of
from upsample_op.ops import upsample2d

# Bound here, because the switch (switch.py) puts another function in its place.
stock_resize = tf.image.resize

# What both stock's kernels and ours take; of other dtypes stock says what is wrong with them.
_DTYPES = (tf.int8, tf.uint8, tf.int16, tf.uint16, tf.int32, tf.int64)
_DTYPES += (tf.half, tf.bfloat16, tf.float32, tf.float64)


@tf.autograph.experimental.do_not_convert
def resize(
    images, size, method="bilinear", data_format="channels_last", antialias=False, name=None
):
    """Resizes images as `tf.image.resize` does, by whole factors with this package's kernels.

    The kernels run where method is "nearest" or "bilinear" and height and width of the result are
    whole multiples of the images', all known when the call is made or traced. Antialiasing changes
    nothing there. All else is stock's.

    Args:
        images: tensor `[N, H, W, C]` or `[H, W, C]`, for channels_first `[N, C, H, W]` or
            `[C, H, W]`.
        size: height and width of the result, integers or a tensor.
        method: one of `tf.image.resize`.
        data_format: "channels_last" or "channels_first".
        antialias: whether stock filters when it makes images smaller.
        name: of the operation.

    Returns:
        tensor of the images' rank and layout: float32, for nearest the dtype of images.

    Raises:
        ValueError: data_format is neither, or an argument is none that stock takes.
    """
    is_first = layout_of(data_format) == "NCHW"
    if not isinstance(images, tf.Tensor):
        images = tf.convert_to_tensor(images)
    if (factors := _whole_factors(images, size, method, is_first)) is None:
        return _stock(images, size, method, is_first, antialias, name)
    is_single = images.shape.rank == 3
    batch = images[tf.newaxis] if is_single else images
    if method == "bilinear":
        # Stock interpolates in float32, whatever the dtype.
        batch = tf.cast(batch, tf.float32)
    result = upsample2d(batch, factors, method, data_format, None if is_single else name)
    return tf.squeeze(result, 0, name=name) if is_single else result


def _whole_factors(images, size, method, is_first):
    """Returns the factors of height and width, None where the kernels can't do it."""
    if method not in INTERPOLATIONS or images.shape.rank not in (3, 4):
        return None
    target = _static_size(size)
    height = images.shape[-2 if is_first else -3]
    width = images.shape[-1 if is_first else -2]
    # Stock refuses empty images and results in words of its own.
    if images.dtype not in _DTYPES or target is None or not height or not width:
        return None
    if 0 in images.shape or min(target) < 1 or target[0] % height or target[1] % width:
        return None
    return target[0] // height, target[1] // width


def _static_size(size):
    """Returns height and width as integers; None where they aren't known, or are no int32."""
    try:
        size = tf.convert_to_tensor(size, tf.int32)
    except (TypeError, ValueError):
        return None
    if size.shape != (2,):
        return None
    if (target := tf.get_static_value(size)) is not None:
        return tuple(map(int, target))
    # TensorFlow's inference of shapes knows more: what is cut from the shape of another tensor.
    target = tuple(tf.fill(size, False).shape)
    return None if None in target else target


def _stock(images, size, method, is_first, antialias, name):
    if not is_first:
        return stock_resize(images, size, method, antialias=antialias, name=name)
    rank = images.shape.rank
    if rank not in (3, 4):  # for stock's words
        return stock_resize(images, size, method, antialias=antialias, name=name)
    to_last, to_first = ((0, 2, 3, 1), (0, 3, 1, 2)) if rank == 4 else ((1, 2, 0), (2, 0, 1))
    last = tf.transpose(images, to_last)
    return tf.transpose(stock_resize(last, size, method, antialias=antialias), to_first, name=name)
