"""The op as a function of tensors, with its gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tensorflow as tf

from upsample_op import _graph, _library, _vectorize
from upsample_op._arguments import check_interpolation, check_size, layout_of, refuse_masks

if TYPE_CHECKING:
    from upsample_op._types import DataFormat, Interpolation, Operation, Size, Tensor

raw_ops = _library.load()


# AutoGraph has nothing to convert here, and it warns about generated code whose source it can't
# find.
@_graph.do_not_convert
def upsample2d(
    inputs: Tensor,
    size: Size = (2, 2),
    interpolation: Interpolation = "nearest",
    data_format: DataFormat = "channels_last",
    name: str | None = None,
) -> Tensor:
    """Upsamples images by whole factors, as `tf.keras.layers.UpSampling2D` does.

    Output `o` of an axis with factor `s` lies at input position `(o + 0.5) / s - 0.5`. Nearest
    copies input `o // s`; bilinear blends the two nearest inputs of each axis, or copies the border
    where there is only one. A blend of equal numbers is that number exactly, and no blend lies
    outside of the range of its inputs, unless the difference of two of them overflows or a factor
    exceeds 2^22. (A blend with an infinity is infinite or NaN, as in TensorFlow's own ops.) The
    result does not depend on the number of threads, and gradients of every order exist, in forward
    and in reverse mode.

        >>> upsample2d([[[[1.0], [5.0]]]], (1, 2), "bilinear")[0, 0, :, 0].numpy()
        array([1., 2., 4., 5.], dtype=float32)

    Args:
        inputs: tensor `[N, H, W, C]`, or `[N, C, H, W]` for channels_first. Nearest takes bool,
            integers, floats and complex numbers. Bilinear takes floats; integers are interpolated
            in float32, then rounded half to even and saturated, as Keras does.
        size: factors of height and width, an integer or a pair of integers, each at least 1.
        interpolation: "nearest" or "bilinear".
        data_format: "channels_last" or "channels_first".
        name: the operation's name.

    Returns:
        tensor `[N, H * size[0], W * size[1], C]` (or its channels_first form), dtype of inputs.
        Half and bfloat16 are interpolated in float32 and rounded once, and float64 in float64.
        Subnormal results of arithmetic in float32 and float64 are 0, as in TensorFlow's own ops.

    Raises:
        ValueError: size, interpolation or data_format is not as above, or inputs is ragged, sparse
            or masked.
        tf.errors.InvalidArgumentError: inputs has another rank or dtype, a factor is below 1, or
            the result would have 2^63 elements or more.
    """
    attributes = {
        "size": check_size(size),
        "interpolation": check_interpolation(interpolation),
        "data_format": layout_of(data_format),
    }
    # Called for a tensor, tf.convert_to_tensor would take 4 us, a quarter of an eager call
    # (2026-11).
    if not isinstance(inputs, tf.Tensor):
        if isinstance(inputs, (tf.RaggedTensor, tf.SparseTensor)):
            raise ValueError(f"`inputs` must be a dense tensor, got a {type(inputs).__name__}")
        refuse_masks(inputs)
        inputs = tf.convert_to_tensor(inputs)
    if interpolation == "bilinear" and inputs.dtype.is_integer:
        wide = raw_ops.upsample_op_upsample2d(tf.cast(inputs, tf.float32), **attributes)
        return _rounded(wide, inputs.dtype, name)
    return raw_ops.upsample_op_upsample2d(inputs, **attributes, name=name)


def _rounded(wide: Tensor, dtype: Any, name: str | None) -> Tensor:
    """Returns float32 rounded half to even and saturated."""
    rounded = tf.round(wide)
    if dtype.size < 8:
        return tf.saturate_cast(rounded, dtype, name=name)
    # TensorFlow saturates at the float32 nearest to the largest integer, which is one more than
    # that integer, and so wraps.
    limit = tf.constant(dtype.max, dtype)
    fits = rounded < float(dtype.max)
    return tf.where(fits, tf.saturate_cast(rounded, dtype), limit, name=name)


def _attributes(op: Operation) -> dict[str, Any]:
    return {key: op.get_attr(key) for key in ("size", "interpolation", "data_format")}


def _check_upstream(op: Operation, upstream: Tensor) -> None:
    """Refuses a gradient whose shape isn't the result's, because the kernels know only its shape.

    Raises:
        ValueError: the two shapes differ, as far as they are known.
    """
    shape = op.outputs[0].shape
    if not upstream.shape.is_compatible_with(shape):
        raise ValueError(f"an upstream gradient of shape {upstream.shape} for a result of {shape}")


# The ops are linear, so each is the other's gradient, whatever the order of the derivative.
@tf.RegisterGradient("UpsampleOp>Upsample2D")
def _upsample2d_gradient(op: Operation, grad_out: Tensor) -> Tensor:
    _check_upstream(op, grad_out)
    return raw_ops.upsample_op_upsample2d_grad(grad_out, **_attributes(op))


@tf.RegisterGradient("UpsampleOp>Upsample2DGrad")
def _upsample2d_grad_gradient(op: Operation, grad_in: Tensor) -> Tensor:
    _check_upstream(op, grad_in)
    return raw_ops.upsample_op_upsample2d(grad_in, **_attributes(op))


_vectorize.register("UpsampleOp>Upsample2D", raw_ops.upsample_op_upsample2d, _attributes)
_vectorize.register("UpsampleOp>Upsample2DGrad", raw_ops.upsample_op_upsample2d_grad, _attributes)
