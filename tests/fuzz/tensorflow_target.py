"""Fuzzes the ops inside TensorFlow: each way of running a case is compared with another one.

    python tests/fuzz/tensorflow_target.py --seconds 60
    python tests/fuzz/tensorflow_target.py --case bilinear-NHWC-float32-1x2x3x4-by2x2

hypothesis makes up the cases, and finds a small one for a failure. A case is one function of many
results, because compiling takes most of the time. It runs eagerly, in a graph of unknown shapes,
and compiled by XLA with each lowering, on a few tensors. What is promised bit for bit is compared
bit for bit.
"""

import argparse
import contextlib
import json
import os
import pathlib
import sys
import time

import hypothesis
import hypothesis.strategies as st
import numpy as np
import programs
import tensorflow as tf
from hypothesis.database import DirectoryBasedExampleDatabase

ROOT = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from cases import ALL_DTYPES, LAYOUTS, REALS, eps  # noqa: E402
from upsample_op._case import Case  # noqa: E402

LOWERINGS = ("", "hlo", "custom_call")
SEEDS = range(3)
# Cases that once failed, which each run tries first.
FOUND = [Case.parse("bilinear-NHWC-float32-1x2x5x4-by20x2")]
figures = {"cases": 0, "programs": 0, "checks": 0}


class TimeIsUpError(BaseException):
    """Ends hypothesis' search. It is no Exception, because that would be a finding."""


_KINDS = [
    *(("nearest", dtype) for dtype in (*REALS, *ALL_DTYPES)),
    *(("bilinear", dtype) for dtype in 3 * REALS),
]
_sides = st.one_of(st.integers(1, 6), st.integers(0, 17))
_factors = st.one_of(st.integers(1, 5), st.integers(1, 24))


@st.composite
def _cases(draw):
    interpolation, dtype = draw(st.sampled_from(_KINDS))
    shape = (draw(st.integers(1, 3)), *(draw(_sides) for _ in range(3)))
    layout, size = draw(st.sampled_from(LAYOUTS)), (draw(_factors), draw(_factors))
    return Case(interpolation, layout, dtype, shape, size)


def compare(name, found, expected, magnitude=None, tolerance=0):
    """Raises AssertionError unless the bits are equal, or within a tolerance if one is given.

    Args:
        name: the name of what is compared.
        found: an array or a tensor.
        expected: an array or a tensor.
        magnitude: the sum of the magnitudes that were added up, or None to require equal bits.
        tolerance: how far off the result may be, in eps of the dtype times the magnitude.
    """
    figures["checks"] += 1
    found, expected = np.asarray(found), np.asarray(expected)
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape), name
    if magnitude is None:
        assert found.tobytes() == expected.tobytes(), f"{name}: other bits"
        return
    wide = np.complex128 if found.dtype.kind == "c" else np.float64
    error = np.abs(found.astype(wide) - expected.astype(wide))
    allowed = tolerance * eps(found.dtype) * np.abs(np.asarray(magnitude).astype(wide))
    assert np.all(error <= allowed), f"{name}: off by {error.max()}"


def check(case):
    """Runs a case in every way."""
    print("at", case, flush=True)
    figures["cases"] += 1
    function = programs.of(case)
    inputs = [programs.inputs_of(case, seed) for seed in SEEDS]
    eager = [function(*tensors) for tensors in inputs]
    magnitudes = [function(*map(programs.magnitude, tensors)) for tensors in inputs]
    for tensors, results in zip(inputs, eager, strict=True):
        for name, expected in programs.by_numpy(case, tensors).items():
            compare(f"eager {name} beside NumPy", results[name], expected)
    signature = [tf.TensorSpec([None] * len(x.shape), x.dtype) for x in inputs[0]]
    graph = tf.function(function, input_signature=signature)
    for tensors, expected in zip(inputs, eager, strict=True):
        for name, result in graph(*tensors).items():
            compare(f"{name} in a graph", result, expected[name])
    for lowering in LOWERINGS:
        os.environ["UPSAMPLE_XLA_LOWERING"] = lowering
        compiled = tf.function(function, jit_compile=True)
        figures["programs"] += 1
        for tensors, expected, magnitude in zip(inputs, eager, magnitudes, strict=True):
            for name, result in compiled(*tensors).items():
                is_bitwise = programs.is_bitwise(case, name, lowering)
                if programs.is_blend(case, name):
                    largest = [np.max(np.abs(x), initial=0) for x in tensors]
                    magnitude = {**magnitude, name: max(largest)}
                compare(
                    f"{name} compiled, lowering {lowering or 'chosen'}",
                    result,
                    expected[name],
                    None if is_bitwise else magnitude[name],
                    programs.tolerance(case, name),
                )


def search(seconds, database):
    """Checks cases for so many seconds, and raises the smallest failing case's AssertionError."""
    end = time.monotonic() + seconds

    @hypothesis.settings(
        max_examples=10**6,
        deadline=None,
        database=DirectoryBasedExampleDatabase(database),
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(_cases())
    def check_any(case):
        if time.monotonic() > end:
            raise TimeIsUpError
        check(case)

    for case in FOUND:
        check_any = hypothesis.example(case)(check_any)
    with contextlib.suppress(TimeIsUpError):
        check_any()


def main():
    """Prints the figures as JSON, or the finding after its case."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--case", type=Case.parse)
    options = parser.parse_args()
    tf.get_logger().setLevel("ERROR")  # it warns about functions that are compiled for new cases
    try:
        if options.case is not None:
            check(options.case)
        else:
            search(options.seconds, ROOT / "build/fuzz/tensorflow")
    except Exception as error:
        print(f"FOUND: {error}")
        raise
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
