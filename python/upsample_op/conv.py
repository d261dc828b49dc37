"""Keras layers of a convolution behind an upsampling, as one."""

import tensorflow as tf

from upsample_op import _graph, _library
from upsample_op._arguments import check_size, layout_of
from upsample_op._keras import backend_of
from upsample_op.folding import upsample_conv2d
from upsample_op.ops import upsample2d

_StockUpSampling2D = tf.keras.layers.UpSampling2D


def why_not(layer) -> str:
    """Returns why a Conv2D, of whichever Keras, can't be folded, or ""."""
    if layer.groups != 1:
        return "its convolution is in groups"
    if {*layer.strides, *layer.dilation_rate} != {1}:
        return "its convolution has strides or is dilated"
    return ""


class Folding:
    """Turns a stock `Conv2D` into one that doesn't wait for the upsampled images before it.

    While a graph is traced, it can be seen what an input was computed from: a nearest upsampling by
    this package, or a concatenation with one. The images from before take its place then. All else,
    eager calls included, is convolved as by the stock layer; so the result is right for any input.

    The sum over the channels of a concatenation is made of a sum for each of its parts: in half and
    bfloat16 it is rounded once for each.
    """

    def convolution_op(self, inputs, kernel):
        """What Keras' layers call for the convolution alone, before bias and activation."""
        pieces = [] if self.why_not() else _graph.pieces(inputs, layout_of(self.data_format))
        if not any(piece.size for piece in pieces):
            return super().convolution_op(inputs, kernel)
        axis = -1 if self.data_format == "channels_last" else 1
        channels = [piece.tensor.shape[axis] for piece in pieces]
        if None in channels:
            return super().convolution_op(inputs, kernel)
        # What isn't upsampled is convolved at once.
        others, kernels, results = [], [], []
        for piece, part in zip(pieces, tf.split(kernel, channels, 2), strict=True):
            if piece.size:
                arguments = (piece.size, self.padding, self.data_format)
                results.append(upsample_conv2d(piece.tensor, part, *arguments))
            else:
                others.append(piece.tensor)
                kernels.append(part)
        if others:
            other = others[0] if len(others) == 1 else tf.concat(others, axis)
            part = kernels[0] if len(kernels) == 1 else tf.concat(kernels, 2)
            results.append(super().convolution_op(other, part))
        return results[0] if len(results) == 1 else tf.add_n(results)

    def why_not(self) -> str:
        """Returns why nothing is folded, or ""."""
        return why_not(self)

    def adopted(self):
        """Sets what the stock layer hasn't set: nothing, unlike layers.py's."""

    def __repr__(self):
        # Its class has the stock one's name, see _stand_ins.py.
        return f"<upsample_op.{super().__repr__().lstrip('<')}"


@tf.keras.utils.register_keras_serializable(package="upsample_op")
class UpSampleConv2D(tf.keras.layers.Conv2D):
    """`UpSampling2D(size)` and `Conv2D(filters, kernel_size)` as one, without the large image.

    Computes what the two compute, up to rounding, as a transposed convolution of the small image:
    with 2.25 times fewer multiplications for a kernel of 3 and a factor of 2. It is a Conv2D in
    all else: kernel and bias have the shapes, names, initializers, regularizers and constraints of
    that layer, so `get_weights` and `set_weights` go from one to the other.

    What can't be folded (strides or dilation_rate other than 1, groups other than 1) and Keras
    backends other than TensorFlow upsample first and convolve then, with the same result.

    channels_first on a machine without a GPU: TensorFlow has no such transposed convolution there,
    so the images are transposed before and after; what isn't folded does what Keras' Conv2D does.

    Args:
        filters: integer, the number of output channels.
        kernel_size: integer or pair of integers.
        size: integer or pair of integers: the factors of height and width.
        **kwargs: those of Conv2D, `padding="valid"` by default among them.

    Input shape: `[N, H, W, C]`, or `[N, C, H, W]` for channels_first.
    Output shape: that of Conv2D for images of `H * size[0]` by `W * size[1]`.

    Raises:
        ValueError: an argument is not as above; Keras' own messages where it has one.
        NotImplementedError: the layer is asked to quantize itself.
    """

    def __init__(self, filters, kernel_size, size=(2, 2), **kwargs):
        super().__init__(filters, kernel_size, **kwargs)
        self.size = check_size(size)
        if min(self.size) < 1:
            raise ValueError(f"`size` must be at least 1, got {size!r}")
        # Keras 3 compiles models with XLA unless a layer says no; see UpSampling2D.
        if self._is_on_tensorflow() and self._runs_upsample2d():
            self.supports_jit = _library.supports_jit()

    def convolution_op(self, inputs, kernel):
        """What Keras' layers call for the convolution alone, before bias and activation."""
        if not self._is_on_tensorflow():
            upsample = _StockUpSampling2D(self.size, self.data_format, dtype=self.compute_dtype)
            return super().convolution_op(upsample(inputs), kernel)
        if not why_not(self):
            return upsample_conv2d(inputs, kernel, self.size, self.padding, self.data_format)
        large = upsample2d(inputs, self.size, "nearest", self.data_format)
        return super().convolution_op(large, kernel)

    def compute_output_shape(self, input_shape):
        """Returns Conv2D's output shape for the upsampled images; None is an unknown length."""
        shape = list(input_shape)
        first = 1 if self.data_format == "channels_last" else 2
        for axis, factor in enumerate(self.size, start=first):
            shape[axis] = None if shape[axis] is None else shape[axis] * factor
        return super().compute_output_shape(tuple(shape))

    def quantize(self, mode=None, **kwargs):
        """Refuses: a Conv2D that can be quantized would leave out the upsampling.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError(f"UpSampleConv2D can't be quantized, got mode {mode!r}")

    def get_config(self):
        """Returns Conv2D's configuration and `size`."""
        return {**super().get_config(), "size": self.size}

    def _runs_upsample2d(self) -> bool:
        has_later = any(t == 1 < s for t, s in zip(self.kernel_size, self.size, strict=True))
        return has_later or bool(why_not(self))

    def _is_on_tensorflow(self) -> bool:
        return backend_of(type(self)) == "tensorflow"
