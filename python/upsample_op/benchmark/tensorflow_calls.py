"""Our op and stock's, our layer and Keras' own, ready to be called."""

import functools
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from upsample_op import layers, ops
from upsample_op._case import Case
from upsample_op.benchmark._types import Call, Tensor
from upsample_op.benchmark.inputs import Inputs

tf.get_logger().setLevel("ERROR")  # It would warn of the tracing that each case asks for.


def our_op(inputs: Inputs) -> Call:
    """Returns one eager call of our op."""
    case, raw_ops = inputs.case, ops.raw_ops
    op = raw_ops.upsample_op_upsample2d_grad if inputs.backward else raw_ops.upsample_op_upsample2d
    options = {"interpolation": case.interpolation, "data_format": case.layout}
    return functools.partial(op, inputs.tensor, size=case.size, **options)


def stock_op(inputs: Inputs) -> Call:
    """Returns a call of stock's raw operator, with the casts and transposes that the case needs."""
    case, tensor = inputs.case, inputs.tensor
    if case.layout == "NHWC":
        return functools.partial(_stock(case, case.shape, case.out_shape, inputs.backward), tensor)
    to_nhwc, to_nchw = (0, 2, 3, 1), (0, 3, 1, 2)
    low, high = (tuple(shape[axis] for axis in to_nhwc) for shape in (case.shape, case.out_shape))
    run = _stock(case, low, high, inputs.backward)
    return lambda: tf.transpose(run(tf.transpose(tensor, to_nhwc)), to_nchw)


def _stock(case: Case, low: Any, high: Any, backward: bool) -> Callable[[Tensor], Tensor]:
    """The operator on [N, H, W, C] of a low and a high resolution."""
    size = tf.constant((low if backward else high)[1:3])
    half = {"half_pixel_centers": True}
    if case.interpolation == "nearest":
        if backward:
            return lambda x: tf.raw_ops.ResizeNearestNeighborGrad(grads=x, size=size, **half)
        return lambda x: tf.raw_ops.ResizeNearestNeighbor(images=x, size=size, **half)
    if not backward:
        resize = tf.raw_ops.ResizeBilinear
        return lambda x: tf.cast(resize(images=x, size=size, **half), case.dtype)
    original, gradient = tf.zeros(low, case.dtype), tf.raw_ops.ResizeBilinearGrad
    return lambda x: gradient(grads=tf.cast(x, tf.float32), original_image=original, **half)


def layer_calls(name: str) -> dict[str, Callable[[Inputs], Call]]:
    """Returns functions that make the calls of "layer" (ours) or "stock layer".

    They are called eagerly, in a tf.function, and in one with jit_compile=True.
    """
    ways = {f"{name} eager": "eager", name: "function", f"{name} jit": "jit"}
    return {key: functools.partial(layer_call, name, how) for key, how in ways.items()}


def layer_call(name: str, how: str, inputs: Inputs) -> Call:
    """Returns a call of a layer: "eager", "function" or "jit"; backward, of its gradient alone."""
    case, tensor, layer = inputs.case, inputs.tensor, make_layer(name, inputs.case)
    if how != "eager":
        function = function_of(layer, case, inputs.backward)
        return functools.partial(tf.function(function, jit_compile=how == "jit" or None), tensor)
    if not inputs.backward:
        return functools.partial(layer, tensor)
    images = tf.zeros(case.shape, case.dtype)
    with tf.GradientTape(persistent=True) as tape:  # The tape is recorded once.
        tape.watch(images)
        outputs = layer(images)
    return lambda: tape.gradient(outputs, images, tensor)


def warm_layer(case: str, direction: str, name: str) -> Call:
    """Returns a call of a layer in a tf.function that has run once."""
    call = layer_call(name, "function", Inputs(Case.parse(case), direction == "backward"))
    call()
    return call


def make_layer(name: str, case: Case) -> Any:
    """Returns the Keras layer of a case: "layer" (ours) or "stock layer"."""
    kind: Any = tf.keras.layers.UpSampling2D if name == "stock layer" else layers.UpSampling2D
    return kind(case.size, case.data_format, case.interpolation, dtype=case.dtype)


def function_of(layer: Any, case: Case, backward: bool) -> Callable[[Tensor], Tensor]:
    """Returns a layer, or what makes the gradient of its input from that of its result."""

    def gradient(grad_out: Tensor) -> Tensor:
        # TensorFlow prunes the forward pass, on which the gradient doesn't depend.
        images = tf.zeros(case.shape, case.dtype)
        with tf.GradientTape() as tape:
            tape.watch(images)
            outputs = layer(images)
        return tape.gradient(outputs, images, grad_out)

    return gradient if backward else layer
