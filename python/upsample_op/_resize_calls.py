"""Calls of `tf.image.resize`, by whomever, that `resize` answers."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from upsample_op import _graph
from upsample_op.resizing import resize

if TYPE_CHECKING:
    from upsample_op._types import Tensor

PARAMETERS = inspect.signature(tf.image.resize)


@_graph.do_not_convert
def in_place_of(stock: Callable[..., Any], *args: Any, **kwargs: Any) -> Tensor:
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
