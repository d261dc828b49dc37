"""Each kind of bad input gets one clear error, the same from both faces, and no harm is done."""

import re

import numpy as np
import pytest
import tensorflow as tf

from upsample_op import UpSampling2D, kernels, upsample2d
from upsample_op.ops import raw_ops

IMAGES = np.ones((1, 2, 3, 4), np.float32)


@pytest.fixture(autouse=True)
def process_stays_usable():
    yield
    assert upsample2d(IMAGES).shape == UpSampling2D()(IMAGES).shape == (1, 4, 6, 4)


def tensorflow_grad(grad_out, size=(2, 2), interpolation="nearest"):
    return raw_ops.upsample_op_upsample2d_grad(grad_out, size=size, interpolation=interpolation)


# What the kernels judge: (backward, arguments, message).
KERNEL_ERRORS = {
    "rank 0": (False, (np.float32(1),), r"`inputs` must have rank 4 [N, H, W, C], got shape []"),
    "rank 3": (False, (IMAGES[0],), "must have rank 4 [N, H, W, C], got shape [2,3,4]"),
    "rank 5": (False, (IMAGES[None],), "must have rank 4 [N, H, W, C], got shape [1,1,2,3,4]"),
    "rank, channels_first": (
        False,
        (IMAGES[0], 2, "nearest", "channels_first"),
        "must have rank 4 [N, C, H, W], got shape [2,3,4]",
    ),
    "size 0": (False, (IMAGES, 0), "`size` must be 2 integers >= 1, got [0,0]"),
    "size -1": (False, (IMAGES, (2, -1)), "`size` must be 2 integers >= 1, got [2,-1]"),
    "elements beyond int64": (
        False,
        (np.ones((5, 1, 1, 1), np.float32), 1610637938, "bilinear"),
        "must have fewer than 2^63 elements, got shape [5,1610637938,1610637938,1]",
    ),
    "side beyond int64": (
        False,
        (np.ones((0, 9, 1, 1), np.float32), (2**60, 1)),
        "the upsampled height must be below 2^63, got 9 * 1152921504606846976",
    ),
    "bilinear bool": (
        False,
        (np.ones((1, 1, 1, 1), np.bool_), 2, "bilinear"),
        "bilinear upsampling takes float16, bfloat16, float32 or float64, got bool",
    ),
    "bilinear complex": (
        False,
        (np.ones((1, 1, 1, 1), np.complex64), 2, "bilinear"),
        "bilinear upsampling takes float16, bfloat16, float32 or float64, got complex64",
    ),
    "gradient height": (
        True,
        (np.ones((1, 3, 4, 1), np.float32),),
        "`grad_out` height must be a multiple of its factor 2, got shape [1,3,4,1]",
    ),
    "gradient width": (
        True,
        (np.ones((1, 4, 5, 1), np.float32), (4, 3)),
        "`grad_out` width must be a multiple of its factor 3, got shape [1,4,5,1]",
    ),
    "gradient rank": (True, (IMAGES[0],), "`grad_out` must have rank 4 [N, H, W, C], got shape"),
    "bilinear gradient of complex": (
        True,
        (np.ones((1, 2, 2, 1), np.complex64), (2, 2), "bilinear"),
        "bilinear upsampling takes float16, bfloat16, float32 or float64, got complex64",
    ),
}


@pytest.mark.parametrize(
    ("backward", "arguments", "message"), KERNEL_ERRORS.values(), ids=KERNEL_ERRORS
)
def test_numpy_and_tensorflow_say_the_same(backward, arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)) as numpy_error:
        (kernels.upsample2d_grad if backward else kernels.upsample2d)(*arguments)
    with pytest.raises(tf.errors.InvalidArgumentError) as tensorflow_error:
        (tensorflow_grad if backward else upsample2d)(*arguments)
    assert str(numpy_error.value) in tensorflow_error.value.message


@pytest.mark.parametrize(
    ("backward", "arguments", "message"), KERNEL_ERRORS.values(), ids=KERNEL_ERRORS
)
def test_graphs_refuse_it_when_they_are_built(backward, arguments, message):
    function = tensorflow_grad if backward else upsample2d
    with tf.Graph().as_default(), pytest.raises(ValueError, match=re.escape(message)):
        function(tf.constant(arguments[0]), *arguments[1:])


def test_wrong_rank_behind_an_unknown_one():
    @tf.function(input_signature=[tf.TensorSpec(None)])
    def forward(x):
        return upsample2d(x)

    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"rank 4 \[N, H, W, C\], got shape \[2\]"
    ):
        forward(tf.ones(2))


# What doesn't reach the kernels, because there is nothing to hand them.
TRANSLATION_ERRORS = {
    "size 1.5": ((1.5,), "`size` must be an integer or a pair of integers, got 1.5"),
    "size (1.5, 2)": (((1.5, 2),), r"got \(1.5, 2\)"),
    "size None": ((None,), "got None"),
    "size ab": (("ab",), "got 'ab'"),
    "one factor": (((2,),), r"got \(2,\)"),
    "three factors": (((2, 2, 2),), r"got \(2, 2, 2\)"),
    "size True": ((True,), "got True"),
    "size (2, False)": (((2, False),), r"got \(2, False\)"),
    "size NumPy bool": ((np.True_,), r"got (np\.)?True"),
    "interpolation": ((2, "foo"), r"must be one of \('nearest', 'bilinear'\), got 'foo'"),
    "interpolation None": ((2, None), "got None"),
    "data_format": ((2, "nearest", "NHWC"), r"'channels_first'\), got 'NHWC'"),
    "data_format None": ((2, "nearest", None), "got None"),
    "data_format list": ((2, "nearest", ["channels_last"]), r"got \['channels_last'\]"),
    "size beyond int64": ((2**70,), r"`size` must be below 2\^63, got 1180591620717411303424"),
}


@pytest.mark.parametrize(
    ("arguments", "message"), TRANSLATION_ERRORS.values(), ids=TRANSLATION_ERRORS
)
def test_both_faces_raise_value_error(arguments, message):
    for function in (kernels.upsample2d, kernels.upsample2d_grad, upsample2d):
        with pytest.raises(ValueError, match=message):
            function(IMAGES, *arguments)


@pytest.mark.parametrize(
    "attribute",
    [{"interpolation": "foo"}, {"data_format": "foo"}, {"size": [2]}, {"size": []}],
    ids=str,
)
def test_the_op_itself_refuses_attributes(attribute):
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"foo|2 integers"):
        raw_ops.upsample_op_upsample2d(IMAGES, **{"size": [2, 2], **attribute})


@pytest.mark.parametrize("dtype", [tf.string, tf.resource, tf.variant, tf.qint8])
def test_dtypes_that_are_no_numbers(dtype):
    with tf.Graph().as_default():
        x = tf.compat.v1.placeholder(dtype, (1, 1, 1, 1))
        with pytest.raises((TypeError, ValueError), match=r"not in list of allowed|allowed values"):
            upsample2d(x)


def test_strings_in_eager_mode():
    with pytest.raises((tf.errors.InvalidArgumentError, TypeError), match="string"):
        upsample2d(tf.constant("a", shape=(1, 1, 1, 1)))


def test_tensors_that_are_not_dense():
    for tensor in (tf.ragged.constant([[1.0], [1.0, 2.0]]), tf.sparse.eye(3)):
        for face in (upsample2d, tf.function(upsample2d)):
            with pytest.raises(ValueError, match=f"dense tensor, got a {type(tensor).__name__}"):
                face(tensor)
    with pytest.raises(ValueError, match="a masked array can't be upsampled"):
        upsample2d(np.ma.masked_equal(IMAGES, 1))


def test_gradients_of_integers_are_refused():
    with pytest.raises((tf.errors.InvalidArgumentError, TypeError), match="int32"):
        tensorflow_grad(tf.ones((1, 2, 2, 1), tf.int32))
    with pytest.raises(ValueError, match=r"gradient of nearest upsampling takes .*, got int32"):
        kernels.upsample2d_grad(np.ones((1, 2, 2, 1), np.int32))


def test_a_result_beyond_memory():
    with pytest.raises(tf.errors.ResourceExhaustedError, match="OOM when allocating"):
        upsample2d(np.ones((1, 1, 1, 1), np.float32), 1610637938)


def test_an_empty_batch_may_have_any_sides():
    y = upsample2d(np.ones((0, 1, 1, 1), np.float32), 1610637938)
    assert y.shape == (0, 1610637938, 1610637938, 1)


# The layer: Keras' own words where it has some.
LAYER_ERRORS = {
    "size 0": ({"size": 0}, r"The `size` argument must be a tuple of 2 integers\. Received size=0"),
    "size -1": ({"size": (2, -1)}, "must be a tuple of 2 integers"),
    "size 1.5": ({"size": 1.5}, r"must be a tuple of 2 integers\. Received size=1.5"),
    "size (1.5, 2)": ({"size": (1.5, 2)}, r"`size` must be .* pair of integers, got \(1.5, 2\)"),
    "size None": ({"size": None}, "Received size=None"),
    "size ab": ({"size": "ab"}, "Received size=ab"),
    "three factors": ({"size": (2, 2, 2)}, "Received size="),
    "size True": ({"size": True}, r"`size` must be .* pair of integers, got \(True, True\)"),
    "data_format": ({"data_format": "foo"}, "The `data_format` argument must be one of"),
}


@pytest.mark.parametrize(("arguments", "message"), LAYER_ERRORS.values(), ids=LAYER_ERRORS)
def test_the_layer_refuses_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        UpSampling2D(**arguments)


@pytest.mark.parametrize("shape", [(), (2, 3, 4), (1, 1, 2, 3, 4)], ids=str)
def test_the_layer_refuses_ranks(shape):
    with pytest.raises(ValueError, match="expected ndim=4, found ndim="):
        UpSampling2D()(np.ones(shape, np.float32))


@pytest.mark.parametrize("layer_class", [UpSampling2D, tf.keras.layers.UpSampling2D])
def test_keras_refuses_unknown_ranks(layer_class):
    """The function takes them: see test_wrong_rank_behind_an_unknown_one."""

    @tf.function(input_signature=[tf.TensorSpec(None)])
    def forward(x):
        return layer_class()(x)

    with pytest.raises(ValueError, match="not defined on an unknown TensorShape"):
        forward(IMAGES)


def test_the_layer_refuses_unknown_interpolations():
    with pytest.raises(ValueError, match="Invalid value for argument `interpolation`"):
        UpSampling2D(interpolation="foo")(IMAGES)
    with pytest.raises(AttributeError):
        UpSampling2D(interpolation=None)


def test_the_layer_refuses_overflow():
    layer = UpSampling2D(1610637938, "channels_first", "bilinear")
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"fewer than 2\^63 elements"):
        layer(np.ones((5, 1, 1, 1), np.float32))
