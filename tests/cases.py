"""The case table of the tests, and how far a result may be from the reference."""

import functools
import itertools

import ml_dtypes
import numpy as np

from upsample_op import reference
from upsample_op._case import Case

INTERPOLATIONS = ("nearest", "bilinear")
LAYOUTS = ("NHWC", "NCHW")
REALS = ("float16", "bfloat16", "float32", "float64")
COMPLEXES = ("complex64", "complex128")
INTEGERS = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")
ALL_DTYPES = ("bool", *INTEGERS, *REALS, *COMPLEXES)

# [N, H, W, C] and factors. Together they have every specialised number of channels (1 to 4) and
# factor (2, 3, 4), cases without a specialisation, odd channels and widths that leave vector tails,
# pixels of 1, 2, 4 and more whole vectors, axes of one pixel, short rows that are worked on
# together, rows of several spans and of several tiles, and empty tensors.
_SHAPES_AND_SIZES = [
    ((2, 3, 5, 1), (2, 2)),
    ((1, 5, 37, 1), (3, 3)),
    ((2, 4, 19, 1), (4, 4)),
    ((1, 3, 7, 1), (5, 9)),
    ((2, 3, 9, 2), (2, 2)),
    ((1, 4, 11, 2), (4, 3)),
    ((2, 5, 13, 3), (2, 2)),
    ((1, 3, 21, 3), (3, 3)),
    ((1, 2, 8, 3), (4, 4)),
    ((1, 6, 5, 4), (2, 3)),
    ((2, 3, 4, 4), (3, 2)),
    ((1, 2, 6, 5), (2, 2)),
    ((2, 3, 5, 7), (3, 4)),
    ((1, 4, 3, 16), (2, 2)),
    ((1, 3, 5, 33), (4, 2)),
    ((1, 2, 3, 64), (7, 5)),
    ((1, 1, 1, 3), (2, 2)),
    ((1, 1, 1, 1), (8, 3)),
    ((2, 1, 6, 3), (3, 2)),
    ((2, 6, 1, 3), (2, 3)),
    ((1, 2, 2, 2), (2, 4)),
    ((2, 3, 4, 5), (1, 1)),
    ((1, 3, 4, 5), (1, 2)),
    ((1, 3, 4, 5), (2, 1)),
    ((2, 3, 11, 6), (2, 3)),
    ((1, 3, 9, 15), (2, 2)),
    ((1, 2, 9, 11), (3, 5)),
    ((5, 9, 16, 1), (2, 2)),
    ((3, 4, 30, 3), (3, 3)),
    ((1, 2, 400, 3), (2, 2)),
    ((1, 2, 1400, 4), (2, 3)),
    ((1, 2, 60, 1), (1, 300)),
    ((1, 2, 40, 3), (2, 150)),
    ((1, 2, 14, 700), (2, 2)),
    ((1, 2, 3, 9000), (2, 3)),
    ((2, 3, 20, 2), (2, 2)),
    ((1, 3, 9, 4), (2, 2)),
    ((1, 3, 7, 8), (2, 2)),
    ((1, 3, 4, 32), (2, 2)),
    ((1, 2, 5, 64), (3, 3)),
    ((1, 3, 3, 64), (4, 4)),
    ((1, 3, 4, 96), (3, 3)),
    ((2, 2, 3, 128), (2, 2)),
    ((0, 3, 4, 5), (2, 2)),
    ((2, 0, 4, 5), (2, 2)),
    ((2, 3, 0, 5), (3, 2)),
    ((2, 3, 4, 0), (2, 3)),
]


def _case(interpolation, layout, dtype, shape, size):
    n, h, w, c = shape
    return Case(
        interpolation, layout, dtype, (n, h, w, c) if layout == "NHWC" else (n, c, h, w), size
    )


CASES = [
    _case(interpolation, layout, dtype, shape, size)
    for interpolation, layout, dtype, (shape, size) in itertools.product(
        INTERPOLATIONS, LAYOUTS, REALS, _SHAPES_AND_SIZES
    )
]

# A few cases for slow tests, which together have each layout, interpolation and kind of factor.
FEW_CASES = [
    Case.parse(name)
    for name in (
        "nearest-NHWC-float32-2x3x5x7-by2x2",
        "nearest-NCHW-float32-2x3x5x7-by3x4",
        "bilinear-NHWC-float32-2x3x5x7-by3x2",
        "bilinear-NCHW-float32-2x3x5x7-by2x2",
        "bilinear-NHWC-float32-1x4x6x3-by5x1",
    )
]


def directions(names) -> list[tuple[str, bool]]:
    """Returns the names with their directions. For example, uint8 has no gradient."""
    return [
        (name, backward)
        for name in names
        for backward in (False, True)
        if not (backward and "uint8" in name)
    ]


def eps(dtype) -> float:
    """Returns the distance from 1 to the next number of a dtype, real or complex."""
    return float(ml_dtypes.finfo(dtype).eps)


def of_taps(images, case, choose):
    """Returns `choose` (np.minimum, np.maximum) of the taps of each pixel of bilinear's result."""
    if 0 in case.shape:
        return np.empty(case.out_shape, images.dtype)
    height = 1 if case.layout == "NHWC" else 2
    for axis, factor in zip((height, height + 1), case.size, strict=True):
        length = images.shape[axis]
        is_tap = reference.axis_matrix(length, factor, "bilinear") > 0
        first, last = is_tap.argmax(1), length - 1 - is_tap[:, ::-1].argmax(1)
        images = choose(np.take(images, first, axis), np.take(images, last, axis))
    return images


def assert_matches_reference(result, x, case, backward=False, eps_allowed=2):
    """Asserts that `result` is what the reference makes of x.

    Nearest forward must have the same bits. Otherwise the error is measured in eps of the dtype,
    relative to what rounding errors scale with. For gradients that is the sum of the weighted
    magnitudes that went into the element, and for blends the largest magnitude of their taps. An
    axis of `low + w * (high - low)` rounds to 2.5 eps of that: eps / 2 of a difference of twice as
    much, of its product with w, and of the sum; 16 bits are blended in float32. float64 is compared
    with a reference in extended precision.
    """
    is_blend = case.interpolation == "bilinear" and not backward
    assert result.dtype == x.dtype
    if case.interpolation == "nearest" and not backward:
        expected = reference.upsample2d(np.arange(x.size).reshape(x.shape), *case.arguments)
        expected = x.reshape(-1)[expected.astype(np.int64)]
        assert result.shape == expected.shape
        assert result.tobytes() == expected.tobytes()
        return
    expected, magnitude = _reference(x.tobytes(), x.dtype, x.shape, case, backward)
    if is_blend:
        eps_allowed = max(eps_allowed, 5)
    assert result.shape == expected.shape
    error = np.abs(result.astype(expected.dtype) - expected)
    assert np.all(error <= eps_allowed * eps(x.dtype) * magnitude), (
        f"{np.max(error / np.maximum(magnitude, 1e-300)) / eps(x.dtype):.2f} eps"
    )


# Tests on several instruction sets, or of several launches, ask for the same one after another.
@functools.lru_cache(maxsize=4)
def _reference(content, dtype, shape, case, backward):
    """Returns the reference's result, and what its rounding errors scale with."""
    x = np.frombuffer(content, dtype).reshape(shape)
    is_double = dtype in (np.float64, np.complex128)
    precise = np.longdouble if is_double else np.float64
    function = reference.upsample2d_grad if backward else reference.upsample2d
    expected = function(x, *case.arguments, precise)
    if case.interpolation == "bilinear" and not backward:
        return expected, of_taps(np.abs(x.astype(precise)), case, np.maximum)
    return expected, function(np.abs(x), *case.arguments, precise)
