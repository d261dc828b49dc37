"""A switch for code that can't be edited: stock layers and resizes run this package's kernels."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import tensorflow as tf

from upsample_op import _patches


def enable() -> None:
    """Lets stock `UpSampling2D` layers and `tf.image.resize` run this package's kernels.

    In the whole process, until `disable()` has been called as often. Layers run them whenever and
    however they were made; subclasses with a `call` of their own don't. Keras 3 and tf_keras are
    covered, whenever they are imported. `tf.image.resize`, and Keras' resizes, which call it, go
    through `upsample_op.resize`; a name that was bound to the function before stays stock's.

    A `tf.function` keeps what it was traced with, before and after. Where `jit_compile=True` isn't
    supported (`build_info()["xla"]`), whatever is traced runs stock's code.
    """
    # TensorFlow imports Keras at its first use.
    _ = tf.keras.layers
    _patches.turn_on()


def disable() -> None:
    """Takes one `enable()` back; with the last one everything is what it was.

    Raises:
        RuntimeError: there is none to take back.
    """
    _patches.turn_off()


@contextlib.contextmanager
def enabled() -> Iterator[None]:
    """Does `enable()`, and `disable()` at the end of the block, errors included."""
    enable()
    try:
        yield
    finally:
        disable()
