"""Calls of `tf.image.resize`, by whomever, that `resize` answers."""

import inspect

import numpy as np
import tensorflow as tf

from upsample_op.resizing import resize

PARAMETERS = inspect.signature(tf.image.resize)


@tf.autograph.experimental.do_not_convert
def in_place_of(stock, *args, **kwargs):
    """Does `resize` for a function with the parameters of `tf.image.resize`, or lets it do it.

    Symbolic tensors of Keras 2, ragged ones and the like are for stock's dispatch.
    """
    try:
        given = PARAMETERS.bind(*args, **kwargs).arguments
    except TypeError:  # for stock's words
        return stock(*args, **kwargs)
    is_plain = isinstance(given["images"], (tf.Tensor, tf.Variable, np.ndarray))
    if given.pop("preserve_aspect_ratio", False) or not is_plain:
        return stock(*args, **kwargs)
    return resize(**given)
