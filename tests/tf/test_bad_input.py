"""Each kind of bad input has one outcome, the same through every door, and no harm is done."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

import bad_input
import bad_input_results
import device_doors
from bad_input import RAMP, Gives, OutOfMemory, Refused, Unfit
from doors import IN_PROCESS, Door
from graph_doors import FROM_FILES
from upsample_op import UpSampling2D, _library, kernels, upsample2d
from upsample_op.ops import raw_ops

CATALOGUE = {
    **bad_input.RANKS,
    **bad_input.SIZES,
    **bad_input.NAMES,
    **bad_input.OVERFLOWS,
    **bad_input.DTYPES,
    **bad_input.NO_KERNEL,
    **bad_input_results.EMPTY,
    **bad_input_results.GRADIENTS,
    **bad_input_results.EXTREME,
}
ON_GPU = {
    name: Door(device_doors.through(kind), ("device", "face"), (ValueError,))
    for name, kind in (
        ("DLPack", device_doors.DLPackArray),
        ("__cuda_array_interface__", device_doors.InterfaceArray),
    )
}
DOORS = {**IN_PROCESS, **FROM_FILES, **ON_GPU}

IMAGES = np.arange(24, dtype=np.float32).reshape(1, 2, 3, 4)
REPEATED = IMAGES.repeat(2, axis=1).repeat(2, axis=2)


@pytest.fixture(autouse=True)
def the_next_call_is_right():
    yield
    for function in (kernels.upsample2d, upsample2d, UpSampling2D()):
        np.testing.assert_array_equal(function(IMAGES), REPEATED)


def outcome_at(door_name, entry):
    """Returns a call's outcome at a door: that for the door, for its kinds, or for every door."""
    door = DOORS[door_name]
    if door_name == "layer" and entry.call.backward:
        return Unfit("a layer is not asked for gradients")
    if "jit" in door.kinds and not _library.supports_jit():
        return Unfit("there is no library for XLA")
    keys = [key for key in (door_name, *door.kinds) if key in entry.at]
    outcome = entry.at[keys[0]] if keys else entry.outcome
    return device_doors.unfit(outcome) if door_name in ON_GPU else outcome


def assert_gives(result, outcome, call):
    assert tuple(result.shape) == outcome.shape
    if 0 in outcome.shape:
        return
    expected = outcome.value
    if expected == RAMP:
        x, first = bad_input.ramp(call.shape, call.dtype), 1 if call.layout == "NHWC" else 2
        expected = x.repeat(call.size[0], first).repeat(call.size[1], first + 1)
    np.testing.assert_array_equal(np.asarray(result), expected)


@pytest.mark.parametrize(
    ("door_name", "name"), list(itertools.product(DOORS, CATALOGUE)), ids=lambda name: name[:40]
)
def test_each_call_comes_to_its_outcome(door_name, name):
    door, entry = DOORS[door_name], CATALOGUE[name]
    outcome = outcome_at(door_name, entry)
    if isinstance(outcome, Unfit):
        pytest.skip(outcome.reason)
    if isinstance(outcome, Gives):
        assert_gives(door.call(entry.call), outcome, entry.call)
    elif isinstance(outcome, OutOfMemory):
        with pytest.raises(door.out_of_memory, match=r"OOM when allocating|Unable to allocate"):
            door.call(entry.call)
    else:
        with pytest.raises(door.refusals, match=outcome.words):
            door.call(entry.call)


def test_no_name_is_in_two_parts_of_the_catalogue():
    parts = [bad_input.RANKS, bad_input.SIZES, bad_input.NAMES, bad_input.OVERFLOWS]
    parts += [bad_input.DTYPES, bad_input.NO_KERNEL, bad_input_results.EMPTY]
    parts += [bad_input_results.GRADIENTS, bad_input_results.EXTREME]
    assert sum(map(len, parts)) == len(CATALOGUE)


@pytest.mark.parametrize(
    "published",
    [
        *("CVE-2021-41197", "CVE-2022-41907", "CVE-2021-29537", "CVE-2021-29529"),
        *("#57897", "#61547", "#61576", "#61618", "keras #19930", "oneflow #10589"),
    ],
)
def test_each_published_crash_is_tried_through_most_doors(published):
    found = [entry for entry in CATALOGUE.values() if published in entry.stands_for]
    tried = {
        door_name
        for door_name, entry in itertools.product(DOORS, found)
        if not isinstance(outcome_at(door_name, entry), Unfit)
    }
    assert tried >= {"eager", "numpy"} or tried >= {"eager", "raw op", "edited GraphDef"}


SAID_BY_BOTH = [
    name
    for name, entry in CATALOGUE.items()
    if isinstance(entry.outcome, Refused)
    and all(outcome_at(door, entry) == entry.outcome for door in ("numpy", "eager", "raw op"))
]


@pytest.mark.parametrize("name", SAID_BY_BOTH)
def test_numpy_and_tensorflow_say_the_same(name):
    call = CATALOGUE[name].call
    with pytest.raises(ValueError) as numpy_error:  # noqa: PT011 - its words are asserted above
        DOORS["numpy"].call(call)
    with pytest.raises(tf.errors.InvalidArgumentError) as tensorflow_error:
        DOORS["eager"].call(call)
    assert str(numpy_error.value) in tensorflow_error.value.message


def test_wrong_rank_behind_an_unknown_one():
    @tf.function(input_signature=[tf.TensorSpec(None)])
    def forward(x):
        return upsample2d(x)

    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"rank 4 \[N, H, W, C\], got shape \[2\]"
    ):
        forward(tf.ones(2))


@pytest.mark.parametrize("dtype", [tf.string, tf.resource, tf.variant, tf.qint8])
def test_dtypes_that_are_no_numbers(dtype):
    with tf.Graph().as_default():
        x = tf.compat.v1.placeholder(dtype, (1, 1, 1, 1))
        with pytest.raises((TypeError, ValueError), match=r"not in list of allowed|allowed values"):
            upsample2d(x)


def test_tensors_that_are_not_dense():
    for tensor in (tf.ragged.constant([[1.0], [1.0, 2.0]]), tf.sparse.eye(3)):
        for face in (upsample2d, tf.function(upsample2d)):
            with pytest.raises(ValueError, match=f"dense tensor, got a {type(tensor).__name__}"):
                face(tensor)
    with pytest.raises(ValueError, match="a masked array can't be upsampled"):
        upsample2d(np.ma.masked_equal(IMAGES, 1))


# These don't reach the kernels, because they can't be translated.
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


# The layer's errors, which are in Keras' own words if it has any.
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
    """The function takes them; see test_wrong_rank_behind_an_unknown_one."""

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
