"""Translates the public arguments to those of the kernels. It imports the standard library only.

It only translates. A value that the kernels can judge (a factor of 0, say) goes through to them, so
that each rule and its message are in one place, `csrc/core/validate.cc`.
"""

from __future__ import annotations

import itertools
import operator
import os
from collections.abc import Iterable, Mapping, Set
from typing import TYPE_CHECKING, Any, Final, SupportsIndex

if TYPE_CHECKING:
    from upsample_op._types import DataFormat, Interpolation, Layout, Size

INTERPOLATIONS: Final[tuple[Interpolation, ...]] = ("nearest", "bilinear")
DATA_FORMATS: Final[dict[DataFormat, Layout]] = {"channels_last": "NHWC", "channels_first": "NCHW"}

# These are iterable, but can't be two numbers for two axes: text, and what has no order.
_NO_PAIRS = (str, bytes, bytearray, memoryview, Mapping, Set)


def check_size(size: Size) -> tuple[int, int]:
    """Returns the factors for height and width.

    Args:
        size: an integer for both, or a pair of integers; arrays and eager tensors of integers are
            taken as well.

    Raises:
        ValueError: for anything else, booleans included.
    """
    pair: tuple[Any, ...] = (size, size) if is_integer(size) else _first_three(size)
    if len(pair) != 2 or any(not is_integer(factor) for factor in pair):
        raise ValueError(f"`size` must be an integer or a pair of integers, got {size!r}")
    size_h, size_w = map(operator.index, pair)
    if max(abs(size_h), abs(size_w)) >= 2**63:
        raise ValueError(f"`size` must be below 2^63, got {size!r}")
    return size_h, size_w


def _first_three(values: object) -> tuple[Any, ...]:
    """Returns the first three elements at most, or none of what has no order."""
    if not isinstance(values, Iterable) or isinstance(values, _NO_PAIRS):
        return ()
    try:
        return tuple(itertools.islice(values, 3))
    # Arrays and tensors without axes look iterable, and so do tensors of a graph, and Keras' that
    # raise the latter error.
    except (TypeError, NotImplementedError):
        return ()


def check_interpolation(interpolation: Interpolation) -> Interpolation:
    """Returns its argument if there are kernels for it.

    Raises:
        ValueError: there are none.
    """
    if interpolation not in INTERPOLATIONS:
        raise ValueError(f"`interpolation` must be one of {INTERPOLATIONS}, got {interpolation!r}")
    return interpolation


def layout_of(data_format: DataFormat) -> Layout:
    """Returns the kernels' name of a Keras `data_format`.

    Raises:
        ValueError: Keras does not have such a name.
    """
    if not isinstance(data_format, str) or data_format not in DATA_FORMATS:
        raise ValueError(f"`data_format` must be one of {tuple(DATA_FORMATS)}, got {data_format!r}")
    return DATA_FORMATS[data_format]


def check_threads(num_threads: SupportsIndex | None) -> int:
    """Returns how many threads a call may have, by default as many as the process may use.

    Raises:
        ValueError: it is no integer of at least 1.
    """
    if num_threads is None:
        return len(os.sched_getaffinity(0))
    count = operator.index(num_threads) if is_integer(num_threads) else 0
    if count < 1:
        raise ValueError(f"`num_threads` must be an integer of at least 1, got {num_threads!r}")
    return min(count, 2**31 - 1)


def refuse_masks(x: object) -> None:
    """Refuses NumPy's masked arrays, whose mask would be lost silently.

    Raises:
        ValueError: x is one.
    """
    if any(base.__module__.startswith("numpy.ma") for base in type(x).__mro__):
        raise ValueError("a masked array can't be upsampled; fill it first: x.filled(value)")


def is_integer(value: Any) -> bool:
    """Returns whether value is an integer of Python, NumPy or TensorFlow; booleans aren't."""
    if type(value) is int:
        return True
    # Booleans are found by name, because NumPy isn't imported here, and its older versions make an
    # index of its bool.
    if type(value).__name__ in ("bool", "bool_"):
        return False
    try:
        operator.index(value)
    except (TypeError, AttributeError):  # an eager tensor of floats raises the latter
        return False
    return True
