"""A switch for code that can't be edited, which lets stock layers and resizes run our kernels."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import tensorflow as tf

from upsample_op import _patches


def enable() -> None:
    """Lets stock `UpSampling2D` layers and `tf.image.resize` run this package's kernels.

    That holds in the whole process, until `disable()` has been called as often. Layers run the
    kernels whenever and however they were made, but subclasses with a `call` of their own don't.
    Keras 3 and tf_keras are covered, whenever they are imported. `tf.image.resize`, and Keras'
    resizes, which call it, go through `upsample_op.resize`. A name that was bound to the function
    before stays stock's.

    A `tf.function` keeps what it was traced with, whether the switch was on or off. If
    `jit_compile=True` isn't supported (`build_info()["xla"]`), whatever is traced runs stock's
    code.
    """
    # TensorFlow imports Keras at its first use.
    _ = tf.keras.layers
    _patches.turn_on()


def disable() -> None:
    """Undoes one `enable()`; the last call restores everything.

    Raises:
        RuntimeError: there is none to undo.
    """
    _patches.turn_off()


@contextlib.contextmanager
def enabled() -> Iterator[None]:
    """Calls `enable()`, and `disable()` at the end of the block, even after an error."""
    enable()
    try:
        yield
    finally:
        disable()
