"""The bodies of the CUDA kernels, run on the host by the emulator, over their whole launch plan.

The emulator itself fails if an access is outside of a tensor or at an address that a GPU could not
access at that width, or if an output isn't written exactly once.
"""

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

from cases import (
    ALL_DTYPES,
    CASES,
    COMPLEXES,
    INTERPOLATIONS,
    LAYOUTS,
    REALS,
    assert_matches_reference,
)
from emulation import emulate
from upsample_op._case import Case

# These limits make a small tensor take the paths of a large one.
LARGE = {"narrow_indices": 1}  # 64-bit indices
LONG_STRIPS = {"resident_threads": 1}  # one strip
SMALL_GRID = {"blocks": 1}  # threads that go on with further items

NOT_EMPTY = [case for case in CASES if 0 not in case.shape]


def assert_like_the_cpu(case, backward, x=None, out=None, **limits):
    """Asserts that a kernel's result is right, and returns what it did.

    Forward, and for nearest in both directions, it must have the bits of the CPU kernel. The
    gradient of bilinear adds in another order, and may be as far from the reference as the CPU's.
    """
    x = case.random(backward) if x is None else x
    result, did = emulate(case, x, backward, out, **limits)
    if backward and case.interpolation == "bilinear":
        assert_matches_reference(result, x, case, backward)
    else:
        assert result.tobytes() == case.run_kernel(x, backward).tobytes()
    return did


@pytest.mark.parametrize("limits", [{}, LARGE, LONG_STRIPS], ids=["usual", "64-bit", "strips"])
@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
@pytest.mark.parametrize("case", NOT_EMPTY, ids=str)
def test_gives_what_the_cpu_gives(case, backward, limits):
    did = assert_like_the_cpu(case, backward, **limits)
    assert did["wide_index"] == (limits is LARGE)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("channels", [1, 2, 3, 4, 6, 16, 32])
@pytest.mark.parametrize("dtype", ALL_DTYPES)
def test_nearest_moves_every_dtype(dtype, channels, layout):
    shape = (2, 3, 8, channels) if layout == "NHWC" else (2, channels, 3, 8)
    for size in [(2, 2), (3, 4), (5, 1), (4, 3)]:
        for limits in ({}, LARGE, LONG_STRIPS):
            assert_like_the_cpu(Case("nearest", layout, dtype, shape, size), False, **limits)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", COMPLEXES)
def test_nearest_gradient_of_complex_numbers(dtype, layout):
    for size in [(2, 2), (3, 4), (5, 1)]:
        assert_like_the_cpu(Case("nearest", layout, dtype, (2, 3, 4, 6), size), True)


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_every_pair_of_factors_up_to_9(interpolation, layout, backward):
    for size_h in range(1, 10):
        for size_w in range(1, 10):
            for shape in [(2, 3, 4, 5), (1, 8, 5, 8), (1, 1, 16, 1)]:
                case = Case(interpolation, layout, "float32", shape, (size_h, size_w))
                assert_like_the_cpu(case, backward)


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_pixels_of_three_elements_are_moved_by_whole_vectors(interpolation, dtype, backward):
    for size in [(2, 2), (4, 4), (1, 2), (5, 2), (2, 4), (3, 4)]:
        for width in (8, 16, 40):
            case = Case(interpolation, "NHWC", dtype, (2, 5, width, 3), size)
            for limits in ({}, LONG_STRIPS, SMALL_GRID):
                did = assert_like_the_cpu(case, backward, **limits)
                moves_floats = (
                    case.interpolation == "nearest" and not backward and dtype == "float32"
                )
                assert did["row_pixel"] == (0 if moves_floats else 3)


any_case = hypothesis.given(
    case=st.builds(
        Case,
        interpolation=st.sampled_from(INTERPOLATIONS),
        layout=st.sampled_from(LAYOUTS),
        dtype=st.sampled_from(REALS),
        shape=st.tuples(*[st.one_of(st.integers(1, 9), st.sampled_from([16, 24, 32]))] * 4),
        size=st.tuples(*[st.integers(1, 9)] * 2),
    ),
    seed=st.integers(0, 2**32 - 1),
    blocks=st.integers(0, 3),
    resident_threads=st.sampled_from([0, 1, 7, 100]),
    narrow_indices=st.sampled_from([0, 0, 0, 1]),
    offsets=st.tuples(*[st.sampled_from([0, 0, 1, 2, 4, 5])] * 2),
)


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
@hypothesis.settings(max_examples=150, deadline=None, derandomize=True)
@any_case
def test_any_problem_on_any_grid_at_any_address(case, backward, seed, offsets, **limits):
    # Some would have millions of elements, and take as long as all others together.
    hypothesis.assume(np.prod(case.out_shape) < 2**18)
    x = case.random(backward, seed)
    shape = case.shape if backward else case.out_shape
    moved_x, moved_out = (
        _at_offset(*pair, x.dtype) for pair in zip((x.shape, shape), offsets, strict=True)
    )
    moved_x[...] = x
    assert_like_the_cpu(case, backward, moved_x, moved_out, **limits)


def _at_offset(shape, offset, dtype):
    """Returns an array that starts so many elements after a 64-byte boundary."""
    size = int(np.prod(shape))
    memory = np.empty(size + 64 + offset, dtype)
    start = -(memory.ctypes.data // memory.itemsize) % (64 // memory.itemsize)
    return memory[start + offset : start + offset + size].reshape(shape)


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
def test_an_unaligned_tensor_narrows_the_vectors(backward):
    widths = {}
    for layout, offset in [(layout, offset) for layout in LAYOUTS for offset in (0, 1, 2, 4)]:
        case = Case("bilinear", layout, "bfloat16", (2, 8, 8, 16), (2, 2))
        x = _at_offset(case.out_shape if backward else case.shape, offset, case.np_dtype)
        x[...] = case.random(backward)
        widths[layout, offset] = assert_like_the_cpu(case, backward, x)["vector_bytes"]
    # Elements have 2 bytes, so an odd offset is aligned to 2 bytes and to no vector.
    assert widths == {
        (layout, offset): {0: 16, 1: 2, 2: 4, 4: 8}[offset]
        for layout in LAYOUTS
        for offset in (0, 1, 2, 4)
    }


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_infinities_and_nans_reach_whom_they_reach_on_the_cpu(interpolation, layout):
    for size in [(2, 2), (3, 3), (4, 3), (5, 7)]:
        _assert_infinities_spread_alike(Case(interpolation, layout, "float32", (1, 8, 8, 8), size))
    case = Case(interpolation, layout, "float32", (1, 8, 8, 3), (4, 4))
    _assert_infinities_spread_alike(case)


def _assert_infinities_spread_alike(case):
    rng = np.random.default_rng(0)
    x = case.random()
    x.flat[rng.integers(0, x.size, 20)] = np.inf
    x.flat[rng.integers(0, x.size, 20)] = np.nan
    np.testing.assert_array_equal(emulate(case, x)[0], case.run_kernel(x))
    gradient = case.random(backward=True)
    gradient.flat[rng.integers(0, gradient.size, 20)] = np.inf
    gradient.flat[rng.integers(0, gradient.size, 20)] = np.nan
    found, expected = emulate(case, gradient, True)[0], case.run_kernel(gradient, True)
    for kind in (np.isnan, np.isposinf):
        np.testing.assert_array_equal(kind(found), kind(expected))


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_the_last_strip_may_be_shorter(interpolation, backward):
    walks_gaps = interpolation == "bilinear" and not backward
    shorter = []
    for height in (5, 17, 23, 33):
        case = Case(interpolation, "NHWC", "float32", (2, height, 3, 4), (2, 3))
        columns = 3 if backward else 9
        did = assert_like_the_cpu(case, backward, resident_threads=4 * 2 * columns)
        assert did["strips"] > 1
        shorter.append(did["strips"] * did["rows_per_item"] > height + walks_gaps)
    assert any(shorter)


def test_a_thread_goes_on_with_further_items():
    case = Case("bilinear", "NHWC", "float32", (2, 9, 9, 16), (2, 2))
    did = assert_like_the_cpu(case, False, **SMALL_GRID)
    assert did["blocks"] == 1
    assert did["items"] > 5 * did["threads_per_block"]


def _reads_per_input(case, backward, **limits):
    """Returns the bytes that the kernel loads, divided by those of its input."""
    x = case.random(backward)
    did = assert_like_the_cpu(case, backward, **limits)
    return did["loads"] * did["widest_load"] / x.nbytes


def test_long_strips_read_each_row_little_more_than_once():
    """In bilinear by 2, along a row, an output reads two inputs, and an input has four readers."""
    case = Case("bilinear", "NHWC", "float32", (1, 64, 8, 16), (2, 2))
    for backward, horizontally in [(False, 4), (True, 2)]:
        short = _reads_per_input(case, backward, resident_threads=2**30)
        long = _reads_per_input(case, backward, resident_threads=1)
        assert short / horizontally >= 2
        # An item reads 64 rows and the two or three around them.
        assert long / horizontally <= 1 + 3 / 64


def test_nearest_gradient_reads_each_element_once():
    for layout in LAYOUTS:
        case = Case("nearest", layout, "float32", (2, 8, 16, 8), (3, 2))
        assert _reads_per_input(case, True) == 1
