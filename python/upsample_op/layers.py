"""The Keras layer."""

import tensorflow as tf

from upsample_op import _library
from upsample_op._arguments import INTERPOLATIONS, check_size
from upsample_op.ops import upsample2d

_StockUpSampling2D = tf.keras.layers.UpSampling2D


@tf.keras.utils.register_keras_serializable(package="upsample_op", name="UpSampling2D")
class UpSampling2D(_StockUpSampling2D):
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

    def __init__(self, size=(2, 2), data_format=None, interpolation="nearest", **kwargs):
        # Keras would make a name of the class's, which says whose it is; so stock's is asked for.
        if kwargs.get("name") is None:
            kwargs["name"] = _StockUpSampling2D().name
        super().__init__(size, data_format, interpolation, **kwargs)
        check_size(self.size)
        self._set_supports_jit()

    @classmethod
    def adopt(cls, layer):
        """Makes a stock layer one of this class, with all else that it has.

        Args:
            layer: whose class is the stock one itself.
        """
        object.__setattr__(layer, "__class__", cls)
        layer._set_supports_jit()

    def release(self):
        """Makes this layer one of the stock class, with all else that it has."""
        object.__setattr__(self, "__class__", _StockUpSampling2D)
        self.supports_jit = True

    @staticmethod
    def why_not(layer) -> str:
        """Returns why a stock layer can't become one of this class, or ""."""
        if layer.interpolation not in INTERPOLATIONS:
            return f"{layer.interpolation} has no kernel"
        if tf.keras.backend.backend() != "tensorflow":
            return "Keras runs on another backend than TensorFlow"
        return ""

    def call(self, inputs):
        if self._has_kernel():
            return upsample2d(inputs, self.size, self.interpolation, self.data_format)
        return super().call(inputs)

    def compute_output_spec(self, inputs):
        """Keras 3's symbolic call; stock gives the compute dtype even to what isn't cast to it."""
        spec = super().compute_output_spec(inputs)
        is_cast = self.autocast and tf.as_dtype(inputs.dtype).is_floating
        if self._has_kernel() and not is_cast:
            return tf.keras.KerasTensor(spec.shape, dtype=inputs.dtype)
        return spec

    def _set_supports_jit(self):
        # On a GPU machine Keras 3 compiles every model with XLA unless a layer says no. Where the
        # ops have no XLA kernels the model would fail; so it runs without XLA.
        if self._has_kernel():
            self.supports_jit = _library.supports_jit()

    def _has_kernel(self) -> bool:
        # Keras 2 (tf_keras) has this function too, and one backend.
        is_on_tensorflow = tf.keras.backend.backend() == "tensorflow"
        return is_on_tensorflow and self.interpolation in INTERPOLATIONS


# Tells ours from stock's in repr() and summary(); saved models have the registered name.
UpSampling2D.__name__ = "upsample_op.UpSampling2D"
