"""XLA programs that call the kernels, but were not written by this library's ops."""

import itertools

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.compiler.tf2xla.ops import gen_xla_ops

from cases import ALL_DTYPES
from upsample_op import _library, kernels

FLOAT32, INT32 = map(ALL_DTYPES.index, ("float32", "int32"))  # rows of kDTypes
# Direction, dtype, factors, interpolation, layout; see csrc/xla/spec_numbers.h.
FORWARD = (0, FLOAT32, 2, 3, 1, 0)
BACKWARD = (1, FLOAT32, 2, 3, 1, 0)
IMAGES = np.arange(24, dtype=np.float32).reshape(1, 2, 3, 4)
RESULT = (1, 4, 9, 4)
TYPES = {"float32": "f32", "float64": "f64", "int32": "i32", "uint8": "ui8"}


def program_type(shape, dtype):
    return f"tensor<{'x'.join(map(str, shape))}x{TYPES[np.dtype(dtype).name]}>"


def numbers(spec):
    """Returns the attributes of a custom call, in MLIR."""
    return f"spec = array<i64: {', '.join(map(str, spec))}>" if spec else "spec = array<i64>"


def run(x, attributes, shape, dtype=None, target="upsample2d"):
    """Runs a program of one custom call, whose result has a shape and a dtype."""
    dtype = dtype or x.dtype
    of_input, of_result = program_type(x.shape, x.dtype), program_type(shape, dtype)
    module = f"""module {{
      func.func public @main(%x: {of_input}) -> {of_result} {{
        %y = stablehlo.custom_call @upsample_op.{target}(%x)
          {{api_version = 4 : i32, backend_config = {{{attributes}}}}} : ({of_input}) -> {of_result}
        return %y : {of_result}
      }}
    }}"""

    @tf.function(jit_compile=True)
    def call(x):
        return gen_xla_ops.xla_call_module(
            [x], version=9, module=module, Sout=[shape], Tout=[dtype], platforms=["CPU"]
        )

    return call(x)[0].numpy()


@pytest.fixture(autouse=True)
def the_next_program_is_right():
    assert _library.supports_jit()  # loads the libraries
    yield
    expected = kernels.upsample2d(IMAGES, (2, 3), "bilinear")
    np.testing.assert_array_equal(run(IMAGES, numbers(FORWARD), RESULT), expected)


def test_a_spec_is_six_numbers():
    for direction, interpolation, layout in itertools.product(range(2), repeat=3):
        function = (kernels.upsample2d, kernels.upsample2d_grad)[direction]
        names = ("nearest", "bilinear")[interpolation], ("channels_last", "channels_first")[layout]
        x = np.random.default_rng(0).random((1, 6, 6, 6), np.float32)
        expected = function(x, (2, 3), *names)
        spec = numbers((direction, FLOAT32, 2, 3, interpolation, layout))
        np.testing.assert_array_equal(run(x, spec, expected.shape), expected)


def spoilt():
    """Yields numbers of which one is out of its range, and too many and too few numbers."""
    for place, (least, most) in enumerate(
        [(0, 1), (0, len(ALL_DTYPES) - 1), (1, None), (1, None), (0, 1), (0, 1)]
    ):
        for number in (-(2**63), least - 1, most and most + 1, most and 2**32, most and 2**63 - 1):
            if number is not None:
                yield *FORWARD[:place], number, *FORWARD[place + 1 :]
    yield from (FORWARD[:5], (*FORWARD, 0), ())


@pytest.mark.parametrize("target", ["upsample2d", "result_shape"])
@pytest.mark.parametrize("spec", list(spoilt()), ids=str)
def test_other_numbers_are_refused(spec, target):
    x, shape = IMAGES, RESULT
    if target == "result_shape":
        x, shape = np.array(IMAGES.shape, np.int32), (4,)
    with pytest.raises(tf.errors.InvalidArgumentError, match="no spec of upsample_op"):
        run(x, numbers(spec), shape, target=target)


@pytest.mark.parametrize(
    "attributes",
    [
        "",
        "spec = 1 : i64",
        'spec = "nearest"',
        "spec = array<i32: 0, 11, 2, 3, 1, 0>",
        numbers(FORWARD) + ", more = 1 : i64",
        'backward = false, size = array<i64: 2, 3>, interpolation = "bilinear", '
        'data_format = "NHWC"',
    ],
)
def test_other_attributes_are_refused(attributes):
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"attribute|array data type"):
        run(IMAGES, attributes, RESULT)


@pytest.mark.parametrize(
    ("x", "spec", "shape", "dtype"),
    [
        (IMAGES, FORWARD, (1, 4, 9, 3), "float32"),
        (IMAGES, FORWARD, (1, 4, 9, 5), "float32"),
        (IMAGES, FORWARD, (1, 9, 4, 4), "float32"),
        (IMAGES, FORWARD, (144,), "float32"),
        (IMAGES, FORWARD, RESULT, "uint8"),
        (IMAGES, FORWARD, RESULT, "float64"),
        (IMAGES.astype(np.float64), FORWARD, RESULT, "float64"),
        (IMAGES.astype(np.int32), FORWARD, RESULT, "int32"),
    ],
    ids=range(8),
)
def test_other_buffers_are_refused(x, spec, shape, dtype):
    with pytest.raises(tf.errors.InvalidArgumentError, match="buffers are not those of its spec"):
        run(x, numbers(spec), shape, dtype)


@pytest.mark.parametrize(
    ("x", "spec", "message"),
    [
        (IMAGES[0], FORWARD, "must have rank 4"),
        (IMAGES, (*BACKWARD[:2], 4, *BACKWARD[3:]), "height must be a multiple"),
        (IMAGES, (*FORWARD[:2], 2**62, *FORWARD[3:]), "height must be below"),
        (IMAGES, (*FORWARD[:2], 2**40, 2**40, *FORWARD[4:]), "fewer than 2"),
        (IMAGES.astype(np.int32), (0, INT32, 2, 3, 1, 0), "bilinear upsampling takes"),
        (IMAGES.repeat(3, 2).astype(np.int32), (1, INT32, 2, 3, 0, 0), "gradient of nearest"),
    ],
    ids=range(6),
)
def test_the_rules_of_all_calls_hold(x, spec, message):
    shape = (1, 1, 3, 4) if spec[0] else RESULT
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        run(x, numbers(spec), shape)


@pytest.mark.parametrize(("count", "room"), [(3, 4), (5, 4), (4, 3), (4, 5)])
def test_lengths_are_four(count, room):
    x = np.ones(count, np.int32)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"rank 4|no room for the lengths"):
        run(x, numbers(FORWARD), (room,), target="result_shape")
    lengths = run(np.array(IMAGES.shape, np.int32), numbers(FORWARD), (4,), target="result_shape")
    assert tuple(lengths) == RESULT
