"""Our op and stock's, our layer and Keras' own, ready to be called. TensorFlow is loaded lazily."""

import functools
from collections.abc import Callable
from typing import Any

from upsample_op._case import Case
from upsample_op.benchmark._types import Call, Tensor
from upsample_op.benchmark.inputs import Inputs

_TO_NHWC, _TO_NCHW = (0, 2, 3, 1), (0, 3, 1, 2)


def our_op(inputs: Inputs) -> Call:
    """Returns one eager call of our op."""
    from upsample_op import ops

    case, tensor, raw_ops = inputs.case, inputs.tensor, ops.raw_ops
    op = raw_ops.upsample_op_upsample2d_grad if inputs.backward else raw_ops.upsample_op_upsample2d
    return lambda: op(
        tensor, size=case.size, interpolation=case.interpolation, data_format=case.layout
    )


def stock_op(inputs: Inputs) -> Call:
    """Returns a call of stock's raw operator, with the casts and transposes that the case needs."""
    import tensorflow as tf

    case, tensor = inputs.case, inputs.tensor
    run = _stock_nhwc(case, inputs.backward)
    if case.layout == "NHWC":
        return lambda: run(tensor)
    return lambda: tf.transpose(run(tf.transpose(tensor, _TO_NHWC)), _TO_NCHW)


def _stock_nhwc(case: Case, backward: bool) -> Callable[[Tensor], Tensor]:
    import tensorflow as tf

    raw_ops = tf.raw_ops
    low, high = (
        shape if case.layout == "NHWC" else tuple(shape[axis] for axis in _TO_NHWC)
        for shape in (case.shape, case.out_shape)
    )
    size = tf.constant((low if backward else high)[1:3])
    if case.interpolation == "nearest" and backward:
        return lambda grads: raw_ops.ResizeNearestNeighborGrad(
            grads=grads, size=size, half_pixel_centers=True
        )
    if case.interpolation == "nearest":
        return lambda images: raw_ops.ResizeNearestNeighbor(
            images=images, size=size, half_pixel_centers=True
        )
    if not backward:
        return lambda images: tf.cast(
            raw_ops.ResizeBilinear(images=images, size=size, half_pixel_centers=True), case.dtype
        )
    original = tf.zeros(low, case.dtype)
    return lambda grads: raw_ops.ResizeBilinearGrad(
        grads=tf.cast(grads, tf.float32), original_image=original, half_pixel_centers=True
    )


def layers(name: str) -> dict[str, Callable[[Inputs], Call]]:
    """Returns functions that make the calls of a Keras layer: eager, in a tf.function, and by XLA.

    Args:
        name: "layer" (ours) or "stock layer", with which the contenders' names begin.
    """
    ways = {f"{name} eager": "eager", name: "function", f"{name} jit": "jit"}
    return {key: functools.partial(layer_call, name=name, how=how) for key, how in ways.items()}


def layer_call(inputs: Inputs, name: str, how: str) -> Call:
    """Returns a call of a Keras layer; backward, of its gradient alone.

    Args:
        inputs: the row's.
        name: "layer" (ours) or "stock layer".
        how: "eager", "function" (in a tf.function) or "jit" (in one with jit_compile=True).
    """
    import tensorflow as tf

    case, tensor, layer = inputs.case, inputs.tensor, make_layer(name, inputs.case)
    if how != "eager":
        function = function_of(layer, case, inputs.backward)
        compiled = tf.function(function, jit_compile=True if how == "jit" else None)
        return lambda: compiled(tensor)
    if not inputs.backward:
        return lambda: layer(tensor)
    images = tf.zeros(case.shape, case.dtype)
    with tf.GradientTape(persistent=True) as tape:  # The tape is recorded once.
        tape.watch(images)
        outputs = layer(images)
    return lambda: tape.gradient(outputs, images, tensor)


def warm_layer(case: str, direction: str, name: str) -> Call:
    """Returns a call of a layer in a tf.function that has run once."""
    call = layer_call(Inputs(Case.parse(case), direction == "backward"), name, "function")
    call()
    return call


def make_layer(name: str, case: Case) -> Any:
    """Returns the Keras layer of a case: "layer" (ours) or "stock layer"."""
    import tensorflow as tf

    from upsample_op.layers import UpSampling2D

    tf.get_logger().setLevel("ERROR")  # It would warn of the tracing that each case asks for.
    layer_class: Any = tf.keras.layers.UpSampling2D if name == "stock layer" else UpSampling2D
    return layer_class(case.size, case.data_format, case.interpolation, dtype=case.dtype)


def function_of(layer: Any, case: Case, backward: bool) -> Callable[[Tensor], Tensor]:
    """Returns a layer, or what makes the gradient of its input from that of its result."""
    import tensorflow as tf

    if not backward:
        return layer

    # TensorFlow prunes the forward pass, on which the gradient doesn't depend.
    def gradient(grad_out: Tensor) -> Tensor:
        images = tf.zeros(case.shape, case.dtype)
        with tf.GradientTape() as tape:
            tape.watch(images)
            outputs = layer(images)
        return tape.gradient(outputs, images, grad_out)

    return gradient
