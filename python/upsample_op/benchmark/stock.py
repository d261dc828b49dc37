"""Stock TensorFlow's operators and layer, ready to be called. Imports nothing compiled of ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import tensorflow as tf

if TYPE_CHECKING:
    from upsample_op._types import Tensor
    from upsample_op.benchmark._types import Call, Shape
    from upsample_op._case import Case

# It would warn of the tracing that each case asks for.
tf.get_logger().setLevel("ERROR")


def stock_calls(case: Case, backward: bool) -> dict[str, Callable[[], Call]]:
    """Returns functions that make stock's calls, by name, on tensors made on the device."""
    shape = case.out_shape if backward else case.shape

    def tensor() -> Tensor:
        numbers = tf.random.uniform(shape, 0, 100)
        return tf.cast(numbers, case.dtype)

    stock = tf.keras.layers.UpSampling2D
    return {
        "stock op": lambda: stock_op(case, backward, tensor()),
        "stock layer": lambda: layer_call(stock, case, backward, tensor()),
        "stock layer, jit": lambda: layer_call(stock, case, backward, tensor(), jit_compile=True),
    }


def stock_op(case: Case, backward: bool, tensor: Tensor) -> Call:
    """Returns a call of the raw operator, with the casts and transposes that the case needs."""
    run = _STOCK_OPS[case.interpolation, backward](case)
    if case.layout == "NHWC":
        return lambda: run(tensor)
    return lambda: tf.transpose(run(tf.transpose(tensor, _TO_NHWC)), _TO_NCHW)


_TO_NHWC, _TO_NCHW = (0, 2, 3, 1), (0, 3, 1, 2)


def _nhwc(case: Case, shape: Shape) -> tuple[int, ...]:
    return shape if case.layout == "NHWC" else tuple(shape[axis] for axis in _TO_NHWC)


def _stock_nearest(case: Case) -> Callable[[Tensor], Tensor]:
    size = tf.constant(_nhwc(case, case.out_shape)[1:3])
    return lambda images: tf.raw_ops.ResizeNearestNeighbor(
        images=images, size=size, half_pixel_centers=True
    )


def _stock_nearest_grad(case: Case) -> Callable[[Tensor], Tensor]:
    size = tf.constant(_nhwc(case, case.shape)[1:3])
    return lambda grads: tf.raw_ops.ResizeNearestNeighborGrad(
        grads=grads, size=size, half_pixel_centers=True
    )


def _stock_bilinear(case: Case) -> Callable[[Tensor], Tensor]:
    size = tf.constant(_nhwc(case, case.out_shape)[1:3])

    def run(images: Tensor) -> Tensor:
        result = tf.raw_ops.ResizeBilinear(images=images, size=size, half_pixel_centers=True)
        return tf.cast(result, case.dtype)

    return run


def _stock_bilinear_grad(case: Case) -> Callable[[Tensor], Tensor]:
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


def layer_call(
    layer_class: Any, case: Case, backward: bool, tensor: Tensor, jit_compile: bool | None = None
) -> Call:
    """Returns a call of a layer in a tf.function; backward, of its gradient alone."""
    layer = layer_class(case.size, case.data_format, case.interpolation, dtype=case.dtype)
    if not backward:
        call = tf.function(layer, jit_compile=jit_compile)
        return lambda: call(tensor)

    # The gradient doesn't depend on the images, so TensorFlow prunes the forward pass.
    @tf.function(jit_compile=jit_compile)
    def gradient(images: Tensor, grad_out: Tensor) -> Tensor:
        with tf.GradientTape() as tape:
            tape.watch(images)
            outputs = layer(images)
        return tape.gradient(outputs, images, grad_out)

    images = tf.zeros(case.shape, case.dtype)
    return lambda: gradient(images, tensor)


def eager_layer_call(layer_class: Any, case: Case, backward: bool, tensor: Tensor) -> Call:
    """Returns an eager call of a layer; backward, of its gradient alone, the tape recorded once."""
    layer = layer_class(case.size, case.data_format, case.interpolation, dtype=case.dtype)
    if not backward:
        return lambda: layer(tensor)
    images = tf.zeros(case.shape, case.dtype)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(images)
        outputs = layer(images)
    return lambda: tape.gradient(outputs, images, tensor)
