"""Under jit_compile=True the ops give what they give eagerly, by either lowering."""

import itertools
import re

import numpy as np
import pytest
import tensorflow as tf

from cases import ALL_DTYPES, COMPLEXES, INTERPOLATIONS, LAYOUTS, REALS, eps, of_taps
from upsample_op import upsample2d
from upsample_op._case import Case
from upsample_op.ops import raw_ops

# These have each factor from 1 to 9 for both axes, and some axes that are only borders.
SHAPES_AND_SIZES = [
    ((2, 3, 5, 3), (2, 2)),
    ((1, 4, 3, 5), (3, 3)),
    ((2, 1, 4, 2), (1, 9)),
    ((1, 3, 1, 4), (4, 7)),
    ((1, 2, 2, 3), (5, 2)),
    ((2, 5, 3, 1), (6, 1)),
    ((1, 1, 1, 3), (7, 5)),
    ((1, 2, 6, 2), (8, 4)),
    ((1, 3, 2, 1), (9, 6)),
    ((2, 2, 3, 2), (1, 8)),
]


def cases(interpolation, layout, dtype, shapes_and_sizes):
    for (n, h, w, c), size in shapes_and_sizes:
        shape = (n, h, w, c) if layout == "NHWC" else (n, c, h, w)
        yield Case(interpolation, layout, dtype, shape, size)


def assert_equal(found, expected, magnitude, is_bitwise):
    """Asserts equal bits, or a distance of 4 eps of `magnitude`, the sum of what was added up.

    Each of two axes rounds a product and a sum by eps / 2, in each of the two programs.
    """
    assert found.dtype == expected.dtype
    assert found.shape == expected.shape
    found, expected, magnitude = (tensor.numpy() for tensor in (found, expected, magnitude))
    if is_bitwise:
        assert found.tobytes() == expected.tobytes()
        return
    wide = np.complex128 if found.dtype.kind == "c" else np.float64
    error = np.abs(found.astype(wide) - expected.astype(wide))
    assert np.all(error <= 4 * eps(found.dtype) * np.abs(magnitude.astype(wide)))


def runs_hlo(lowering, interpolation, backward):
    """Returns whether XLA's own operations run, by lowering.h."""
    if lowering != "chosen":
        return lowering == "hlo"
    is_on_gpu = bool(tf.config.list_logical_devices("GPU"))
    return interpolation == "nearest" and (is_on_gpu or not backward)


@pytest.mark.parametrize(
    ("interpolation", "dtype"),
    [*itertools.product(INTERPOLATIONS, REALS), *(("nearest", dtype) for dtype in COMPLEXES)],
)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_values_and_gradients_are_those_of_eager_mode(interpolation, layout, dtype, lowering):
    its_cases = list(cases(interpolation, layout, dtype, SHAPES_AND_SIZES))

    def both_ways(tensors):
        results = []
        for case, (images, upstream) in zip(its_cases, tensors, strict=True):
            with tf.GradientTape() as tape:
                tape.watch(images)
                result = upsample2d(images, *case.arguments)
            results.append((result, tape.gradient(result, images, upstream)))
        return results

    # One program for all cases takes two thirds of the time that a program for each does.
    tensors = [[tf.constant(case.random(way)) for way in (False, True)] for case in its_cases]
    absolute = [[tf.cast(tf.abs(tensor), dtype) for tensor in pair] for pair in tensors]
    for case, (images, _), magnitudes, *pairs in zip(
        its_cases,
        tensors,
        both_ways(absolute),
        tf.function(both_ways, jit_compile=True)(tensors),
        both_ways(tensors),
        strict=True,
    ):
        magnitudes = list(magnitudes)
        if interpolation == "bilinear":
            # For a blend, either program may be off by 5 eps of its largest tap, see cases.py.
            largest = of_taps(np.abs(images.numpy()), case, np.maximum)
            magnitudes[0] = tf.constant(2.5 * largest.astype(np.float32))
        for backward, (result, expected, magnitude) in enumerate(
            zip(*pairs, magnitudes, strict=True)
        ):
            # XLA's own operations add up in their own order, but a copy has only one right result.
            is_copy = interpolation == "nearest" and not backward
            is_bitwise = is_copy or not runs_hlo(lowering, interpolation, backward)
            assert_equal(result, expected, magnitude, is_bitwise)


@pytest.mark.parametrize("dtype", sorted({*ALL_DTYPES} - {*REALS, *COMPLEXES}))
@pytest.mark.parametrize("layout", LAYOUTS)
def test_nearest_of_other_dtypes(layout, dtype, lowering):
    for case in cases("nearest", layout, dtype, SHAPES_AND_SIZES[::3]):
        call = tf.function(lambda x, case=case: upsample2d(x, *case.arguments), jit_compile=True)
        x = tf.constant(case.random())
        assert_equal(call(x), upsample2d(x, *case.arguments), x, is_bitwise=True)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int32"])
def test_bilinear_of_integers(dtype, lowering):
    x = tf.constant(np.random.default_rng(0).integers(0, 100, (2, 3, 4, 2)).astype(dtype))
    call = tf.function(lambda x: upsample2d(x, (3, 2), "bilinear"), jit_compile=True)
    # A half may be rounded up or down if the lowering's last bit of float32 differs.
    error = tf.cast(call(x), tf.int64) - tf.cast(upsample2d(x, (3, 2), "bilinear"), tf.int64)
    assert np.abs(error).max() <= (1 if lowering == "hlo" else 0)


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_second_order(interpolation, lowering):
    def second_gradient(x):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                cubes = tf.reduce_sum(upsample2d(x, (3, 2), interpolation) ** 3)
            squares = tf.reduce_sum(inner.gradient(cubes, x) ** 2)
        return outer.gradient(squares, x)

    x = tf.random.stateless_normal((2, 3, 4, 2), (0, 1), dtype=tf.float64)
    found = tf.function(second_gradient, jit_compile=True)(x)
    np.testing.assert_allclose(found, second_gradient(x), rtol=1e-12)
    assert np.abs(found).min() > 0


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_forward_mode_and_jacobians(interpolation, lowering):
    x = tf.random.stateless_normal((1, 2, 3, 2), (0, 1))

    def jacobian(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = upsample2d(x, 2, interpolation)
        return tape.jacobian(y, x)

    def product(x):
        with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as accumulator:
            y = upsample2d(x, 2, interpolation) ** 2
        return accumulator.jvp(y)

    for function in (jacobian, product):
        found = tf.function(function, jit_compile=True)(x)
        np.testing.assert_allclose(found, function(x), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@pytest.mark.parametrize("value", [np.nan, np.inf, -0.0, 1e-45])
def test_special_values_go_where_they_go_in_eager_mode(value, interpolation, lowering):
    x = np.ones((1, 5, 5, 1), np.float32)
    x[0, 2, 2] = x[0, 4, 0] = value
    for size in (2, 3):

        def upsample(x, size=size):
            return upsample2d(x, size, interpolation)

        # XLA decides which subnormal results are 0.
        smallest = np.finfo(np.float32).smallest_normal
        np.testing.assert_allclose(
            tf.function(upsample, jit_compile=True)(x), upsample(x), rtol=1e-6, atol=smallest
        )


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@pytest.mark.parametrize("shape", [(0, 2, 3, 4), (1, 0, 3, 4), (1, 2, 0, 4), (1, 2, 3, 0)], ids=str)
def test_nothing_to_do(shape, interpolation, lowering):
    def both_ways(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = upsample2d(x, (2, 3), interpolation)
        return y, tape.gradient(y, x)

    for found, expected in zip(
        tf.function(both_ways, jit_compile=True)(tf.zeros(shape)),
        both_ways(tf.zeros(shape)),
        strict=True,
    ):
        assert found.shape == expected.shape


DYNAMIC_AXES = [(0,), (1,), (2,), (3,), (1, 2), (2, 3)]


@pytest.mark.parametrize("axes", DYNAMIC_AXES, ids=str)
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_dimensions_that_are_known_when_it_runs(interpolation, layout, axes):
    """tf.where gives XLA only a bound on the length."""
    x = tf.random.stateless_normal((4, 5, 6, 4), (0, 1))
    data_format = {"NHWC": "channels_last", "NCHW": "channels_first"}[layout]

    def both_ways(x, mask, size):
        for axis in axes:
            x = tf.gather(x, tf.where(mask[: x.shape[axis]])[:, 0], axis=axis)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = upsample2d(x, size, interpolation, data_format)
            squares = tf.reduce_sum(y * y)
        return y, tape.gradient(squares, x)

    for size in ((2, 2), (3, 4), (1, 5)):
        call = tf.function(lambda x, mask, size=size: both_ways(x, mask, size), jit_compile=True)
        for bits in ([1, 0, 1, 1, 0, 1], [0, 1, 0, 0, 0, 0], [0] * 6, [1] * 6):
            mask = tf.constant(bits) == 1
            for found, expected in zip(call(x, mask), both_ways(x, mask, size), strict=True):
                np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


# [bound, factor]. Some lengths of grad_out are multiples of the factor, and others aren't.
GRADIENT_LENGTHS = [(8, 2), (10, 3), (9, 3), (5, 4), (2, 3)]


@pytest.mark.parametrize("axis", [1, 2])
@pytest.mark.parametrize(("bound", "size"), GRADIENT_LENGTHS)
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_lengths_of_a_gradient_are_judged_when_it_runs(interpolation, bound, size, axis, lowering):
    attributes = {"size": [size, 1] if axis == 1 else [1, size], "interpolation": interpolation}

    def gradient(grad_out, mask):
        grad_out = tf.gather(grad_out, tf.where(mask)[:, 0], axis=axis)
        return raw_ops.upsample_op_upsample2d_grad(grad_out, **attributes)

    compiled = tf.function(gradient, jit_compile=True)
    shape = [2, bound, 3, 2] if axis == 1 else [2, 3, bound, 2]
    grad_out = tf.random.stateless_normal(shape, (0, 1))
    for length in range(bound + 1):
        mask = tf.constant([1] * length + [0] * (bound - length)) == 1
        if length % size == 0:
            found, expected = compiled(grad_out, mask), gradient(grad_out, mask)
            assert found.shape == expected.shape
            np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
            continue
        words = (
            f"`grad_out` {['height', 'width'][axis - 1]} must be a multiple of its factor {size}"
        )
        shape[axis] = length
        words = re.escape(f"{words}, got shape [{','.join(map(str, shape))}]")
        for call in (gradient, compiled):
            with pytest.raises(tf.errors.InvalidArgumentError, match=words):
                call(grad_out, mask)


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_such_dimensions_take_no_custom_call_even_if_asked_to(interpolation, monkeypatch):
    monkeypatch.setenv("UPSAMPLE_XLA_LOWERING", "custom_call")

    def gathered(x):
        return upsample2d(tf.gather(x, tf.where(x[:, 0, 0, 0] > 0)[:, 0]), 2, interpolation)

    x = tf.random.stateless_normal((6, 2, 3, 1), (0, 1))
    found = tf.function(gathered, jit_compile=True)(x)
    assert 0 < found.shape[0] < 6
    np.testing.assert_allclose(found, gathered(x), rtol=1e-6)


def test_such_dimensions_of_empty_images():
    def gathered(x, mask):
        return upsample2d(tf.gather(x, tf.where(mask)[:, 0]), 2, "bilinear")

    x, mask = tf.zeros((4, 0, 3, 2)), tf.constant([1, 0, 1, 0]) == 1
    assert tf.function(gathered, jit_compile=True)(x, mask).shape == (2, 0, 6, 2)


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_more_bytes_than_xla_can_count(interpolation, lowering):
    @tf.function(jit_compile=True)
    def forward():
        return upsample2d(tf.broadcast_to(1.0, [2**30, 2**15, 2**15, 1]), (2, 1), interpolation)

    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"too large for XLA: .* \[1073741824,"
    ):
        forward()


@pytest.mark.parametrize("is_static", [True, False])
@pytest.mark.parametrize("backward", [False, True])
def test_a_factor_of_more_phases_than_a_program_should_hold(backward, is_static, lowering):
    """XLA's own operations hold each phase's weights, and those of 2^40 would end the process."""
    factor = 2**20 + 1
    op = raw_ops.upsample_op_upsample2d_grad if backward else raw_ops.upsample_op_upsample2d
    x = tf.random.stateless_normal((1, factor if backward else 1, 1, 1), (0, 1), dtype=tf.float64)

    @tf.function(jit_compile=True)
    def call(x):
        if not is_static:
            x = tf.gather(x, tf.where(x[:, 0, 0, 0] != 0)[:, 0])
        return op(x, size=(factor, 1), interpolation="bilinear")

    if runs_hlo(lowering, "bilinear", backward) or not is_static:
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"a factor above 1048576"):
            call(x)
    else:
        expected = op(x, size=(factor, 1), interpolation="bilinear")
        np.testing.assert_array_equal(call(x), expected)


def test_errors_are_those_of_eager_mode():
    def forward(x, size):
        return tf.function(lambda x: upsample2d(x, size), jit_compile=True)(x)

    with pytest.raises(ValueError, match=r"rank 4 \[N, H, W, C\], got shape \[2,3\]"):
        forward(tf.ones((2, 3)), 2)
    with pytest.raises(ValueError, match=r"2 integers >= 1, got \[0,0\]"):
        forward(tf.ones((1, 2, 3, 1)), 0)

    @tf.function(jit_compile=True, input_signature=[tf.TensorSpec(None)])
    def gradient(grad_out):
        return raw_ops.upsample_op_upsample2d_grad(grad_out, size=(2, 2))

    with pytest.raises(tf.errors.InvalidArgumentError, match=r"height must be a multiple"):
        gradient(tf.ones((1, 3, 4, 1)))


def test_an_unknown_lowering_is_named(monkeypatch):
    monkeypatch.setenv("UPSAMPLE_XLA_LOWERING", "none")
    with pytest.raises(tf.errors.InvalidArgumentError, match="hlo or custom_call, got none"):
        tf.function(upsample2d, jit_compile=True)(tf.ones((1, 2, 3, 1)))
