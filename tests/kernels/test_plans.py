"""Which kernel a plan chooses, and plans for tensors that no memory holds."""

import itertools

import numpy as np
import pytest

from cases import ALL_DTYPES, INTERPOLATIONS, LAYOUTS, REALS, directions
from emulation import plan, trace
from upsample_op import _emulator
from upsample_op._case import Case

# The expected variants: the vector's bytes, the elements of a pixel of the row along which it lies
# (0: inside of a pixel), the unrolled factors.
VARIANTS = {
    "nearest-NHWC-float32-2x8x8x64-by2x2": (16, 0, (2, 2)),
    "nearest-NHWC-uint8-2x8x8x64-by3x4": (16, 0, (3, 4)),
    "nearest-NHWC-uint8-2x8x8x3-by2x2": (16, 3, (2, 2)),
    "nearest-NHWC-uint8-2x8x7x3-by2x2": (1, 0, (2, 2)),
    "nearest-NHWC-uint8-2x8x16x3-by3x3": (1, 0, (3, 3)),
    "nearest-NHWC-float16-2x8x8x3-by4x4": (16, 3, (4, 4)),
    "nearest-NHWC-float64-2x8x8x3-by2x2": (8, 0, (2, 2)),
    "nearest-NHWC-float32-2x8x8x5-by2x2": (4, 0, (2, 2)),
    "nearest-NCHW-uint8-2x3x8x8-by2x2": (16, 1, (2, 2)),
    "nearest-NCHW-complex64-2x3x8x8-by2x3": (16, 1, (2, 3)),
    "bilinear-NHWC-float32-2x8x8x64-by2x2": (16, 0, (2, 2)),
    "bilinear-NHWC-float32-2x8x8x64-by4x3": (16, 0, (4, 3)),
    "bilinear-NHWC-float32-2x8x8x64-by5x2": (16, 0, (0, 0)),
    "bilinear-NHWC-float32-2x8x8x64-by1x2": (16, 0, (0, 0)),
    "bilinear-NHWC-float16-2x8x8x6-by2x2": (4, 0, (2, 2)),
    "bilinear-NHWC-float32-2x8x8x3-by2x2": (16, 3, (2, 2)),
    "bilinear-NHWC-float32-2x8x7x3-by2x2": (4, 0, (2, 2)),
    "bilinear-NHWC-bfloat16-2x8x6x3-by2x4": (16, 3, (0, 4)),
    "bilinear-NHWC-float16-2x8x8x3-by5x2": (16, 3, (0, 2)),
    "bilinear-NHWC-float64-2x8x8x3-by2x2": (8, 0, (2, 2)),
    "bilinear-NHWC-float32-2x8x8x1-by2x2": (16, 1, (2, 2)),
    "bilinear-NCHW-bfloat16-2x64x8x8-by2x2": (16, 1, (2, 2)),
    "bilinear-NCHW-bfloat16-2x64x8x8-by1x2": (16, 1, (0, 2)),
    "bilinear-NCHW-bfloat16-2x64x8x6-by2x2": (8, 1, (0, 2)),
    "bilinear-NCHW-bfloat16-2x64x8x7-by3x3": (2, 0, (3, 3)),
    "bilinear-NCHW-float64-2x64x8x8-by4x4": (16, 1, (4, 4)),
    "bilinear-NCHW-float32-2x64x8x8-by5x5": (4, 0, (0, 0)),
}


@pytest.mark.parametrize(("name", "backward"), directions(VARIANTS))
def test_which_variant_runs(name, backward):
    case = Case.parse(name)
    did = plan(case, backward)
    expected = VARIANTS[name]
    if backward and case.dtype == "complex64":
        expected = (8, 0, (2, 3))  # two floats are one pixel
    assert (did["vector_bytes"], did["row_pixel"], did["unrolled"]) == expected


def test_nearest_of_4_byte_elements_moves_colours_one_by_one():
    """As fast as memory writes, which a stride of 48 bytes between threads might not be."""
    case = Case.parse("nearest-NHWC-float32-2x8x8x3-by2x2")
    assert [plan(case, backward)["row_pixel"] for backward in (False, True)] == [0, 3]


def test_every_compiled_variant_can_be_reached():
    reached = set()
    shapes = [(1, 2, 16, c) for c in (1, 2, 3, 4, 8, 16, 32)]
    sizes = [(h, w) for h in (1, 2, 3, 4) for w in (2, 3, 4, 5)]
    addresses = (0, 1, 2, 4, 8)
    for dtype, layout, shape, size in itertools.product(ALL_DTYPES, LAYOUTS, shapes, sizes):
        for interpolation in INTERPOLATIONS if dtype in REALS else ["nearest"]:
            case = Case(interpolation, layout, dtype, shape, size)
            for backward in [False, True] if dtype in REALS else [False]:
                reached.add(plan(case, backward, narrow_indices=1)["variant"])
                for address in addresses:
                    if address % case.np_dtype.itemsize == 0:
                        reached.add(plan(case, backward, address)["variant"])
    assert reached == set(_emulator.all_variants())


# Each of these has more than 2^31 elements.
HUGE = [
    # Here planes times rows are beyond 32 bits.
    "nearest-NCHW-float32-1x200000000x16x1-by2x1",
    "bilinear-NCHW-float32-1x200000000x16x1-by2x1",
    # Here a row's elements times the vertical factor are beyond 32 bits.
    "nearest-NHWC-float32-1x4x200000000x1-by12x5",
    "nearest-NHWC-float32-1x4x400000000x1-by12x2",
    # Here rows would fit without the horizontal factor.
    "bilinear-NHWC-float32-1x2x600000000x1-by2x4",
    "nearest-NHWC-float32-64x512x512x256-by2x2",
    "nearest-NHWC-uint8-1x1x3000000001x1-by1x3",
    "nearest-NCHW-float16-1x3000000000x2x2-by2x2",
    "bilinear-NHWC-bfloat16-64x512x512x256-by2x2",
    "bilinear-NHWC-bfloat16-4096x1024x1024x3-by4x4",
    "bilinear-NCHW-bfloat16-64x256x512x512-by3x3",
    "bilinear-NCHW-float32-1x5x1100000000x1-by2x1",
    "bilinear-NHWC-float32-1x2x1100000000x1-by2x2",
]


@pytest.mark.parametrize(("name", "backward"), directions(HUGE))
def test_more_than_2_31_elements(name, backward):
    """The first, the last and random items access what belongs to their places in the tensors."""
    case = Case.parse(name)
    did = plan(case, backward)
    assert np.prod(case.out_shape) > 2**31
    assert did["blocks"] <= 2**31 - 1
    assert did["wide_index"] or did["items"] < 2**30
    rng = np.random.default_rng(0)
    for item in [0, did["items"] - 1, *rng.integers(0, did["items"], 20).tolist()]:
        loads, stores = trace(case, [item], backward)
        low, high = (stores, loads) if backward else (loads, stores)
        _assert_belong_together(case, _places(low, case.shape), _places(high, case.out_shape))


def _places(accesses, shape):
    """Returns the indices `[4, elements]` of all elements that are accessed."""
    flat = np.concatenate([np.arange(first, end) for first, end in accesses])
    return np.stack(np.unravel_index(flat, shape))


def _assert_belong_together(case, low, high):
    """Asserts that the outputs lie where the inputs' upsampled images do, and nowhere else."""
    spatial = (1, 2) if case.layout == "NHWC" else (2, 3)
    reach = 0 if case.interpolation == "nearest" else 1
    for axis in range(4):
        if axis not in spatial:
            assert set(low[axis]) == set(high[axis])
            continue
        origins = high[axis] // case.size[spatial.index(axis)]
        assert low[axis].min() >= origins.min() - reach - 16 * (reach > 0)
        assert low[axis].max() <= origins.max() + reach + 16 * (reach > 0)
        assert set(origins) <= {
            i + step for i in set(low[axis]) for step in range(-reach, reach + 1)
        }


def test_indices_are_64_bits_from_2_30_on():
    for width, is_wide in [(2**30, True), (2**30 - 1, False)]:
        case = Case("nearest", "NHWC", "uint8", (1, 1, width, 1), (1, 1))
        assert plan(case)["wide_index"] == is_wide


# The blocks of 256 threads that a multiprocessor holds, and the rows of a strip with which the 132
# multiprocessors of an H200 take the fewest steps. docs/gpu.md has more of them, with times.
STRIPS = [
    ("bilinear-NHWC-bfloat16-16x32x32x256-by2x2", True, 3, 6),
    ("bilinear-NHWC-bfloat16-16x32x32x256-by2x2", False, 4, 9),
    ("bilinear-NHWC-bfloat16-8x16x16x512-by2x2", False, 4, 3),
    ("bilinear-NHWC-bfloat16-16x64x64x128-by2x2", True, 3, 11),
    ("bilinear-NHWC-bfloat16-32x128x128x64-by2x2", False, 4, 65),
    # All its items fit at once, so they are as short as can be.
    ("bilinear-NHWC-float32-2x9x9x16-by2x2", False, 4, 1),
]


@pytest.mark.parametrize(("name", "backward", "blocks", "rows"), STRIPS)
def test_strips_fill_waves(name, backward, blocks, rows):
    did = plan(Case.parse(name), backward, resident_threads=blocks * 132 * 256)
    assert did["rows_per_item"] == rows


def test_strips_are_long_enough_for_32_bit_indices():
    """A kernel with 64-bit indices is a plain one, and much slower."""
    case = Case.parse("nearest-NHWC-float32-64x512x512x256-by2x2")
    for resident_threads in (1, 2**17, 2**31):
        did = plan(case, resident_threads=resident_threads)
        assert not did["wide_index"]
        assert did["items"] < 2**30
