"""What the benchmark calls: ours, stock TensorFlow's, and a copy of as many bytes."""

import concurrent.futures
import itertools
import os

import numpy as np
import tensorflow as tf

from upsample_op import kernels, layers, ops

# It would warn of the tracing that each case asks for.
tf.get_logger().setLevel("ERROR")

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
        "stock op": _stock_op(case, backward, tensor),
        "layer": _layer(layers.UpSampling2D, case, backward, tensor),
        "stock layer": _layer(tf.keras.layers.UpSampling2D, case, backward, tensor),
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


def _stock_op(case, backward, tensor):
    run = _STOCK_OPS[case.interpolation, backward](case)
    if case.layout == "NHWC":
        return lambda: run(tensor)
    return lambda: tf.transpose(run(tf.transpose(tensor, _TO_NHWC)), _TO_NCHW)


_TO_NHWC, _TO_NCHW = (0, 2, 3, 1), (0, 3, 1, 2)


def _nhwc(case, shape):
    return shape if case.layout == "NHWC" else tuple(shape[axis] for axis in _TO_NHWC)


def _stock_nearest(case):
    size = tf.constant(_nhwc(case, case.out_shape)[1:3])
    return lambda images: tf.raw_ops.ResizeNearestNeighbor(
        images=images, size=size, half_pixel_centers=True
    )


def _stock_nearest_grad(case):
    size = tf.constant(_nhwc(case, case.shape)[1:3])
    return lambda grads: tf.raw_ops.ResizeNearestNeighborGrad(
        grads=grads, size=size, half_pixel_centers=True
    )


def _stock_bilinear(case):
    size = tf.constant(_nhwc(case, case.out_shape)[1:3])

    def run(images):
        result = tf.raw_ops.ResizeBilinear(images=images, size=size, half_pixel_centers=True)
        return tf.cast(result, case.dtype)

    return run


def _stock_bilinear_grad(case):
    original = tf.zeros(_nhwc(case, case.shape), case.dtype)
    return lambda grads: tf.raw_ops.ResizeBilinearGrad(
        grads=tf.cast(grads, tf.float32), original_image=original, half_pixel_centers=True
    )


_STOCK_OPS = {
    ("nearest", False): _stock_nearest,
    ("nearest", True): _stock_nearest_grad,
    ("bilinear", False): _stock_bilinear,
    ("bilinear", True): _stock_bilinear_grad,
}


def _layer(layer_class, case, backward, tensor):
    layer = layer_class(case.size, case.data_format, case.interpolation, dtype=case.dtype)
    if not backward:
        call = tf.function(layer)
        return lambda: call(tensor)

    # The gradient doesn't depend on the images, so TensorFlow prunes the forward pass.
    @tf.function
    def gradient(images, grad_out):
        with tf.GradientTape() as tape:
            tape.watch(images)
            outputs = layer(images)
        return tape.gradient(outputs, images, grad_out)

    images = tf.zeros(case.shape, case.dtype)
    return lambda: gradient(images, tensor)
