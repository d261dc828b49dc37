"""Replaces functions of Keras and TensorFlow while the switch is on."""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from upsample_op import _graph, _library
from upsample_op._keras import loaded, stock_of
from upsample_op._mixins import upsampled, why_not_upsampled
from upsample_op._resize_calls import in_place_of

if TYPE_CHECKING:
    from upsample_op._types import Layer, Tensor

_lock = threading.Lock()
_count = 0
# (object, attribute, its value before, its value now) of all that is replaced now.
_replaced: list[tuple[Any, str, Any, Any]] = []


def turn_on() -> None:
    """Replaces the functions, unless they are replaced already."""
    global _count
    with _lock:
        if _count == 0:
            _replace_all()
        _count += 1


def turn_off() -> None:
    """Undoes one `turn_on()`; the last call puts back what was there.

    Raises:
        RuntimeError: there is none to undo.
    """
    global _count
    with _lock:
        if _count == 0:
            raise RuntimeError("disable() without an enable() before it")
        _count -= 1
        if _count == 0:
            _restore_all()


def cover_imported() -> None:
    """Covers a Keras that was imported since the switch was turned on, if it is on."""
    with _lock:
        if _count:
            _replace_calls()


def _replace_all() -> None:
    try:
        _replace_calls()
        for module in (tf.image, tf.compat.v2.image):
            _set(module, "resize", _resize_of(module.resize))
    except BaseException:
        _restore_all()
        raise


def _replace_calls() -> None:
    for keras in loaded():
        # The name may stand for this package's layer by now.
        stock = stock_of(keras.layers.UpSampling2D)
        if any(owner is stock for owner, *_ in _replaced):
            continue
        _set(stock, "call", _call_of(stock))
        # A graph of Keras 2 holds this for a call of TensorFlow's function.
        if module := sys.modules.get(f"{keras.__name__}.src.layers.core.tf_op_layer"):
            wrapper = _call_wrapper_of(module.TFOpLambda._call_wrapper)
            _set(module.TFOpLambda, "_call_wrapper", wrapper)


def _set(owner: Any, attribute: str, value: object) -> None:
    _replaced.append((owner, attribute, vars(owner)[attribute], value))
    setattr(owner, attribute, value)


def _restore_all() -> None:
    while _replaced:
        owner, attribute, before, ours = _replaced.pop()
        # What somebody else has put over ours stays. Ours does nothing any more.
        if vars(owner).get(attribute) is ours:
            setattr(owner, attribute, before)


def _may_run() -> bool:
    # XLA compiles some graphs, and which ones can't be known here.
    return _count > 0 and (tf.executing_eagerly() or _library.supports_jit())


def _call_of(stock: type[Any]) -> Callable[..., Any]:
    stock_call, resize_images = stock.call, getattr(stock, "_resize_images", None)

    @_graph.do_not_convert
    def either(layer: Layer, inputs: Tensor) -> Tensor:
        # A class derived from stock's may resize in its own way.
        is_stocks = getattr(type(layer), "_resize_images", None) is resize_images
        if is_stocks and _may_run() and not why_not_upsampled(layer):
            return upsampled(layer, inputs)
        return stock_call(layer, inputs)

    # This is a function of its own, because Keras 2 reads from it which arguments a layer takes.
    @functools.wraps(stock_call)
    def call(self: Layer, inputs: Tensor) -> Tensor:
        return either(self, inputs)

    return call


def _resize_of(stock_resize: Callable[..., Any]) -> Callable[..., Any]:
    @_graph.do_not_convert
    @functools.wraps(stock_resize)
    def wrapper(*args: Any, **kwargs: Any) -> Tensor:
        if _may_run():
            return in_place_of(stock_resize, *args, **kwargs)
        return stock_resize(*args, **kwargs)

    return wrapper


def _call_wrapper_of(stock_call_wrapper: Callable[..., Any]) -> Callable[..., Any]:
    @_graph.do_not_convert
    @functools.wraps(stock_call_wrapper)
    def _call_wrapper(self: Layer, *args: Any, **kwargs: Any) -> Tensor:
        stock = functools.partial(stock_call_wrapper, self)
        if self.symbol == "image.resize" and _may_run():
            return in_place_of(stock, *args, **kwargs)
        return stock(*args, **kwargs)

    return _call_wrapper
