"""The part of the catalogue (tests/bad_input.py) whose outcome is mostly a result."""

import math

from bad_input import (
    GRAD,
    HUGE,
    LARGEST,
    NO_SUCH_ARRAY,
    NUMPY_HAS_NONE,
    RAMP,
    XLA_COUNTS,
    Call,
    Entry,
    Gives,
    Refused,
    Unfit,
)

EMPTY = {
    "no images, any sides": Entry(
        Call((0, 1, 1, 1), (HUGE, HUGE), "bilinear"),
        Gives((0, HUGE, HUGE, 1)),
        NUMPY_HAS_NONE,
        "CVE-2021-41197 with an empty batch",
    ),
    "no images, sides that overflow together": Entry(
        Call((0, 1, 3, 2), (536870912, 1250999896764)),
        Gives((0, 536870912, 3752999690292, 2)),
        NUMPY_HAS_NONE,
        "#61547: an empty batch and a huge size, a segmentation fault",
    ),
    "no images, the largest sides": Entry(
        Call((0, 1, 1, 1), (LARGEST, LARGEST), "bilinear"),
        Gives((0, LARGEST, LARGEST, 1)),
        NUMPY_HAS_NONE,
    ),
    "no rows": Entry(Call((1, 0, 1, 1), (LARGEST, 1), "bilinear"), Gives((1, 0, 1, 1))),
    "no columns": Entry(Call((1, 1, 0, 1), (1, LARGEST), "bilinear"), Gives((1, 1, 0, 1))),
    "no columns in NCHW": Entry(
        Call((1, 1, 1, 0), (1, LARGEST), "nearest", "NCHW"), Gives((1, 1, 1, 0))
    ),
    "no channels": Entry(
        Call((1, 1, 1, 0), (2**31, 2**31)),
        Gives((1, 2**31, 2**31, 0)),
        {**NUMPY_HAS_NONE, **XLA_COUNTS},
    ),
    "no channels, sides that overflow before them": Entry(
        Call((2**20, 2**20, 2**20, 0), (1, 2)),
        Gives((2**20, 2**20, 2**21, 0)),
        {**NO_SUCH_ARRAY, **XLA_COUNTS},
    ),
    "nothing at all": Entry(Call((0, 0, 0, 0), (LARGEST, LARGEST)), Gives((0, 0, 0, 0))),
    "gradient of no rows": Entry(
        Call((1, 0, 4, 1), (2**40, 2), "bilinear", **GRAD), Gives((1, 0, 2, 1))
    ),
    "gradient of no images": Entry(
        Call((0, 2**31, 2**31, 1), (2**31, 2**31), **GRAD), Gives((0, 1, 1, 1)), NO_SUCH_ARRAY
    ),
    "gradient of nothing": Entry(
        Call((0, 0, 0, 0), (LARGEST, LARGEST), "bilinear", **GRAD), Gives((0, 0, 0, 0))
    ),
}


def _multiple(side, factor, shape):
    words = rf"`grad_out` {side} must be a multiple of its factor {factor}, got shape \[{shape}\]"
    return Refused(words)


GRADIENTS = {
    "gradient height": Entry(Call((1, 3, 4, 1), **GRAD), _multiple("height", 2, "1,3,4,1")),
    "gradient width": Entry(Call((1, 4, 5, 1), (4, 3), **GRAD), _multiple("width", 3, "1,4,5,1")),
    "gradient width in NCHW": Entry(
        Call((1, 1, 4, 5), (4, 3), "bilinear", "NCHW", **GRAD), _multiple("width", 3, "1,1,4,5")
    ),
    "gradient height of no images": Entry(
        Call((0, 3, 4, 1), **GRAD), _multiple("height", 2, "0,3,4,1")
    ),
    "gradient smaller than a huge factor": Entry(
        Call((1, 8, 16, 3), (1879048192, 1879048192), dtype="float16", **GRAD),
        _multiple("height", 1879048192, "1,8,16,3"),
        stands_for="CVE-2022-41907: 32 bits wrap in ResizeNearestNeighborGrad, the process ends",
    ),
    "gradient smaller than the largest factor": Entry(
        Call((1, 2, 2, 1), (2, LARGEST), "bilinear", **GRAD), _multiple("width", LARGEST, "1,2,2,1")
    ),
    "gradient rank": Entry(
        Call((2, 3, 4), **GRAD), Refused(r"`grad_out` must have rank 4 \[N, H, W, C\], got shape")
    ),
    "gradient size 0": Entry(
        Call((1, 0, 0, 1), (0, 0), **GRAD), Refused("`size` must be 2 integers >= 1, got")
    ),
}

# Constant images stay constant, and the gradient of ones counts pixels, so a wrong index or weight
# shows. 10007 and 16777259 are primes, and the latter is beyond float32's integers.
EXTREME = {
    "scales that float32 can't hold": Entry(
        Call((1, 1, 3, 1), (1, 10007), "bilinear"),
        Gives((1, 1, 30021, 1)),
        stands_for="CVE-2021-29529: a rounded scale lets an index leave the image",
    ),
    "rows longer than 2^23": Entry(
        Call((1, 1, 2**22 + 1, 1), (1, 2), dtype="uint8", fill=RAMP),
        Gives((1, 1, 2**23 + 2, 1), RAMP),
        stands_for="keras #19930: columns beyond 2^23 are the wrong ones",
    ),
    "a factor beyond float32's integers": Entry(
        Call((1, 1, 1, 1), (1, 16777259), "bilinear"),
        Gives((1, 1, 16777259, 1)),
        {
            "jit_hlo": Unfit("XLA folds a table of weights as long, for seconds"),
            "jit": Gives((1, 1, 16777259, 1)),
            "raw": Unfit("half a second each: through the other doors"),
        },
        "keras #19930, bilinear",
    ),
    "one pixel": Entry(Call((1, 1, 1, 3), (7, 5), "bilinear"), Gives((1, 7, 5, 3))),
    "gradient of one pixel": Entry(
        Call((1, 8, 4, 3), (8, 4), "bilinear", **GRAD), Gives((1, 1, 1, 3), 32)
    ),
    "one row, one column": Entry(Call((2, 1, 6, 3), (3, 2), "bilinear"), Gives((2, 3, 12, 3))),
}
EXTREME |= {
    f"{interpolation}{' gradient' if backward else ''} of {fill}": Entry(
        Call((1, 4, 6, 3), (2, 2), interpolation, backward=backward, fill=fill),
        Gives((1, 2, 3, 3) if backward else (1, 8, 12, 3), fill),
    )
    for interpolation in ("nearest", "bilinear")
    for backward in (False, True)
    for fill in (float("nan"), float("inf"), float("-inf"))
    # Between two infinities bilinear gives a NaN, from their difference.
    if backward or interpolation == "nearest" or math.isnan(fill)
}
EXTREME |= {
    f"bilinear of a pixel of {fill}": Entry(
        Call((1, 1, 1, 3), (2, 2), "bilinear", fill=fill), Gives((1, 2, 2, 3), fill)
    )
    for fill in (float("inf"), float("-inf"))
}
EXTREME |= {
    "float16's largest number": Entry(
        Call((1, 2, 3, 3), (3, 2), "bilinear", dtype="float16", fill=65504),
        Gives((1, 6, 6, 3), 65504),
    ),
    "gradients that overflow float16": Entry(
        Call((1, 2, 4, 3), dtype="float16", fill=65504, **GRAD), Gives((1, 1, 2, 3), float("inf"))
    ),
}
