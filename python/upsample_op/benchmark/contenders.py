"""What the benchmark times: ours, and what the memory allows. Peers are in `peers` and `stock`."""

from __future__ import annotations

import concurrent.futures
import functools
import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from upsample_op.benchmark import environment, hooks
from upsample_op.benchmark.inputs import aligned

if TYPE_CHECKING:
    from upsample_op.benchmark._types import Call
    from upsample_op.benchmark.inputs import Inputs


def copies(num_bytes: int) -> dict[str, Call]:
    """Returns calls that read so many bytes and write as many, by name.

    By NumPy's memcpy on one thread, the same on all, and around the caches on all.
    """
    source, target = (aligned([num_bytes], np.uint8) for _ in range(2))
    source[:] = 1
    threads = environment.num_threads()
    bounds = np.linspace(0, num_bytes, threads + 1).astype(np.int64)
    parts = [slice(*pair) for pair in itertools.pairwise(bounds)]
    targets, sources = [target[part] for part in parts], [source[part] for part in parts]
    pool = _pool(threads)
    return {
        "copy": lambda: np.copyto(target, source),
        "copy on all threads": lambda: list(pool.map(np.copyto, targets, sources)),
        "copy around the caches": hooks.mover(source, target, threads),
    }


def traffic(inputs: Inputs) -> Call:
    """Returns a call that reads as many bytes as a row's kernels and writes as many.

    It writes around the caches and computes nothing to speak of. Memory often reads faster than it
    writes or the other way round, and so a copy, half of each, can be out of reach where most is
    read or most is written.
    """
    return hooks.mover(inputs.x, inputs.out, environment.num_threads())


@functools.cache
def _pool(threads: int) -> concurrent.futures.ThreadPoolExecutor:
    return concurrent.futures.ThreadPoolExecutor(threads)


def our_kernel(inputs: Inputs) -> Call:
    """Returns a call of the kernel, NumPy to NumPy, into an array that is there already."""
    case, x, out, backward = inputs.case, inputs.x, inputs.out, inputs.backward
    return lambda: case.run_kernel(x, backward, out=out)


def our_op(inputs: Inputs) -> Call:
    """Returns one eager call of the op."""
    from upsample_op import ops

    case, tensor, raw_ops = inputs.case, inputs.tensor, ops.raw_ops
    op = raw_ops.upsample_op_upsample2d_grad if inputs.backward else raw_ops.upsample_op_upsample2d
    return lambda: op(
        tensor, size=case.size, interpolation=case.interpolation, data_format=case.layout
    )


def layer(inputs: Inputs, how: str, stock: bool = False) -> Call:
    """Returns a call of a Keras layer; backward, of its gradient alone.

    Args:
        inputs: the row's.
        how: "eager", "function" (in a tf.function) or "jit" (in one with jit_compile=True).
        stock: whether of `keras.layers.UpSampling2D` rather than of ours.
    """
    import tensorflow as tf

    from upsample_op import layers
    from upsample_op.benchmark.stock import eager_layer_call, layer_call

    layer_class = tf.keras.layers.UpSampling2D if stock else layers.UpSampling2D
    arguments = layer_class, inputs.case, inputs.backward, inputs.tensor
    if how == "eager":
        return eager_layer_call(*arguments)
    return layer_call(*arguments, jit_compile=how == "jit")


def ours(inputs: Inputs) -> dict[str, Callable[[], Call]]:
    """Returns functions that make the calls of ours, by name."""
    return {
        "kernel": lambda: our_kernel(inputs),
        "op": lambda: our_op(inputs),
        "layer eager": lambda: layer(inputs, "eager"),
        "layer": lambda: layer(inputs, "function"),
        "layer jit": lambda: layer(inputs, "jit"),
    }
