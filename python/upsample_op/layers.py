"""Keras layers that run this package's kernels."""

import tensorflow as tf

from upsample_op import _library
from upsample_op._arguments import INTERPOLATIONS, check_size
from upsample_op._keras import backend_of, stock_of
from upsample_op.ops import upsample2d
from upsample_op.resizing import resize


class _RunsOps:
    def adopted(self):
        """Sets what the stock layer hasn't set."""
        # On a GPU machine Keras 3 compiles every model with XLA unless a layer says no. Where the
        # ops have no XLA kernels the model would fail; so it runs without XLA.
        if not self.why_not():
            self.supports_jit = _library.supports_jit()


class Upsampling(_RunsOps):
    """What turns a stock `UpSampling2D`, of whichever Keras, into this package's.

    A base class that stands before the stock one; _stand_ins.py does the same for other layers.
    """

    def __init__(self, size=(2, 2), data_format=None, interpolation="nearest", **kwargs):
        # Keras would make a name of the class's, which says whose it is; so stock's is asked for.
        if kwargs.get("name") is None:
            kwargs["name"] = stock_of(type(self))().name
        super().__init__(size, data_format, interpolation, **kwargs)
        check_size(self.size)
        self.adopted()

    def call(self, inputs):
        if not self.why_not():
            return upsample2d(inputs, self.size, self.interpolation, self.data_format)
        return super().call(inputs)

    def compute_output_spec(self, inputs):
        """Keras 3's symbolic call; stock gives the compute dtype even to what isn't cast to it."""
        spec = super().compute_output_spec(inputs)
        is_cast = self.autocast and tf.as_dtype(inputs.dtype).is_floating
        if is_cast or self.why_not():
            return spec
        return type(spec)(spec.shape, dtype=inputs.dtype)

    def why_not(self) -> str:
        """Returns why the stock implementation runs, "" where this package's kernels do."""
        if self.interpolation not in INTERPOLATIONS:
            return f"{self.interpolation} has no kernel"
        if backend_of(type(self)) != "tensorflow":
            return "Keras runs on another backend than TensorFlow"
        return ""


class Resizing(_RunsOps):
    """Turns Keras' `Resizing` layer, or the operation of `ops.image.resize`, into `resize`."""

    def call(self, images, *args, **kwargs):
        """Resizes images of floats; all else that Keras takes is Keras'."""
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

    # Keras 2's layer has neither.
    def _data_format(self):
        return getattr(self, "data_format", "channels_last")

    def _antialias(self):
        return getattr(self, "antialias", False)


@tf.keras.utils.register_keras_serializable(package="upsample_op", name="UpSampling2D")
class UpSampling2D(Upsampling, tf.keras.layers.UpSampling2D):
    """`tf.keras.layers.UpSampling2D` from this package's kernels.

    Arguments, defaults, configuration and shapes are those of the stock layer, from which it
    derives, and so are the values, to the last bits of the dtype. What differs:

    - the output has the dtype of the (autocast) input in every mode and symbolically too;
    - bilinear works with unknown height and width, and has gradients of every order;
    - empty images give empty results;
    - both layouts run without a transpose, half and bfloat16 without float32 copies.

    Interpolations other than "nearest" and "bilinear", and Keras backends other than TensorFlow,
    run the stock implementation.

    Args:
        size: integer or pair of integers: the factors of height and width.
        data_format: "channels_last" or "channels_first"; by default Keras' image_data_format.
        interpolation: "nearest", "bilinear", or another of the stock layer's.
        **kwargs: those of a Keras layer.

    Input shape: `[N, H, W, C]`, or `[N, C, H, W]` for channels_first.
    Output shape: `[N, H * size[0], W * size[1], C]`, or its channels_first form.

    Raises:
        ValueError: an argument is not as above; Keras' own messages where it has one.
    """


# Tells ours from stock's in repr() and summary(); saved models have the registered name.
UpSampling2D.__name__ = "upsample_op.UpSampling2D"
