"""What tests/tf/test_reproducibility.py compares, as digests of bits, in processes of their own."""

import hashlib
import itertools
import os

import numpy as np

from cases import INTERPOLATIONS, LAYOUTS, REALS
from upsample_op._case import Case

# [N, H, W, C] and factors. Each makes work for several shares (25 us each for the NumPy face, 50 us
# for XLA), with few channels or many, and sides that neither shares nor vectors divide.
_SHAPES_AND_SIZES = [
    ((3, 61, 67, 16), (2, 2)),
    ((2, 93, 101, 3), (3, 2)),
    ((1, 47, 53, 40), (2, 5)),
]


def _cases(shapes_and_sizes):
    for *how, (shape, size) in itertools.product(INTERPOLATIONS, LAYOUTS, REALS, shapes_and_sizes):
        n, h, w, c = shape
        yield Case(*how, (n, h, w, c) if how[1] == "NHWC" else (n, c, h, w), size)


CASES = list(_cases(_SHAPES_AND_SIZES))
FEW_CASES = list(_cases(_SHAPES_AND_SIZES[1:2]))


def digest(*arrays) -> str:
    """Returns a hash of arrays' shapes and bits."""
    found = hashlib.sha256()
    for array in map(np.ascontiguousarray, arrays):
        found.update(f"{array.dtype} {array.shape}".encode())
        found.update(array.view(np.uint8))
    return found.hexdigest()


def both_ways(case):
    """Returns a TensorFlow function of images and an upstream gradient."""
    from upsample_op.ops import raw_ops

    attributes = {"size": case.size, "interpolation": case.interpolation}
    attributes["data_format"] = case.layout

    def forward_and_backward(x, upstream):
        return (
            raw_ops.upsample_op_upsample2d(x, **attributes),
            raw_ops.upsample_op_upsample2d_grad(upstream, **attributes),
        )

    return forward_and_backward


def through_tensorflow(case):
    """Returns the digests of both directions' results through each door."""
    import tensorflow as tf

    function = both_ways(case)
    doors = {
        "eager": function,
        "tf.function": tf.function(function),
        "jit": tf.function(function, jit_compile=True),
    }
    x, upstream = (tf.constant(case.random(backward)) for backward in (False, True))
    os.environ["UPSAMPLE_XLA_LOWERING"] = "custom_call"
    return {name: digest(*map(np.asarray, door(x, upstream))) for name, door in doors.items()}


def trained_weights(jit_compile) -> dict:
    """Trains an autoencoder for 200 steps, and returns digests of its weights, and its losses."""
    import tensorflow as tf

    from upsample_op import UpSampling2D

    tf.keras.utils.set_random_seed(3)
    tf.config.experimental.enable_op_determinism()
    layers = tf.keras.layers
    model = tf.keras.Sequential(
        [
            tf.keras.Input((32, 32, 3)),
            layers.Conv2D(8, 3, strides=4, padding="same", activation="relu"),
            UpSampling2D(2, interpolation="bilinear"),
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            UpSampling2D((2, 2)),
            layers.Conv2D(3, 3, padding="same"),
        ]
    )
    optimizer = tf.keras.optimizers.Adam(0.003)
    optimizer.build(model.trainable_variables)

    # This isn't Model.fit, because Keras never compiles if op determinism is enabled.
    @tf.function(jit_compile=jit_compile)
    def step(images):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((model(images) - images) ** 2)
        optimizer.apply(tape.gradient(loss, model.trainable_variables))
        return loss

    images = np.random.default_rng(0).random((160, 8, 8, 3), np.float32)
    images = images.repeat(4, axis=1).repeat(4, axis=2)
    before = digest(*model.get_weights())
    batches = tf.data.Dataset.from_tensor_slices(images).shuffle(160, seed=4).repeat().batch(16)
    losses = [float(step(batch)) for batch in batches.take(200)]
    return {"before": before, "after": digest(*model.get_weights()), "losses": losses}


def results(threads, is_deterministic) -> dict:
    """Returns the instruction set, and digests of FEW_CASES on so many intra-op threads."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    if is_deterministic:
        tf.config.experimental.enable_op_determinism()
    from upsample_op import kernels

    found = {str(case): through_tensorflow(case) for case in FEW_CASES}
    return {"isa": kernels.cpu_isa(), "results": found}
