"""Under jit_compile=True each of several threads' shares of a result is written.

The shapes are the least that csrc/xla/cpu_handler.cc splits between two threads. An estimate here,
from the constants in the sources, never counts more shares than the handler does.
"""

import itertools
import os
import pathlib
import re

import numpy as np
import pytest
import tensorflow as tf

from cases import ALL_DTYPES, COMPLEXES, INTERPOLATIONS, LAYOUTS, REALS, eps, of_taps
from upsample_op._case import Case
from upsample_op.ops import raw_ops

SOURCES = pathlib.Path(__file__).parents[2] / "csrc"
THREADS = tf.config.threading.get_intra_op_parallelism_threads() or len(os.sched_getaffinity(0))

pytestmark = pytest.mark.skipif(THREADS < 2, reason="XLA has one thread, and makes one share")


def _constant(file, pattern):
    (found,) = re.findall(pattern, (SOURCES / file).read_text())
    return int(found)


LEAST_NANOSECONDS = _constant("xla/cpu_handler.cc", r"kLeastNanoseconds = (\d+)")
MOST_BYTES_PER_NANOSECOND = _constant("cpu/tuning.h", r"kMovedPerNanosecond = (\d+)")


def least_shares(case, backward):
    """Returns how many shares of a result the handler makes, or fewer."""
    height, width = (case.shape[i] for i in ((1, 2) if case.layout == "NHWC" else (2, 3)))
    pixels = width * case.size[1] * (case.size[0] if backward else 1)
    inner, planes = case.shape[3], case.shape[0]
    if case.layout == "NCHW":
        inner, planes = 1, case.shape[0] * case.shape[1]
    rows = planes * height * (1 if backward else case.size[0])
    cost = 1 + pixels * inner * case.np_dtype.itemsize // MOST_BYTES_PER_NANOSECOND
    return min(rows // max(1, LEAST_NANOSECONDS // cost), rows, THREADS)


def large_case(interpolation, layout, dtype, size):
    """Returns the case with the fewest channels that makes two shares in both directions."""

    def with_channels(channels):
        shape = (2, 40, 41, channels) if layout == "NHWC" else (2, channels, 40, 41)
        return Case(interpolation, layout, dtype, shape, size)

    return next(
        case
        for case in map(with_channels, itertools.count(3, 2))
        if min(least_shares(case, backward) for backward in (False, True)) >= 2
    )


def dtypes_of(interpolation, backward):
    if interpolation == "bilinear":
        return REALS
    return (*REALS, *COMPLEXES) if backward else ALL_DTYPES


def runs_hlo(lowering, interpolation, backward):
    """Returns whether XLA's own operations run, by lowering.h for the CPU."""
    return lowering == "hlo" or (
        lowering == "chosen" and interpolation == "nearest" and not backward
    )


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_every_share_is_written(interpolation, layout, backward, lowering):
    op = raw_ops.upsample_op_upsample2d_grad if backward else raw_ops.upsample_op_upsample2d
    cases = [
        large_case(interpolation, layout, dtype, (2, 3) if layout == "NHWC" else (3, 2))
        for dtype in dtypes_of(interpolation, backward)
    ]

    def upsample_all(tensors):
        return [
            op(x, size=case.size, interpolation=case.interpolation, data_format=case.layout)
            for x, case in zip(tensors, cases, strict=True)
        ]

    tensors = [tf.constant(case.random(backward, seed=seed)) for seed, case in enumerate(cases)]
    expected = upsample_all(tensors)
    found = tf.function(upsample_all, jit_compile=True)(tensors)
    for case, x, result, right in zip(cases, tensors, found, expected, strict=True):
        assert least_shares(case, backward) >= 2, case
        # A copy has only one right result, whichever operations are used.
        is_copy = interpolation == "nearest" and not backward
        if is_copy or not runs_hlo(lowering, interpolation, backward):
            assert result.numpy().tobytes() == right.numpy().tobytes(), case
        else:
            _assert_near(case, result, right, _rounding(op, case, x, backward))


def _rounding(op, case, x, backward):
    """Returns by how much two right results may differ: 2 eps of what was added up from each.

    For a blend it is 5 eps of its largest tap from each, see cases.py.
    """
    magnitudes = tf.cast(tf.abs(x), tf.float32)
    if case.interpolation == "bilinear" and not backward:
        return 10 * eps(case.np_dtype) * of_taps(magnitudes.numpy(), case, np.maximum)
    sums = op(magnitudes, size=case.size, interpolation=case.interpolation, data_format=case.layout)
    return 4.01 * eps(case.np_dtype) * sums.numpy()


def _assert_near(case, result, right, rounding):
    wide = np.complex128 if case.np_dtype.kind == "c" else np.float64
    error = np.abs(result.numpy().astype(wide) - right.numpy().astype(wide))
    assert np.all(error <= rounding), case
