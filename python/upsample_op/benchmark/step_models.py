"""Models that upsample, of stock `tf.keras` layers alone, for whole training steps.

Each is a function of the shape of its input, `[N, ...]`, and a width in channels, and takes its
dtypes from the policy that is set. What ends it computes in float32, as is advised for mixed
precision. A convolution with batch normalization behind it has no bias: its gradient would be zero
but for rounding.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from upsample_op._arguments import INTERPOLATIONS

if TYPE_CHECKING:
    from upsample_op._types import Model, Tensor

layers = tf.keras.layers


def _block(x: Tensor, width: int, norm: bool) -> Tensor:
    for _ in range(2):
        x = layers.Conv2D(width, 3, padding="same", use_bias=not norm)(x)
        x = layers.BatchNormalization()(x) if norm else x
        x = layers.ReLU()(x)
    return x


def _unet(
    shape: Sequence[int], width: int, interpolation: str = "nearest", norm: bool = False
) -> Model:
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
        x = layers.Conv2D(channels, 3, 2, padding="same", activation="relu")(x)
        stages.append(x)
    top, outputs = None, []
    for stage in stages[:0:-1]:
        lateral = layers.Conv2D(width, 1)(stage)
        top = lateral if top is None else layers.Add()([layers.UpSampling2D()(top), lateral])
        output = layers.Conv2D(width, 3, padding="same")(top)
        outputs.append(layers.Activation("linear", dtype="float32")(output))
    return tf.keras.Model(images, outputs)


def _residual(x: Tensor, width: int) -> Tensor:
    found = x
    for _ in range(2):
        found = layers.GroupNormalization(8)(found)
        found = layers.Conv2D(width, 3, padding="same")(layers.Activation("swish")(found))
    return layers.Add()([found, x if x.shape[-1] == width else layers.Conv2D(width, 1)(x)])


def _vae_decoder(shape: Sequence[int], width: int) -> Model:
    """Decoder of an autoencoder as latent diffusion has it, by 8 in height and width."""
    latents = tf.keras.Input(shape[1:])
    x = layers.Conv2D(4 * width, 3, padding="same")(latents)
    for times in (4, 2, 1):
        x = _residual(_residual(x, times * width), times * width)
        x = layers.Conv2D(times * width, 3, padding="same")(layers.UpSampling2D()(x))
    x = layers.Activation("swish")(layers.GroupNormalization(8)(x))
    return tf.keras.Model(latents, layers.Conv2D(3, 3, padding="same", dtype="float32")(x))


def _dcgan(shape: Sequence[int], width: int) -> Model:
    """Generator of 64 x 64 images, which resizes where DCGAN has strides."""
    noise = tf.keras.Input(shape[1:])
    x = layers.Reshape((4, 4, 8 * width))(layers.Dense(16 * 8 * width)(noise))
    for times in (4, 2, 1):
        x = layers.Conv2D(times * width, 3, padding="same", use_bias=False)(
            layers.UpSampling2D()(x)
        )
        x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.Conv2D(3, 3, padding="same", dtype="float32")(layers.UpSampling2D()(x))
    return tf.keras.Model(noise, layers.Activation("tanh", dtype="float32")(x))


# By name: the function, the shape of the input and the width that the suite has, the optimizer.
_IMAGES = (4, 128, 128, 3)
MODELS: dict[str, tuple[Callable[..., Model], tuple[int, ...], int, Any]] = {
    **{
        f"unet-{interpolation}{'-bn' * norm}": (
            functools.partial(_unet, interpolation=interpolation, norm=norm),
            *(_IMAGES, 32, tf.keras.optimizers.Adam),
        )
        for interpolation in INTERPOLATIONS
        for norm in (False, True)
    },
    "fpn": (_fpn, (2, 256, 256, 3), 256, tf.keras.optimizers.SGD),
    "vae-decoder": (_vae_decoder, (2, 16, 16, 4), 32, tf.keras.optimizers.Adam),
    "dcgan": (_dcgan, (32, 100), 64, tf.keras.optimizers.Adam),
}
