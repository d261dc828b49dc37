"""The Keras layer."""

import tensorflow as tf

from upsample_op._mixins import Upsampling


@tf.keras.utils.register_keras_serializable(package="upsample_op", name="UpSampling2D")
class UpSampling2D(Upsampling, tf.keras.layers.UpSampling2D):
    """`tf.keras.layers.UpSampling2D` from this package's kernels.

    Arguments, defaults, configuration and shapes are those of the stock layer, from which it
    derives. So are the values, to the last bits of the dtype. These are the differences:

    - the output has the dtype of the (autocast) input in every mode and symbolically too (in
      tf_keras bilinear returns float32, as stock's does there);
    - bilinear works with unknown height and width, and has gradients of every order;
    - empty images give empty results;
    - both layouts run without a transpose, and half and bfloat16 without float32 copies.

    Interpolations other than "nearest" and "bilinear", and Keras backends other than TensorFlow,
    run the stock implementation.

    Args:
        size: integer or pair of integers: the factors of height and width.
        data_format: "channels_last" or "channels_first"; by default Keras' image_data_format.
        interpolation: "nearest", "bilinear", or another interpolation of the stock layer.
        **kwargs: a Keras layer's arguments.

    Input shape: `[N, H, W, C]`, or `[N, C, H, W]` for channels_first.
    Output shape: `[N, H * size[0], W * size[1], C]`, or its channels_first form.

    Raises:
        ValueError: an argument is not as above; Keras' own messages where it has one.
    """


# This tells our layer from stock's in repr() and summary(). Saved models have the registered name.
UpSampling2D.__name__ = "upsample_op.UpSampling2D"
