"""Base classes that turn a stock layer of either Keras into one that runs this package's kernels.

Each stands before the stock class: in layers.py, and in _stand_ins.py for the layers of converted
models.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from upsample_op import _graph, _library
from upsample_op._arguments import INTERPOLATIONS, check_size, layout_of
from upsample_op._keras import backend_of, name_of, stock_of
from upsample_op._resize_calls import PARAMETERS, in_place_of
from upsample_op.folding import add_bias, pays, upsample_conv2d
from upsample_op.ops import upsample2d
from upsample_op.resizing import resize

if TYPE_CHECKING:
    from upsample_op._types import DataFormat, Layer, LayerSize, Tensor, Zeros

    _Stock = Layer  # it is Any, so that the classes here have all that a layer has
else:
    _Stock = object


class _RunsOps(_Stock):
    def upsamples(self) -> bool:
        """Returns whether a layer of the stock class is one to replace."""
        return True

    def adopted(self) -> None:
        """Sets attributes that the stock layer hasn't set."""
        # On a GPU machine Keras 3 compiles every model with XLA unless a layer says no. If the ops
        # have no XLA kernels, the model would fail, so it runs without XLA.
        if not self.why_not():
            self.supports_jit = _library.supports_jit()


class Upsampling(_RunsOps):
    """Turns Keras' `UpSampling2D` into this package's."""

    size: tuple[int, int]
    data_format: DataFormat
    interpolation: str

    def __init__(
        self,
        size: LayerSize = (2, 2),
        data_format: DataFormat | None = None,
        interpolation: str = "nearest",
        **kwargs: Any,
    ) -> None:
        # Keras would make the name from the class's, which names this package, so stock's is asked
        # for.
        if kwargs.get("name") is None:
            kwargs["name"] = stock_of(type(self))().name
        # For these types Keras has its own errors. Of the others it would take sets, but no
        # integers.
        if not isinstance(size, (int, float, str, list, tuple, type(None))):
            size = check_size(size)
        super().__init__(size, data_format, interpolation, **kwargs)
        check_size(self.size)
        self.adopted()

    def call(self, inputs: Tensor) -> Tensor:
        return super().call(inputs) if self.why_not() else upsampled(self, inputs)

    def compute_output_spec(self, inputs: Tensor) -> Tensor:
        """Returns Keras 3's spec, for which stock takes the compute dtype even without a cast."""
        spec = super().compute_output_spec(inputs)
        is_cast = self.autocast and tf.as_dtype(inputs.dtype).is_floating
        if is_cast or self.why_not():
            return spec
        return type(spec)(spec.shape, dtype=inputs.dtype)

    def why_not(self) -> str:
        """Returns why the stock implementation runs, or "" if this package's kernels do."""
        return why_not_upsampled(self)


def upsampled(layer: Layer, inputs: Tensor) -> Tensor:
    """Returns what an `UpSampling2D`, of either Keras, makes of images, by the kernels."""
    # Keras 2 calls tf.image.resize, which interpolates in float32 and returns float32.
    if layer.interpolation == "bilinear" and name_of(stock_of(type(layer))) == "tf_keras":
        inputs = tf.cast(inputs, tf.float32)
    return upsample2d(inputs, layer.size, layer.interpolation, layer.data_format)


def why_not_upsampled(layer: Layer) -> str:
    """Returns why the kernels can't do what an `UpSampling2D`, of either Keras, does, or ""."""
    if layer.interpolation not in INTERPOLATIONS:
        return f"{layer.interpolation} has no kernel"
    if backend_of(type(layer)) != "tensorflow":
        return "Keras runs on another backend than TensorFlow"
    try:
        check_size(layer.size)
    except ValueError:  # stock takes 2.0 and True
        return f"its size is {layer.size!r}, and no pair of integers"
    return ""


class Resizing(_RunsOps):
    """Turns Keras' `Resizing` layer, or the operation of `ops.image.resize`, into `resize`."""

    def call(self, images: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        """Resizes images of floats. Keras does all else that it takes."""
        if not isinstance(images, tf.Tensor) or not images.dtype.is_floating or self.why_not():
            return super().call(images, *args, **kwargs)
        size = self.size if hasattr(self, "size") else (self.height, self.width)
        result = resize(images, size, self.interpolation, self._data_format(), self._antialias())
        return tf.cast(result, images.dtype)

    def why_not(self) -> str:
        """Returns why the stock implementation runs, "" where `resize` does."""
        if self.interpolation not in INTERPOLATIONS:
            return f"{self.interpolation} has no kernel"
        if any(getattr(self, f"{how}_to_aspect_ratio", False) for how in ("crop", "pad")):
            return "it crops or pads"
        if backend_of(type(self)) != "tensorflow":
            return "Keras runs on another backend than TensorFlow"
        return ""

    # Keras 2's layer has neither attribute.
    def _data_format(self) -> DataFormat:
        return getattr(self, "data_format", "channels_last")

    def _antialias(self) -> bool:
        return getattr(self, "antialias", False)


class ResizingCall(_RunsOps):
    """Turns a call of `tf.image.resize` in a graph of tf_keras into one of `resize`.

    There, calls of TensorFlow's functions are layers, all of the class `TFOpLambda`.
    """

    def upsamples(self) -> bool:
        """Returns whether the function is `tf.image.resize`, by the name in saved models."""
        return self.symbol == "image.resize"

    def why_not(self) -> str:
        """Returns why the stock implementation runs, "" where `resize` does."""
        for node in self._inbound_nodes:
            given = PARAMETERS.bind(*node.call_args, **node.call_kwargs)
            given.apply_defaults()
            if given.arguments["method"] not in INTERPOLATIONS:
                return f"{given.arguments['method']} has no kernel"
            if given.arguments["preserve_aspect_ratio"]:
                return "it preserves the aspect ratio"
        return ""

    def _call_wrapper(self, *args: Any, **kwargs: Any) -> Tensor:
        """Replaces what the layer's `call` calls with the arguments of the function."""
        return in_place_of(super()._call_wrapper, *args, **kwargs)


class Folding(_Stock):
    """Turns a stock `Conv2D` into one that doesn't wait for the upsampled images before it.

    While a graph is traced, it shows what an input was computed from, such as a nearest upsampling
    by this package, or a concatenation with one. The images from before it then take its place. All
    else, eager calls included, is convolved as the stock layer does, so the result is right for any
    input.

    The sum over the channels of a concatenation consists of a sum for each of its parts. In half
    and bfloat16 it is rounded once for each.
    """

    def call(self, inputs: Tensor) -> Tensor:
        """Does what the stock layer does, but adds a folded convolution's bias by `add_bias`."""
        if not self.use_bias or not self._pieces(inputs):
            return super().call(inputs)
        return with_bias_and_activation(self, self.convolution_op(inputs, self.kernel))

    def convolution_op(self, inputs: Tensor, kernel: Tensor) -> Tensor:
        """Computes the convolution alone, before bias and activation; Keras' layers call it."""
        if not (found := self._pieces(inputs)):
            return super().convolution_op(inputs, kernel)
        pieces, ends, padding = found
        axis = layout_of(self.data_format).index("C")
        channels = [piece.tensor.shape[axis] for piece in pieces]
        # All pieces that aren't upsampled are convolved together.
        others, kernels, results = [], [], []
        for piece, part in zip(pieces, tf.split(kernel, channels, 2), strict=True):
            if piece.size:
                arguments = (piece.size, padding, self.data_format)
                results.append(upsample_conv2d(piece.tensor, part, *arguments))
            else:
                others.append(piece.tensor)
                kernels.append(part)
        if others:
            other = others[0] if len(others) == 1 else tf.concat(others, axis)
            other = tf.pad(other, ends) if ends else other
            part = kernels[0] if len(kernels) == 1 else tf.concat(kernels, 2)
            results.append(super().convolution_op(other, part))
        return results[0] if len(results) == 1 else tf.add_n(results)

    def _pieces(self, inputs: Tensor) -> tuple[list[_graph.Piece], Zeros | None, str] | None:
        """Returns what to convolve: pieces, the zeros around them, and the padding; or None."""
        layout = layout_of(self.data_format)
        images, ends = _graph.unpadded(inputs, layout)
        padding = "same"
        if not ends or not is_padded_as_same(self, [ends[layout.index(axis)] for axis in "HW"]):
            images, ends, padding = inputs, None, self.padding
        pieces = [] if self.why_not() else _graph.pieces(images, layout)
        small = [piece.tensor for piece in pieces if piece.size]
        if not small or not all(pays(tensor, self.data_format) for tensor in small):
            return None
        if None in [piece.tensor.shape[layout.index("C")] for piece in pieces]:
            return None
        return pieces, ends, padding

    def why_not(self) -> str:
        """Returns why nothing is folded, or ""."""
        return why_not_folded(self)

    def upsamples(self) -> bool:
        """Returns whether a layer of the stock class is one to replace."""
        return True

    def adopted(self) -> None:
        """Sets nothing, unlike the layers that run the ops."""

    def __repr__(self) -> str:
        # The class has the stock class's name; _stand_ins.py says why.
        return f"<upsample_op.{super().__repr__().lstrip('<')}"


def with_bias_and_activation(layer: Layer, outputs: Tensor) -> Tensor:
    """Returns what a Conv2D, of either Keras, makes of the convolved images."""
    if layer.use_bias:
        outputs = add_bias(outputs, layer.bias, layer.data_format)
    return outputs if layer.activation is None else layer.activation(outputs)


def why_not_folded(layer: Layer) -> str:
    """Returns why a Conv2D, of either Keras, can't be folded, or ""."""
    if layer.groups != 1:
        return "its convolution is in groups"
    if {*layer.strides, *layer.dilation_rate} != {1}:
        return "its convolution has strides or is dilated"
    return ""


def is_padded_as_same(layer: Layer, zeros: Iterable[Iterable[int]]) -> bool:
    """Returns whether zeros before a "valid" Conv2D have the effect of padding="same".

    Args:
        layer: the Conv2D, of either Keras.
        zeros: the numbers of zeros, `[[before, after], [before, after]]`, of height and width.
    """
    same = [[(taps - 1) // 2, taps // 2] for taps in layer.kernel_size]
    return layer.padding == "valid" and [list(pair) for pair in zeros] == same
