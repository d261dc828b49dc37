"""What must hold for any case, tried on cases that hypothesis makes up."""

import dataclasses

import hypothesis
import hypothesis.strategies as st
import numpy as np

from cases import INTERPOLATIONS, LAYOUTS, REALS, assert_matches_reference, eps, of_taps
from upsample_op import kernels
from upsample_op._case import Case

cases = st.builds(
    Case,
    interpolation=st.sampled_from(INTERPOLATIONS),
    layout=st.sampled_from(LAYOUTS),
    dtype=st.sampled_from(REALS),
    shape=st.tuples(*[st.integers(1, 9)] * 4),
    size=st.tuples(*[st.integers(1, 9)] * 2),
)
any_case = hypothesis.given(case=cases, seed=st.integers(0, 2**32 - 1))
settings = hypothesis.settings(max_examples=100, deadline=None, derandomize=True)


@settings
@any_case
def test_forward_and_backward_match_the_reference(case, seed):
    for backward in (False, True):
        x = case.random(backward, seed)
        assert_matches_reference(case.run_kernel(x, backward), x, case, backward)


@settings
@any_case
def test_backward_is_the_adjoint_of_forward(case, seed):
    x, y = case.random(seed=seed), case.random(backward=True, seed=seed + 1)
    forward = case.run_kernel(x).astype(np.float64)
    backward = case.run_kernel(y, backward=True).astype(np.float64)
    x, y = x.astype(np.float64), y.astype(np.float64)
    rounded = np.abs(forward)
    if case.interpolation == "bilinear":
        rounded = of_taps(np.abs(x), case, np.maximum)
    scale = np.sum(rounded * np.abs(y)) + np.sum(np.abs(x) * np.abs(backward))
    # The bound is for roundings that all go one way: 5 eps forward, 2 backward.
    assert abs(np.sum(forward * y) - np.sum(x * backward)) <= 5 * eps(case.np_dtype) * scale


@settings
@any_case
def test_a_constant_stays_constant(case, seed):
    value = case.random(seed=seed).flat[0]
    np.testing.assert_array_equal(
        case.run_kernel(np.full(case.shape, value)), np.full(case.out_shape, value)
    )


@settings
@any_case
def test_transposes_of_an_image_commute(case, seed):
    """They commute up to rounding, because the width is interpolated first, and rounded."""
    x = case.random(seed=seed)
    order = (0, 2, 1, 3) if case.layout == "NHWC" else (0, 1, 3, 2)
    twin = dataclasses.replace(
        case, shape=tuple(case.shape[i] for i in order), size=case.size[::-1]
    )
    transposed = np.ascontiguousarray(x.transpose(order))
    result = case.run_kernel(x).transpose(order)
    assert_matches_reference(result, transposed, twin, eps_allowed=4)
    if 1 in case.size:
        np.testing.assert_array_equal(result, twin.run_kernel(transposed))


@settings
@any_case
def test_layouts_agree_to_the_bit(case, seed):
    other = "NCHW" if case.layout == "NHWC" else "NHWC"
    order = (0, 3, 1, 2) if other == "NCHW" else (0, 2, 3, 1)
    for backward in (False, True):
        x = case.random(backward, seed)
        transposed = np.ascontiguousarray(x.transpose(order))
        shape = tuple(case.shape[i] for i in order)
        twin = Case(case.interpolation, other, case.dtype, shape, case.size)
        np.testing.assert_array_equal(
            twin.run_kernel(transposed, backward), case.run_kernel(x, backward).transpose(order)
        )


@settings
@any_case
def test_factor_1_is_the_identity(case, seed):
    x = case.random(seed=seed)
    for function in (kernels.upsample2d, kernels.upsample2d_grad):
        np.testing.assert_array_equal(function(x, 1, *case.arguments[1:]), x)


@settings
@any_case
def test_repeated_runs_give_the_same_bits(case, seed):
    for backward in (False, True):
        x = case.random(backward, seed)
        assert case.run_kernel(x, backward).tobytes() == case.run_kernel(x, backward).tobytes()
