"""Models that upsample, of stock `tf.keras` layers alone, for whole training steps.

Each is a function of the shape of its input, `[N, ...]`, and a width in channels, and takes its
dtypes from the policy that is set. What ends it computes in float32, as is advised for mixed
precision. A convolution with batch normalization behind it has no bias: its gradient would be zero
but for rounding.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from upsample_op._arguments import INTERPOLATIONS
from upsample_op.benchmark._types import Model, Tensor

layers = tf.keras.layers


def _conv(x: Tensor, width: int, **options: Any) -> Tensor:
    return layers.Conv2D(width, 3, padding="same", **options)(x)


def _block(x: Tensor, width: int, norm: bool) -> Tensor:
    for _ in range(2):
        x = _conv(x, width, use_bias=not norm)
        x = layers.BatchNormalization()(x) if norm else x
        x = layers.ReLU()(x)
    return x


def _unet(shape: Sequence[int], width: int, interpolation: str, norm: bool) -> Model:
    """U-Net of four levels, each of twice the channels of the one above."""
    x = images = tf.keras.Input(shape[1:])
    skipped = []
    for level in range(3):
        x = _block(x, width << level, norm)
        skipped.append(x)
        x = layers.MaxPooling2D()(x)
    x = _block(x, width << 3, norm)
    for level in (2, 1, 0):
        x = layers.UpSampling2D(2, interpolation=interpolation)(x)
        x = _block(layers.Concatenate()([x, skipped[level]]), width << level, norm)
    return tf.keras.Model(images, layers.Conv2D(1, 1, dtype="float32")(x))


def _fpn(shape: Sequence[int], width: int) -> Model:
    """Feature pyramid of three levels of equal width, on a backbone of strided convolutions."""
    x = images = tf.keras.Input(shape[1:])
    stages = []
    for channels in (width // 4, width // 4, width // 2, width):
        x = _conv(x, channels, strides=2, activation="relu")
        stages.append(x)
    top, outputs = None, []
    for stage in stages[:0:-1]:
        lateral = layers.Conv2D(width, 1)(stage)
        top = lateral if top is None else layers.Add()([layers.UpSampling2D()(top), lateral])
        outputs.append(layers.Activation("linear", dtype="float32")(_conv(top, width)))
    return tf.keras.Model(images, outputs)


def _residual(x: Tensor, width: int) -> Tensor:
    found = x
    for _ in range(2):
        found = layers.Activation("swish")(layers.GroupNormalization(8)(found))
        found = _conv(found, width)
    return layers.Add()([found, x if x.shape[-1] == width else layers.Conv2D(width, 1)(x)])


def _vae_decoder(shape: Sequence[int], width: int) -> Model:
    """Decoder of an autoencoder as latent diffusion has it, by 8 in height and width."""
    latents = tf.keras.Input(shape[1:])
    x = _conv(latents, 4 * width)
    for times in (4, 2, 1):
        x = _residual(_residual(x, times * width), times * width)
        x = _conv(layers.UpSampling2D()(x), times * width)
    x = layers.Activation("swish")(layers.GroupNormalization(8)(x))
    return tf.keras.Model(latents, _conv(x, 3, dtype="float32"))


def _dcgan(shape: Sequence[int], width: int) -> Model:
    """Generator of 64 x 64 images, which resizes where DCGAN has strides."""
    noise = tf.keras.Input(shape[1:])
    x = layers.Reshape((4, 4, 8 * width))(layers.Dense(16 * 8 * width)(noise))
    for times in (4, 2, 1):
        x = _conv(layers.UpSampling2D()(x), times * width, use_bias=False)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    x = _conv(layers.UpSampling2D()(x), 3, dtype="float32")
    return tf.keras.Model(noise, layers.Activation("tanh", dtype="float32")(x))


_ADAM = tf.keras.optimizers.Adam
_UNETS = {
    f"unet-{name}{'-bn' * norm}": functools.partial(_unet, interpolation=name, norm=norm)
    for name in INTERPOLATIONS
    for norm in (False, True)
}
# By name: the function, the shape of the input and the width that the suite has, the optimizer.
MODELS: dict[str, tuple[Callable[..., Model], tuple[int, ...], int, Any]] = {
    **{name: (unet, (4, 128, 128, 3), 32, _ADAM) for name, unet in _UNETS.items()},
    "fpn": (_fpn, (2, 256, 256, 3), 256, tf.keras.optimizers.SGD),
    "vae-decoder": (_vae_decoder, (2, 16, 16, 4), 32, _ADAM),
    "dcgan": (_dcgan, (32, 100), 64, _ADAM),
}
