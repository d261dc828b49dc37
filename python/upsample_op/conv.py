"""The Keras layer that is an upsampling and a convolution in one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tensorflow as tf

from upsample_op import _library
from upsample_op._arguments import check_size
from upsample_op._keras import backend_of
from upsample_op._mixins import why_not_folded, with_bias_and_activation
from upsample_op.folding import pays, upsample_conv2d
from upsample_op.ops import upsample2d

if TYPE_CHECKING:
    from upsample_op._types import LayerSize, Tensor

_StockUpSampling2D = tf.keras.layers.UpSampling2D


@tf.keras.utils.register_keras_serializable(package="upsample_op")
class UpSampleConv2D(tf.keras.layers.Conv2D):
    """`UpSampling2D(size)` and `Conv2D(filters, kernel_size)` as one, without the large image.

    It computes what the two compute, up to rounding, as a transposed convolution of the small
    image. That takes 2.25 times fewer multiplications for a kernel of 3 and a factor of 2. In all
    else it is a Conv2D: kernel and bias have the shapes, names, initializers, regularizers and
    constraints of that layer, so `get_weights` and `set_weights` go from one to the other.

    What can't be folded (strides or dilation_rate other than 1, groups other than 1), batches of
    fewer pixels than it pays for (128; 2048 in 16 bits; an unknown batch counts as 8 images) and
    Keras backends other than TensorFlow upsample first and then convolve, with the same result.

    On a machine without a GPU, TensorFlow has no such transposed convolution for channels_first, so
    the images are transposed before and after. What isn't folded does what Keras' Conv2D does.

    Args:
        filters: integer, the number of output channels.
        kernel_size: integer or pair of integers.
        size: integer or pair of integers: the factors of height and width.
        **kwargs: Conv2D's arguments. `padding` is "valid" by default, as there.

    Input shape: `[N, H, W, C]`, or `[N, C, H, W]` for channels_first.
    Output shape: Conv2D's for images of `H * size[0]` by `W * size[1]`.

    Raises:
        ValueError: an argument is not as above; Keras' own messages where it has one.
        NotImplementedError: the layer is asked to quantize itself.
    """

    def __init__(
        self, filters: int, kernel_size: LayerSize, size: LayerSize = (2, 2), **kwargs: Any
    ) -> None:
        super().__init__(filters, kernel_size, **kwargs)
        self.size = check_size(size)
        if min(self.size) < 1:
            raise ValueError(f"`size` must be at least 1, got {size!r}")
        # Keras 3 compiles models with XLA unless a layer says no; see _mixins.py.
        if self._is_on_tensorflow():
            self.supports_jit = _library.supports_jit()

    def call(self, inputs: Tensor) -> Tensor:
        """Does what Conv2D does, but adds a folded convolution's bias by `add_bias`."""
        if not self._is_on_tensorflow() or not self._folds(inputs):
            return super().call(inputs)
        return with_bias_and_activation(self, self.convolution_op(inputs, self.kernel))

    def convolution_op(self, inputs: Tensor, kernel: Tensor) -> Tensor:
        """Computes the convolution alone, before bias and activation; Keras' layers call it."""
        if not self._is_on_tensorflow():
            upsample = _StockUpSampling2D(self.size, self.data_format, dtype=self.compute_dtype)
            return super().convolution_op(upsample(inputs), kernel)
        if self._folds(inputs):
            return upsample_conv2d(inputs, kernel, self.size, self.padding, self.data_format)
        large = upsample2d(inputs, self.size, "nearest", self.data_format)
        return super().convolution_op(large, kernel)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns Conv2D's output shape for the upsampled images. None is an unknown length."""
        shape = list(input_shape)
        first = 1 if self.data_format == "channels_last" else 2
        for axis, factor in enumerate(self.size, start=first):
            shape[axis] = None if shape[axis] is None else shape[axis] * factor
        return super().compute_output_shape(tuple(shape))

    def quantize(self, mode: str | None = None, **kwargs: Any) -> None:
        """Refuses to quantize the layer, because Conv2D's way would leave out the upsampling.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError(f"UpSampleConv2D can't be quantized, got mode {mode!r}")

    def get_config(self) -> dict[str, Any]:
        """Returns Conv2D's configuration and `size`."""
        return {**super().get_config(), "size": self.size}

    def _folds(self, inputs: Tensor) -> bool:
        return not why_not_folded(self) and pays(tf.convert_to_tensor(inputs), self.data_format)

    def _is_on_tensorflow(self) -> bool:
        return backend_of(type(self)) == "tensorflow"
