"""Every factor up to 130: specialised loops, and the general ones that take over."""

import numpy as np
import pytest

from cases import REALS, assert_matches_reference
from emulation import emulate
from upsample_op._case import Case

FACTORS = range(1, 131)
# Pixels that are a part of a vector, one that divides it, and some vectors.
CHANNELS = (1, 3, 4, 64)


def _cases(dtype, channels):
    """Yields each factor along either axis, of three pixels: both borders and the interior."""
    for factor in FACTORS:
        yield Case("bilinear", "NHWC", dtype, (1, 1, 3, channels), (1, factor))
        yield Case("bilinear", "NHWC", dtype, (1, 3, 1, channels), (factor, 1))


def _assert_right(result, x, case, backward):
    """Asserts a result. A sum of n terms rounds n - 1 times by eps / 2, for 16 bits in float32."""
    terms = max(case.size) if backward and x.dtype.itemsize > 2 else 0
    assert_matches_reference(result, x, case, backward, eps_allowed=max(2, terms / 2))


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
@pytest.mark.parametrize("channels", CHANNELS)
@pytest.mark.parametrize("dtype", REALS)
def test_bilinear_matches_the_reference(dtype, channels, backward, isa):
    for case in _cases(dtype, channels):
        x = case.random(backward)
        _assert_right(case.run_kernel(x, backward), x, case, backward)


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_gpu_kernels_match_the_reference(dtype, backward):
    for case in _cases(dtype, 4):
        x = case.random(backward)
        _assert_right(emulate(case, x, backward)[0], x, case, backward)


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
def test_nearest_matches_the_reference(backward, isa):
    for factor in FACTORS:
        for size, shape in (((1, factor), (1, 1, 3, 3)), ((factor, 1), (1, 3, 1, 3))):
            case = Case("nearest", "NHWC", "float32", shape, size)
            x = case.random(backward)
            _assert_right(case.run_kernel(x, backward), x, case, backward)


@pytest.mark.parametrize("factor", [2, 3, 17, 64, 99, 1000])
def test_a_ramp_stays_a_ramp(factor, isa):
    """Between input centres, bilinear upsampling of the numbers i gives the position itself."""
    case = Case("bilinear", "NHWC", "float64", (1, 1, 4, 1), (1, factor))
    found = case.run_kernel(np.arange(4.0).reshape(case.shape)).ravel()
    positions = (np.arange(4 * factor) + 0.5) / factor - 0.5
    np.testing.assert_allclose(found, np.clip(positions, 0, 3), rtol=0, atol=1e-14)
