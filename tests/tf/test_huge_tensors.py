"""More than 2^31 elements in TensorFlow, eagerly and as a custom call of XLA."""

import numpy as np
import tensorflow as tf

from huge import memory_for, numbers_by_place
from upsample_op import kernels, upsample2d

SHAPE = (33, 128, 128, 1024)


def test_images_are_those_of_the_kernels(monkeypatch):
    monkeypatch.setenv("UPSAMPLE_XLA_LOWERING", "custom_call")
    with memory_for(7 * 2**30):
        x = numbers_by_place(SHAPE, np.uint8)
        expected = kernels.upsample2d(x)
        assert expected.size > 2**31
        images = tf.constant(x)
        for call in (upsample2d, tf.function(upsample2d, jit_compile=True)):
            found = call(images)
            # This compares image by image, because a tensor gives NumPy copies.
            assert all(np.array_equal(found[n], expected[n]) for n in range(SHAPE[0]))
            del found
