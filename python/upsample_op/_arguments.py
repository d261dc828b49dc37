"""From the public arguments to those of the kernels. Imports the standard library only.

Only translates: a value that the kernels can judge (a factor of 0, say) goes through to them, so
that each rule and its message stand in one place, `csrc/core/validate.cc`.
"""

import operator
from collections.abc import Iterable

INTERPOLATIONS = ("nearest", "bilinear")
DATA_FORMATS = {"channels_last": "NHWC", "channels_first": "NCHW"}


def check_size(size) -> tuple[int, int]:
    """Returns the factors for height and width.

    Args:
        size: an integer for both, or a pair of integers.

    Raises:
        ValueError: for anything else, booleans included.
    """
    pair = tuple(size) if isinstance(size, Iterable) else (size, size)
    if len(pair) != 2 or any(not _is_integer(factor) for factor in pair):
        raise ValueError(f"`size` must be an integer or a pair of integers, got {size!r}")
    return operator.index(pair[0]), operator.index(pair[1])


def check_interpolation(interpolation: str) -> str:
    """Returns its argument if there are kernels for it.

    Raises:
        ValueError: where there are none.
    """
    if interpolation not in INTERPOLATIONS:
        raise ValueError(f"`interpolation` must be one of {INTERPOLATIONS}, got {interpolation!r}")
    return interpolation


def layout_of(data_format: str) -> str:
    """Returns the kernels' name of a Keras `data_format`.

    Raises:
        ValueError: for a name that Keras does not have.
    """
    if data_format not in DATA_FORMATS:
        raise ValueError(f"`data_format` must be one of {tuple(DATA_FORMATS)}, got {data_format!r}")
    return DATA_FORMATS[data_format]


def _is_integer(value) -> bool:
    # By name, because NumPy isn't imported here and its older versions make an index of its bool.
    if type(value).__name__ in ("bool", "bool_"):
        return False
    try:
        operator.index(value)
    except TypeError:
        return False
    return True
