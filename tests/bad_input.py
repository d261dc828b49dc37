"""The catalogue of bad and extreme input: calls, and the outcome that each has at every door.

It is data only: tests/doors.py makes the calls, and tests/tf/test_bad_input.py compares. Each
published crash of the stock kernels and of their peers is here in terms of these ops: by CVE, by
TensorFlow issue (#), or by name.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

RAMP = "ramp"  # all elements differ from their neighbours


def ramp(shape, dtype):
    """Returns the input for which RAMP stands."""
    return (np.arange(np.prod(shape, dtype=int)) % 251).reshape(shape).astype(dtype)


@dataclasses.dataclass(frozen=True)
class Call:
    """An op's arguments. Every element of the input is `fill`, or the input is RAMP."""

    shape: tuple[int, ...]
    size: Any = (2, 2)
    interpolation: Any = "nearest"
    layout: Any = "NHWC"
    dtype: str = "float32"
    backward: bool = False
    fill: Any = 1


@dataclasses.dataclass(frozen=True)
class Refused:
    """An error of the kind that a door has for arguments, with these words in its message."""

    words: str


@dataclasses.dataclass(frozen=True)
class OutOfMemory:
    """An error of the kind that a door has when memory is missing."""


@dataclasses.dataclass(frozen=True)
class Gives:
    """A result. Every element is `value`, if there are elements, or the result is RAMP repeated."""

    shape: tuple[int, ...]
    value: Any = 1


@dataclasses.dataclass(frozen=True)
class Unfit:
    """A door that can't express the call."""

    reason: str


@dataclasses.dataclass(frozen=True)
class Entry:
    """A call and its outcome. `at` has the outcomes of doors, or kinds of doors, that differ."""

    call: Call
    outcome: Any
    at: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    stands_for: str = ""


HUGE = 1610637938  # CVE-2021-41197's
LARGEST = 2**63 - 1
GRAD = {"backward": True}

# NumPy counts the bytes of an empty array as if its empty axes had one element.
_TOO_BIG = Refused("array is too big|Maximum allowed dim")
_NOT_IN_NUMPY = Unfit("NumPy can't hold such an array")
NUMPY_HAS_NONE = {"numpy": _TOO_BIG, "module": _TOO_BIG, "session": _NOT_IN_NUMPY}
NO_SUCH_ARRAY = dict.fromkeys(("numpy", "module", "session"), _NOT_IN_NUMPY)
TF_WAITS = {"tf": Unfit("TensorFlow tries for ten seconds: through the door of eager mode alone")}
XLA_COUNTS = {"jit": Refused("too large for XLA")}
# TensorFlow's own words, each from another door of TensorFlow.
NOT_ALLOWED = "not in (the )?list of allowed|Value for attr|passed string '.*' not in: "


def layer(words):
    """Returns the outcome at the layer, whose ranks and factors Keras checks first."""
    return {"layer": Refused(words)}


KERAS_SIZE = layer("`size` argument must be a tuple of 2 integers")
KERAS_RANK = layer("expected ndim=4, found ndim=")

RANKS = {
    f"rank {len(shape)}{' ' + layout if layout == 'NCHW' else ''}": Entry(
        Call(shape, layout=layout),
        Refused(rf"`inputs` must have rank 4 \[N, {axes}\], got shape \[({dims}|[?,]+)\]"),
        KERAS_RANK,
    )
    for shape, layout, axes, dims in (
        ((), "NHWC", "H, W, C", ""),
        ((3,), "NHWC", "H, W, C", "3"),
        ((2, 3, 4), "NHWC", "H, W, C", "2,3,4"),
        ((2, 3, 4), "NCHW", "C, H, W", "2,3,4"),
        ((1, 1, 2, 3, 4), "NHWC", "H, W, C", "1,1,2,3,4"),
    )
}

SIZES = {
    f"size {list(size)}": Entry(
        Call(shape, size), Refused(r"`size` must be 2 integers >= 1, got"), at, stands_for
    )
    for shape, size, at, stands_for in (
        ((1, 2, 3, 4), (0, 0), KERAS_SIZE, ""),
        ((1, 2, 3, 4), (2, -1), KERAS_SIZE, "oneflow #10589: negative factor aborts"),
        ((0, 4, 4, 1), (-(2**31), -(2**31)), KERAS_SIZE, "#61576: negative size, empty batch"),
        ((0, 0, 0, 0), (-(2**63), -(2**63)), {"face": Refused(r"below 2\^63")} | KERAS_SIZE, ""),
    )
}

PAIRS_ONLY = {"face": Refused("`size` must be an integer or a pair of integers")} | KERAS_SIZE
SIZES |= {
    f"{len(size)} factors": Entry(
        Call((1, 2, 3, 4), size), Refused("`size` must be 2 integers >= 1, got"), PAIRS_ONLY
    )
    for size in ((), (2,), (2, 2, 2), (2,) * 1000)
}

NAMES = {
    f"{attribute} {value!r}": Entry(
        Call((1, 2, 3, 4), **{attribute: value}),
        Refused(NOT_ALLOWED),
        {
            "face": Refused("`interpolation` must be one of|`data_format` must be one of"),
            "module": Refused("must be 'nearest' or 'bilinear'|must be 'NHWC' or 'NCHW'"),
            "layer": Unfit("Keras has words of its own: test_the_layer_refuses_arguments"),
        },
    )
    for attribute in ("interpolation", "layout")
    for value in ("foo", "", "nearest\0", "NHWC\0", "BILINEAR", "x" * 10_000)
}

OVERFLOWS = {
    "elements beyond int64": Entry(
        Call((5, 1, 1, 1), (HUGE, HUGE), "bilinear", "NCHW"),
        Refused(r"must have fewer than 2\^63 elements, got shape \[5,1,1610637938,1610637938\]"),
        stands_for="CVE-2021-41197: products of 64 bits wrap, a check ends the process",
    ),
    "2^63 elements exactly": Entry(
        Call((1, 1, 1, 2), (2**31, 2**31)), Refused(r"must have fewer than 2\^63 elements")
    ),
    "product wraps to a small one": Entry(
        Call((1, 1, 1, 1), (2**32, 2**32)), Refused(r"must have fewer than 2\^63 elements")
    ),
    "side of 2^63": Entry(
        Call((1, 2, 1, 1), (2**62, 1)),
        Refused(r"the upsampled height must be below 2\^63, got 2 \* 4611686018427387904"),
    ),
    "side beyond int64 of an empty batch": Entry(
        Call((0, 9, 1, 1), (2**60, 1)),
        Refused(r"the upsampled height must be below 2\^63, got 9 \* 1152921504606846976"),
    ),
    "width beyond int64": Entry(
        Call((1, 1, 3, 1), (1, LARGEST)), Refused(r"the upsampled width must be below 2\^63")
    ),
    "a factor of 2^63": Entry(
        Call((1, 1, 1, 1), (2**63, 1)),
        Refused(r"below 2\^63"),
        {"raw": Unfit("an attribute has 64 bits"), "module": Unfit("pybind11's TypeError")},
    ),
    "a factor of 2^70": Entry(
        Call((1, 1, 1, 1), (1, 2**70)),
        Refused(r"`size` must be below 2\^63, got \(1, 1180591620717411303424\)"),
        {"raw": Unfit("an attribute has 64 bits"), "module": Unfit("pybind11's TypeError")},
    ),
    "bytes beyond memory": Entry(
        Call((1, 1, 1, 1), (2**22, 2**22)),
        OutOfMemory(),
        TF_WAITS,
    ),
    "bytes beyond int64": Entry(
        Call((1, 1, 1, 1), (1801181592, 1846789676), "bilinear"),
        OutOfMemory(),
        NUMPY_HAS_NONE | TF_WAITS | XLA_COUNTS | {"eager": OutOfMemory()},
        "#57897: aborts",
    ),
    "2^62 elements": Entry(
        Call((1, 1, 1, 1), (2**31, 2**31)),
        OutOfMemory(),
        NUMPY_HAS_NONE | XLA_COUNTS,
        "#61618, #61624, #61629, #61630: huge sizes",
    ),
}

DTYPES = {
    f"bilinear of {dtype}": Entry(
        Call((1, 2, 2, 1), (2, 2), "bilinear", dtype=dtype, fill=fill),
        Refused("bilinear upsampling takes float16, bfloat16, float32 or float64, got " + dtype),
        at,
    )
    for dtype, fill, at in (
        ("bool", True, {}),
        ("complex64", 1, {}),
        ("complex128", 1, {}),
        ("int32", 1, dict.fromkeys(("tf_face", "layer"), Gives((1, 4, 4, 1)))),
        ("uint64", 1, dict.fromkeys(("tf_face", "layer"), Gives((1, 4, 4, 1)))),
    )
}
DTYPES |= {
    f"{interpolation} gradient of {dtype}": Entry(
        Call((1, 2, 2, 1), (2, 2), interpolation, dtype=dtype, backward=True),
        Refused(NOT_ALLOWED if dtype == "int32" else "bilinear upsampling takes float16, "),
        {key: Refused(own) for key in ("numpy", "module", "device")},
    )
    for interpolation, dtype, own in (
        ("nearest", "int32", "the gradient of nearest upsampling takes float16, .*, got int32"),
        ("bilinear", "int32", "bilinear upsampling takes float16, .*, got int32"),
        ("bilinear", "complex64", "bilinear upsampling takes float16, .*, got complex64"),
    )
}
# All other dtypes of TensorFlow or ml_dtypes. CVE-2021-29537 and -29529 are about quantised ones.
_NO_KERNEL = dict.fromkeys(("numpy", "module", "device"), Refused("no kernel for dtype"))
_NO_KERNEL |= layer(f"Invalid dtype|{NOT_ALLOWED}")
_TENSORFLOWS = dict.fromkeys(("numpy", "module", "device"), Unfit("a dtype of TensorFlow alone"))
NO_KERNEL = {
    f"dtype {dtype}": Entry(
        Call((1, 1, 1, 1), dtype=dtype, fill=fill),
        Refused(NOT_ALLOWED),
        _NO_KERNEL | at,
        stands_for,
    )
    for dtype, fill, at, stands_for in (
        *((name, 1, {}, "") for name in ("float8_e5m2", "float8_e4m3fn", "int4", "uint4")),
        *(
            (
                name,
                1,
                _TENSORFLOWS,
                "CVE-2021-29537, CVE-2021-29529: quantised input",
            )
            for name in ("qint8", "quint8", "qint16", "quint16", "qint32")
        ),
        ("str", "a", {"device": Unfit("of the host alone")}, ""),
    )
}
