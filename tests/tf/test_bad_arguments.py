"""What may be a pair of factors, and what may not."""

import numpy as np
import pytest
import tensorflow as tf

from upsample_op import kernels, upsample2d

IMAGES = np.arange(24, dtype=np.float32).reshape(1, 2, 3, 4)
REPEATED = IMAGES.repeat(2, axis=1).repeat(2, axis=2)


@pytest.fixture(autouse=True)
def the_next_call_is_right():
    yield
    for function in (kernels.upsample2d, upsample2d):
        np.testing.assert_array_equal(function(IMAGES), REPEATED)


FACTORS = {
    "array": np.array([2, 2]),
    "array of objects": np.array([2, 2], object),
    "tensor": tf.constant([2, 2]),
    "variable": tf.Variable([2, 2], dtype=tf.int64),
    "pair of tensors": (2, tf.constant(2)),
}


@pytest.mark.parametrize("function", [kernels.upsample2d, upsample2d])
@pytest.mark.parametrize("size", FACTORS.values(), ids=FACTORS)
def test_factors_may_be_any_pair_of_integers(size, function):
    np.testing.assert_array_equal(function(IMAGES, size), REPEATED)


NO_FACTORS = {
    "float of NumPy": np.float64(2),
    "floats": np.array([2.0, 2.0]),
    "truth values": np.array([True, True]),
    "column": np.array([[2], [2]]),
    "duration": np.timedelta64(2, "s"),
    "tensor of none": tf.constant([], tf.int32),
}


@pytest.mark.parametrize("function", [kernels.upsample2d, upsample2d])
@pytest.mark.parametrize("size", NO_FACTORS.values(), ids=NO_FACTORS)
def test_other_factors_are_refused(size, function):
    with pytest.raises(ValueError, match="`size` must be an integer or a pair of integers"):
        function(IMAGES, size)


@pytest.mark.parametrize("size", [tf.constant([2, 2]), (tf.constant(2), 2)], ids=["tensor", "pair"])
def test_factors_that_only_a_run_would_know_are_refused(size):
    # Of a tensor in a graph TensorFlow itself says so.
    with pytest.raises((ValueError, TypeError), match=r"`size` must be|symbolic|iterating over"):
        tf.function(upsample2d)(IMAGES, size)
