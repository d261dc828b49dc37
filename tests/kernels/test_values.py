"""Every kernel against the float64 reference."""

import numpy as np
import pytest

from cases import ALL_DTYPES, CASES, COMPLEXES, LAYOUTS, assert_matches_reference
from upsample_op import _hooks, kernels
from upsample_op._case import Case


@pytest.mark.parametrize("case", CASES, ids=str)
def test_forward_matches_the_reference(case, isa):
    x = case.random()
    assert_matches_reference(case.run_kernel(x), x, case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_backward_matches_the_reference(case, isa):
    grad_out = case.random(backward=True)
    result = case.run_kernel(grad_out, backward=True)
    assert result.shape == case.shape
    assert_matches_reference(result, grad_out, case, backward=True)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("channels", [1, 3, 4, 20])
@pytest.mark.parametrize("dtype", ALL_DTYPES)
def test_nearest_moves_every_dtype(dtype, channels, layout, isa):
    shape = (2, 3, 5, channels) if layout == "NHWC" else (2, channels, 3, 5)
    for size in [(2, 2), (3, 4), (5, 1)]:
        case = Case("nearest", layout, dtype, shape, size)
        x = case.random()
        assert_matches_reference(case.run_kernel(x), x, case)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", COMPLEXES)
def test_nearest_gradient_of_complex_numbers(dtype, layout, isa):
    case = Case("nearest", layout, dtype, (2, 3, 4, 5), (3, 2))
    grad_out = case.random(backward=True)
    result = case.run_kernel(grad_out, backward=True)
    assert_matches_reference(result, grad_out, case, backward=True)


@pytest.mark.parametrize("backward", [False, True])
def test_instruction_sets_agree_to_the_bit(backward):
    best = kernels.cpu_isas()[-1]
    for case in CASES:
        x = case.random(backward)
        results = []
        for isa in kernels.cpu_isas():
            _hooks.set_cpu_isa(isa)
            results.append(case.run_kernel(x, backward).tobytes())
        _hooks.set_cpu_isa(best)
        assert len(set(results)) == 1, case


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
@pytest.mark.parametrize("shape", [(1, 2, 17000, 1), (1, 2, 3000, 3), (1, 2, 600, 64)], ids=str)
def test_rows_of_several_tiles_are_the_same_as_their_parts(shape, interpolation, backward, isa):
    part = 100  # pixels: less than any tile; the part's own borders, two pixels, may differ
    for dtype in ("float32", "bfloat16"):
        case = Case(interpolation, "NHWC", dtype, shape, (2, 2))
        x = case.random(backward)
        result = case.run_kernel(x, backward)
        of_input, of_result = (2, 1) if backward else (1, 2)
        for begin in range(0, shape[2] - part - 2, part):
            its_x = np.ascontiguousarray(x[:, :, begin * of_input : (begin + part + 2) * of_input])
            its = Case(interpolation, "NHWC", dtype, (1, 2, part + 2, shape[3]), (2, 2))
            found = result[:, :, (begin + 1) * of_result : (begin + part + 1) * of_result]
            expected = its.run_kernel(its_x, backward)[:, :, of_result:-of_result]
            assert found.tobytes() == expected.tobytes(), (dtype, begin)


@pytest.fixture
def stream_from():
    """Yields a function that sets the cache's size; calls that move half as much again stream."""
    yield _hooks.set_last_level_cache_bytes
    _hooks.set_last_level_cache_bytes(0)


@pytest.mark.parametrize("offset", [0, 1, 13])
@pytest.mark.parametrize("backward", [False, True])
def test_streaming_changes_no_bit(backward, offset, isa, stream_from):
    for case in CASES:
        x = case.random(backward)
        stream_from(2**60)
        assert not kernels.describe(x, *case.arguments, backward=backward).is_streamed
        expected = case.run_kernel(x, backward)
        # Elements before and after the result must stay as they are.
        memory = np.full(expected.size + offset + 70, 7, x.dtype)
        out = memory[offset : offset + expected.size].reshape(expected.shape)
        stream_from(max(1, expected.nbytes * 2 // 3))
        described = kernels.describe(x, *case.arguments, backward=backward)
        assert described.is_streamed == (expected.size > 0)
        case.run_kernel(x, backward, out=out)
        assert out.tobytes() == expected.tobytes(), case
        assert np.all(memory[:offset] == 7)
        assert np.all(memory[offset + expected.size :] == 7)


def test_a_call_counts_on_a_likely_part_of_the_last_level_cache():
    assert 2**20 <= _hooks.last_level_cache_bytes() <= 2**25


@pytest.mark.parametrize("offset", [1, 2, 3, 5])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64", "uint8"])
def test_inputs_and_outputs_may_start_at_any_element(dtype, offset, isa):
    for interpolation in ["nearest"] if dtype == "uint8" else ["nearest", "bilinear"]:
        case = Case(interpolation, "NHWC", dtype, (2, 4, 9, 5), (2, 3))
        x = case.random()
        moved = np.empty(x.size + offset, x.dtype)[offset:].reshape(x.shape)
        moved[...] = x
        out = np.empty(np.prod(case.out_shape) + offset, x.dtype)[offset:].reshape(case.out_shape)
        assert case.run_kernel(moved, out=out) is out
        assert_matches_reference(out, x, case)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_16_bit_numbers_survive_unless_they_are_nan(dtype, isa):
    # A factor of (1, 2) on one column copies, so every bit pattern is converted to float and back.
    case = Case("bilinear", "NHWC", dtype, (1, 1, 1, 65536), (1, 2))
    x = np.arange(65536, dtype=np.uint16).view(case.np_dtype).reshape(case.shape)
    y = case.run_kernel(x)[0, 0, 0]
    is_nan = np.isnan(x[0, 0, 0].astype(np.float32))
    np.testing.assert_array_equal(np.isnan(y.astype(np.float32)), is_nan)
    np.testing.assert_array_equal(y.view(np.uint16)[~is_nan], np.arange(65536)[~is_nan])


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_16_bit_results_are_rounded_to_nearest_even(dtype, isa):
    # The gradient is a sum of two, which is compared with NumPy's and ml_dtypes' rounding of the
    # sum.
    case = Case("nearest", "NHWC", dtype, (1, 1, 1, 50000), (1, 2))
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 65536, case.out_shape, dtype=np.uint16)
    x = bits.view(case.np_dtype)
    with np.errstate(all="ignore"):
        expected = x.astype(np.float32).sum(2, keepdims=True).astype(case.np_dtype)
    result = case.run_kernel(x, backward=True)
    same = result.view(np.uint16) == expected.view(np.uint16)
    is_nan = np.isnan(expected.astype(np.float32))
    np.testing.assert_array_equal(np.isnan(result.astype(np.float32)), is_nan)
    assert np.all(same | is_nan)


def test_more_than_2_31_elements(isa):
    # The output has 2 * 1100 * 1000 * 1000 bytes, so offsets are beyond 32 bits. It takes a second
    # or two.
    x = np.zeros((2, 550, 500, 1000), np.uint8)
    x[1, 549, 499, 999] = 7
    x[1, 549, 499, 0] = 5
    y = kernels.upsample2d(x, 2)
    assert y.size > 2**31
    assert y[1, 1098:, 998:, 999].tolist() == [[7, 7], [7, 7]]
    assert np.count_nonzero(y[1, 1000:]) == 8
