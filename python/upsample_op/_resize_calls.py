"""Lets `resize` answer calls of `tf.image.resize`."""

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
    """Calls `resize` in place of a function with `tf.image.resize`'s parameters, or that function.

    Stock's dispatch handles symbolic tensors of Keras 2, ragged ones and the like.
    """
    try:
        given = PARAMETERS.bind(*args, **kwargs).arguments
    except TypeError:  # stock's message says what is wrong
        return stock(*args, **kwargs)
    is_plain = isinstance(given["images"], (tf.Tensor, tf.Variable, np.ndarray))
    if given.pop("preserve_aspect_ratio", False) or not is_plain:
        return stock(*args, **kwargs)
    return resize(**given)
