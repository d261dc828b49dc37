"""Which kernel runs: this shows a fast path that is lost, or that is taken where it is slow."""

import pathlib
import re

import numpy as np
import pytest

from upsample_op import _hooks, kernels
from upsample_op._case import Case

CANDIDATES = pathlib.Path(__file__).parents[2] / "csrc/cpu/candidates.h"

ELEMENTS, PERMUTED = "two_passes_elements", "two_passes_permuted"
VECTORS, ZIPPED = "two_passes_vectors", "two_passes_zipped"
IN_VECTORS, IN_ZIPPED = "in_registers_vectors", "in_registers_zipped"
IN_PERMUTED = "in_registers_permuted"

# The kernels on the baseline, with AVX2 and with AVX-512, for results that the caches hold.
FORWARD = {
    "nearest-NHWC-float32-8x64x64x64-by2x2": ("chunks",) * 3,
    "nearest-NHWC-float32-8x64x64x3-by2x2": ("chunks", "permuted", "permuted"),
    "nearest-NHWC-uint8-8x64x64x3-by3x3": ("chunks", "permuted", "permuted"),
    "nearest-NHWC-float16-8x64x64x4-by2x2": ("elements",) * 3,
    "nearest-NCHW-float32-8x3x64x64-by2x2": ("elements",) * 3,
    "nearest-NHWC-float32-8x64x64x3-by2x1": ("copied",) * 3,
    "bilinear-NHWC-float32-8x64x64x64-by2x2": (VECTORS, VECTORS, IN_VECTORS),
    "bilinear-NHWC-bfloat16-8x64x64x64-by3x3": (VECTORS, VECTORS, IN_VECTORS),
    "bilinear-NHWC-float16-8x64x64x32-by4x4": (VECTORS, VECTORS, IN_VECTORS),
    "bilinear-NHWC-float32-8x64x64x64-by5x5": (VECTORS,) * 3,
    "bilinear-NHWC-float32-8x64x64x64-by2x3": (VECTORS,) * 3,
    "bilinear-NHWC-float32-8x64x64x20-by2x2": (VECTORS,) * 3,
    "bilinear-NHWC-float32-8x64x64x3-by2x2": (ELEMENTS, ZIPPED, ZIPPED),
    "bilinear-NHWC-float32-8x64x64x4-by2x2": (VECTORS, ZIPPED, IN_ZIPPED),
    "bilinear-NCHW-float32-8x3x64x64-by2x2": (ZIPPED, ZIPPED, IN_ZIPPED),
    "bilinear-NHWC-float64-8x64x64x4-by2x2": (VECTORS, VECTORS, IN_ZIPPED),
    "bilinear-NCHW-float32-8x3x64x64-by3x3": (ELEMENTS, PERMUTED, PERMUTED),
    "bilinear-NHWC-bfloat16-8x64x64x3-by3x3": (ELEMENTS, PERMUTED, PERMUTED),
    "bilinear-NHWC-float32-8x64x64x5-by5x5": (VECTORS, PERMUTED, PERMUTED),
    "bilinear-NHWC-float32-8x64x4x3-by3x3": (ELEMENTS, PERMUTED, PERMUTED),
    "bilinear-NHWC-float32-8x64x4x3-by1x997": (ELEMENTS,) * 3,
}
BACKWARD = {
    "nearest-NHWC-float32-8x64x64x64-by2x2": (IN_VECTORS,) * 3,
    "nearest-NHWC-bfloat16-8x64x64x64-by4x4": (IN_VECTORS,) * 3,
    "nearest-NHWC-float32-8x64x64x64-by5x5": (ELEMENTS,) * 3,
    "nearest-NHWC-float32-8x64x64x3-by2x2": (ELEMENTS, IN_ZIPPED, IN_ZIPPED),
    "nearest-NCHW-float32-8x3x64x64-by2x2": (IN_ZIPPED,) * 3,
    "bilinear-NHWC-float32-8x64x64x64-by2x2": (ELEMENTS, ELEMENTS, IN_VECTORS),
    "bilinear-NHWC-float32-8x64x64x256-by3x3": (ELEMENTS, ELEMENTS, IN_VECTORS),
    "bilinear-NHWC-float32-8x64x64x256-by4x4": (ELEMENTS,) * 3,
    "bilinear-NHWC-float32-8x64x64x16-by2x2": (ELEMENTS, ELEMENTS, IN_VECTORS),
    "bilinear-NHWC-float32-8x64x64x8-by2x2": (ELEMENTS, IN_VECTORS, IN_ZIPPED),
    "bilinear-NHWC-float32-8x64x64x3-by2x2": (ELEMENTS, IN_ZIPPED, IN_ZIPPED),
    "bilinear-NHWC-bfloat16-8x64x64x3-by3x3": (ELEMENTS, PERMUTED, IN_ZIPPED),
    "nearest-NHWC-float32-8x64x64x4-by4x4": (IN_VECTORS, PERMUTED, IN_ZIPPED),
    "bilinear-NHWC-float32-8x64x4x3-by3x3": (ELEMENTS, PERMUTED, PERMUTED),
    "bilinear-NHWC-float32-8x64x64x3-by5x5": (ELEMENTS, PERMUTED, PERMUTED),
    "bilinear-NHWC-float32-8x64x64x3-by9x9": (ELEMENTS,) * 3,
    "bilinear-NCHW-float32-8x3x64x64-by2x2": (IN_ZIPPED,) * 3,
    "bilinear-NCHW-float32-8x3x64x64-by3x3": (ELEMENTS, ELEMENTS, IN_ZIPPED),
    "nearest-NCHW-float64-8x3x64x64-by4x4": (IN_ZIPPED,) * 3,
}
# The cases where it makes a difference that the result is streamed.
STREAMED_FORWARD = {
    "bilinear-NHWC-float32-8x64x64x3-by3x3": (ELEMENTS, PERMUTED, IN_PERMUTED),
    "bilinear-NCHW-bfloat16-8x3x64x64-by3x3": (ELEMENTS, PERMUTED, IN_PERMUTED),
    "bilinear-NHWC-float32-8x64x64x3-by2x2": (ELEMENTS, ZIPPED, IN_PERMUTED),
    "bilinear-NHWC-bfloat16-8x64x64x3-by2x2": (ELEMENTS, ZIPPED, ZIPPED),
    "bilinear-NHWC-float32-8x64x63x3-by3x3": (ELEMENTS, PERMUTED, PERMUTED),
    "bilinear-NHWC-float32-8x64x64x3-by8x4": (ELEMENTS, PERMUTED, IN_PERMUTED),
    "bilinear-NHWC-float32-8x64x64x3-by9x4": (ELEMENTS, PERMUTED, PERMUTED),
    "bilinear-NHWC-bfloat16-8x64x64x4-by2x2": (VECTORS, ZIPPED, ZIPPED),
    "bilinear-NHWC-float32-8x64x64x4-by2x2": (VECTORS, ZIPPED, IN_ZIPPED),
}
STREAMED_BACKWARD = {
    "bilinear-NHWC-float32-8x64x64x64-by2x2": (ELEMENTS, IN_VECTORS, IN_VECTORS),
    "bilinear-NHWC-float32-8x64x64x256-by4x4": (ELEMENTS, ELEMENTS, IN_VECTORS),
}
TABLES = [
    (FORWARD, False, False),
    (BACKWARD, True, False),
    (STREAMED_FORWARD, False, True),
    (STREAMED_BACKWARD, True, True),
]
ISAS = ("baseline", "avx2", "avx512")


@pytest.fixture
def stream():
    """Yields a function that sets whether results are streamed, whatever the machine's caches."""
    yield lambda streams: _hooks.set_last_level_cache_bytes(1 if streams else 2**60)
    _hooks.set_last_level_cache_bytes(0)


@pytest.mark.parametrize(
    ("name", "expected", "backward", "streams"),
    [(name, expected, *how) for table, *how in TABLES for name, expected in table.items()],
)
def test_the_kernel_that_runs(name, expected, backward, streams, isa, stream):
    case = Case.parse(name)
    stream(streams)
    x = np.empty(case.out_shape if backward else case.shape, case.np_dtype)
    kernel = kernels.describe(x, *case.arguments, backward=backward)
    assert kernel == (expected[ISAS.index(isa)], isa, streams)


def test_every_candidate_runs_for_one_of_the_table():
    of_header = set(re.findall(r'[{(]"(\w+)"[,)]', CANDIDATES.read_text()))
    assert of_header == {name for table, *_ in TABLES for names in table.values() for name in names}


def test_a_result_that_begins_within_a_vector_changes_the_kernel(isa, stream):
    stream(False)
    case = Case.parse("nearest-NHWC-float32-1x8x8x64-by2x2")
    x = np.empty(case.out_shape, np.float32)
    memory = np.empty(x.size, np.float32)
    begin = -memory.ctypes.data % 64 // 4
    names = [
        kernels.describe(x, *case.arguments, True, memory[begin + offset :]).name
        for offset in (0, 1)
    ]
    assert names == [IN_VECTORS, ELEMENTS]


@pytest.mark.parametrize("size", [(1, 2**58), (1, 2**60 + 1), (2**30, 2**30)])
def test_what_fits_no_memory_has_no_kernel(size, isa):
    x = np.broadcast_to(np.float32(0), (1, 1, 1, 3))
    with pytest.raises(ValueError, match="addresses"):
        kernels.describe(x, size, "bilinear")


def test_nothing_to_do_needs_no_kernel(isa):
    assert kernels.describe(np.empty((0, 2, 2, 1), np.float32)).name == ""
