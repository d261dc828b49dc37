"""A switch for code that can't be edited: stock layers and resizes run this package's kernels."""

import contextlib
import functools
import threading

import numpy as np
import tensorflow as tf

from upsample_op import _library
from upsample_op._arguments import INTERPOLATIONS
from upsample_op._keras import loaded, stock_of
from upsample_op.ops import upsample2d
from upsample_op.resizing import resize

_lock = threading.Lock()
_count = 0
# (object, attribute, what it was) of all that is replaced now.
_replaced = []


def enable():
    """Lets stock `UpSampling2D` layers and `tf.image.resize` run this package's kernels.

    In the whole process, until `disable()` has been called as often. Layers run them whenever and
    however they were made; subclasses with a `call` of their own don't. Of Keras 3 and tf_keras
    those that are imported are covered. `tf.image.resize`, and Keras' resizes, which call it, go
    through `upsample_op.resize`; a name that was bound to the function before stays stock's.

    A `tf.function` keeps what it was traced with, before and after. Where `jit_compile=True` isn't
    supported (`build_info()["xla"]`), whatever is traced runs stock's code.
    """
    global _count
    # TensorFlow imports Keras at its first use.
    _ = tf.keras.layers
    with _lock:
        if _count == 0:
            _replace_all()
        _count += 1


def disable():
    """Takes one `enable()` back; with the last one everything is what it was.

    Raises:
        RuntimeError: there is none to take back.
    """
    global _count
    with _lock:
        if _count == 0:
            raise RuntimeError("disable() without an enable() before it")
        _count -= 1
        if _count == 0:
            _restore_all()


@contextlib.contextmanager
def enabled():
    """Does `enable()`, and `disable()` at the end of the block, errors included."""
    enable()
    try:
        yield
    finally:
        disable()


def _replace_all():
    try:
        for keras in loaded():
            # The name may stand for this package's layer by now.
            stock = stock_of(keras.layers.UpSampling2D)
            _set(stock, "call", _call_of(stock.call, keras.backend.backend))
        for module in (tf.image, tf.compat.v2.image):
            _set(module, "resize", _resize_of(module.resize))
    except BaseException:
        _restore_all()
        raise


def _set(owner, attribute, value):
    _replaced.append((owner, attribute, vars(owner)[attribute]))
    setattr(owner, attribute, value)


def _restore_all():
    while _replaced:
        setattr(*_replaced.pop())


def _may_run():
    # XLA compiles graphs, and which of them can't be known here.
    return tf.executing_eagerly() or _library.supports_jit()


def _call_of(stock_call, backend):
    @tf.autograph.experimental.do_not_convert
    @functools.wraps(stock_call)
    def call(self, inputs):
        if backend() == "tensorflow" and self.interpolation in INTERPOLATIONS and _may_run():
            return upsample2d(inputs, self.size, self.interpolation, self.data_format)
        return stock_call(self, inputs)

    return call


def _resize_of(stock_resize):
    @tf.autograph.experimental.do_not_convert
    @functools.wraps(stock_resize)
    def wrapper(
        images, size, method="bilinear", preserve_aspect_ratio=False, antialias=False, name=None
    ):
        # Symbolic tensors of Keras 2, ragged ones and the like are for stock's dispatch.
        is_plain = isinstance(images, (tf.Tensor, tf.Variable, np.ndarray))
        if is_plain and not preserve_aspect_ratio and _may_run():
            return resize(images, size, method, antialias=antialias, name=name)
        return stock_resize(images, size, method, preserve_aspect_ratio, antialias, name)

    return wrapper
