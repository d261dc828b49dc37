"""What the benchmark calls: ours, stock TensorFlow's, and a copy of as many bytes."""

import concurrent.futures
import itertools
import os

import numpy as np
import tensorflow as tf

from upsample_op import kernels, layers, ops
from upsample_op.benchmark.stock import layer_call, stock_op

_THREADS = len(os.sched_getaffinity(0))
_pool = concurrent.futures.ThreadPoolExecutor(_THREADS)


def contenders(case, backward) -> dict:
    """Returns the calls to compare for one direction of a case, by name.

    - copy, ...: moves as many bytes as the case has to, half of them read and half written; the
      fastest of NumPy's on one thread, the same on all, and our kernel by a factor of 1.
    - kernel: ours, NumPy to NumPy, into an array that is there already.
    - op, stock op: one eager call; stock with the casts and transposes that the case asks of it.
    - layer, stock layer: the Keras layer in a tf.function; backward, its gradient alone.
    """
    x = case.random(backward)
    out = np.empty(case.shape if backward else case.out_shape, case.np_dtype)
    tensor = tf.constant(x)
    return {
        **_copies(case.useful_bytes // 2),
        "kernel": lambda: case.run_kernel(x, backward, out=out),
        "op": _op(case, backward, tensor),
        "stock op": stock_op(case, backward, tensor),
        "layer": layer_call(layers.UpSampling2D, case, backward, tensor),
        "stock layer": layer_call(tf.keras.layers.UpSampling2D, case, backward, tensor),
    }


def _copies(num_bytes):
    source, target = np.ones((2, num_bytes), np.uint8)
    bounds = np.linspace(0, num_bytes, _THREADS + 1).astype(np.int64)
    parts = [slice(*pair) for pair in itertools.pairwise(bounds)]
    targets, sources = [target[part] for part in parts], [source[part] for part in parts]
    rows = np.gcd(num_bytes, 2**10)
    image, copy = (array.reshape(1, rows, 1, -1) for array in (source, target))
    return {
        "copy": lambda: np.copyto(target, source),
        "copy on all threads": lambda: list(_pool.map(np.copyto, targets, sources)),
        "copy by our kernel": lambda: kernels.upsample2d(image, 1, out=copy),
    }


def _op(case, backward, tensor):
    raw_ops = ops.raw_ops
    op = raw_ops.upsample_op_upsample2d_grad if backward else raw_ops.upsample_op_upsample2d
    return lambda: op(
        tensor, size=case.size, interpolation=case.interpolation, data_format=case.layout
    )
