"""More than 2^31 elements, with a result that an offset of 32 bits would spoil.

Every element is compared with that of a smaller call, on the images on which it depends.
"""

import os

import numpy as np
import pytest

from huge import memory_for, numbers_by_place
from upsample_op._case import Case

pytestmark = pytest.mark.skipif(
    "libasan" in os.environ.get("LD_PRELOAD", ""), reason="sanitizers would take minutes"
)

# The high resolution has more than 2^31 elements, in several images or in one row (or two rows, if
# an element is a byte).
IMAGES = [
    ("bilinear-NHWC-float16-131x512x512x16-by2x2", False),
    ("bilinear-NCHW-bfloat16-131x16x512x512-by2x2", True),
    ("nearest-NHWC-float16-131x512x512x16-by2x2", True),
]
ROWS = [
    ("nearest-NHWC-uint8-1x1x1073750001x1-by2x2", False),
    ("bilinear-NHWC-float16-1x1x1073750001x1-by1x2", False),
    ("bilinear-NHWC-bfloat16-1x1x1073750001x1-by1x2", True),
    ("nearest-NHWC-float16-1x1x1073750001x1-by1x2", True),
]


@pytest.fixture
def huge():
    """Yields a function that runs a case and returns its input and its result."""
    with memory_for(7 * 2**30):

        def run(name, backward):
            case = Case.parse(name)
            assert np.prod(case.out_shape) > 2**31
            x = numbers_by_place(case.out_shape if backward else case.shape, case.np_dtype)
            return case, x, case.run_kernel(x, backward)

        yield run


@pytest.mark.parametrize(("name", "backward"), IMAGES)
def test_images(name, backward, huge):
    case, x, result = huge(name, backward)
    for n in range(case.shape[0]):
        one = Case(case.interpolation, case.layout, case.dtype, (1, *case.shape[1:]), case.size)
        assert np.array_equal(result[n : n + 1], one.run_kernel(x[n : n + 1], backward)), n


@pytest.mark.parametrize(("name", "backward"), ROWS)
def test_a_row(name, backward, huge):
    case, x, result = huge(name, backward)
    # Parts have one more pixel at either side, on which the results at their ends depend.
    of_input, of_result = (2, 1) if backward else (1, 2)
    width, part = case.shape[2], 2**24
    for begin in range(0, width, part):
        first, last = max(0, begin - 1), min(width, begin + part + 1)
        one = Case(case.interpolation, "NHWC", case.dtype, (1, 1, last - first, 1), case.size)
        its_x = x[:, :, first * of_input : last * of_input]
        expected = one.run_kernel(np.ascontiguousarray(its_x), backward)
        end = min(width, begin + part)
        inside = slice((begin - first) * of_result, (end - first) * of_result)
        found = result[:, :, begin * of_result : end * of_result]
        assert np.array_equal(found, expected[:, :, inside]), begin
