"""The cases of kernels that suites time."""

import itertools
from collections.abc import Iterable
from typing import Any

from upsample_op._arguments import INTERPOLATIONS
from upsample_op._case import Case, Shape

FLOATS = ("float32", "bfloat16", "float16")
LAYOUTS = ("NHWC", "NCHW")
# Where a layout has the axes N, H, W and C.
_NHWC = {"NHWC": (0, 1, 2, 3), "NCHW": (0, 2, 3, 1)}

# Bytes of the high-resolution tensor: three times a last-level cache of 32 MiB, within one, and
# within the second-level caches of two cores. Of 128 MiB, the full suite took 21 minutes or more.
BEYOND_CACHE, IN_CACHE, SMALL = 96 * 2**20, 2**22, 300 * 2**10


def _sized(out_bytes: int, *channels: int) -> list[tuple[int, int]]:
    """In place of shapes: channels, and about how many bytes the result has."""
    return [(count, out_bytes) for count in channels]


# [N, H, W, C] of what published decoders upsample by 2, in batches that they are often run in.
_DECODERS = (
    # U-Net, 512 x 512 input (Ronneberger et al. 2015)
    *((1, 32, 32, 1024), (1, 64, 64, 512), (1, 128, 128, 256), (1, 256, 256, 128)),
    # FPN, top-down path, 800 x 800 input (Lin et al. 2017)
    *((2, 25, 25, 256), (2, 50, 50, 256), (2, 100, 100, 256)),
    # DCGAN generator, resize instead of stride, 64 x 64 (Radford et al. 2016)
    *((64, 4, 4, 1024), (64, 8, 8, 512), (64, 16, 16, 256), (64, 32, 32, 128)),
    # convolutional autoencoder of MNIST (Keras' own example)
    *((128, 7, 7, 32), (128, 14, 14, 32)),
)
# On a GPU the same kind, which partly stay in the L2 cache from one call to the next, for all
# contenders alike; and larger ones, several times any cache.
_GPU_DECODERS = (
    *((8, 16, 16, 512), (16, 32, 32, 256), (16, 64, 64, 128), (32, 128, 128, 64)),
    (8, 256, 256, 64),
)
_IMAGES = (64, 512, 512, 3)
_KINDS = FLOATS, LAYOUTS, INTERPOLATIONS
_FLOAT32 = ["float32"], LAYOUTS, INTERPOLATIONS
_BY_2, _UNEVEN = [(2, 2)], [(2, 3), (5, 1)]

# Of each set, lines of dtypes, layouts, interpolations, shapes and factors, all with all.
_SETS: dict[str, list[Any]] = {
    "quick": [
        (*_FLOAT32, _sized(IN_CACHE, 64), _BY_2),
        (["bfloat16"], ["NHWC"], ["bilinear"], _sized(IN_CACHE, 64), _BY_2),
        (["float32"], ["NHWC"], ["bilinear"], _sized(SMALL, 3), [(3, 3)]),
    ],
    "full": [
        (["float32"], ["NHWC"], ["nearest"], [(1, 1, 1, 1)], _BY_2),  # what a call costs by itself
        (*_KINDS, _sized(BEYOND_CACHE, 3, 16, 64, 256), _BY_2),
        (*_KINDS, _sized(IN_CACHE, 3, 64) + _sized(SMALL, 3, 64), _BY_2),
        (*_KINDS, _sized(BEYOND_CACHE, 3, 64), [(3, 3), (4, 4)]),
        (["uint8"], ["NHWC"], ["nearest"], _sized(BEYOND_CACHE, 3) + _sized(IN_CACHE, 3), _BY_2),
        (["float64"], ["NHWC"], INTERPOLATIONS, _sized(BEYOND_CACHE, 64), _BY_2),
        (["float64"], ["NHWC"], INTERPOLATIONS, _sized(IN_CACHE, 64), _BY_2),
        (["float32"], ["NHWC"], INTERPOLATIONS, _sized(BEYOND_CACHE, 64), _UNEVEN),
        (["float32"], ["NCHW"], INTERPOLATIONS, _sized(IN_CACHE, 3), _UNEVEN),
        (*_FLOAT32, [(4, 191, 229, 48)], _BY_2),  # odd widths
    ],
    "decoder": [(FLOATS[:2], LAYOUTS, INTERPOLATIONS, _DECODERS, _BY_2)],
    "gpu": [
        (*_KINDS, [(16, 128, 128, 256), _IMAGES], _BY_2),
        (*_KINDS, [(16, 80, 80, 256)], [(3, 3), (4, 4)]),
        (FLOATS[:2], LAYOUTS, INTERPOLATIONS, _GPU_DECODERS, _BY_2),
        (["uint8"], LAYOUTS, ["nearest"], [_IMAGES], _BY_2),
    ],
}
SETS = ("quick", "full", "decoder")


def case_of(dtype: str, layout: str, interpolation: str, shape: Any, size: tuple[int, int]) -> Case:
    """Returns the case of a shape [N, H, W, C] or of `_sized`, in the order of its layout."""
    if len(shape) == 2:
        channels, out_bytes = shape
        # Large ones are a batch of four images. Widths are multiples of 8, as in practice most are.
        batch = 4 if out_bytes > 2**24 else 1
        pixel = Case("nearest", "NHWC", dtype, (1, *size, channels), (1, 1)).in_bytes
        width = 8 * max(1, round((out_bytes / pixel / batch) ** 0.5 / 8))
        height = max(1, round(out_bytes / pixel / batch / width))
        shape = (batch, height, width, channels)
    n, h, w, c = shape
    in_order: Shape = (n, h, w, c) if layout == "NHWC" else (n, c, h, w)
    return Case(interpolation, layout, dtype, in_order, size)


def case_set(name: str) -> list[Case]:
    """Returns the cases of the set quick, full, decoder or gpu."""
    return cases_of(_SETS[name])


def cases_of(lines: Iterable[Any]) -> list[Case]:
    """Returns the cases of lines of dtypes, layouts, interpolations, shapes and factors."""
    return [case_of(*kind) for line in lines for kind in itertools.product(*line)]


def chosen(options: Any, default: str) -> list[Case]:
    """Returns the cases that the options name, or those of a set where they name none.

    ValueError says that a name is none of a case, or that no case has the dtype that is asked for.
    """
    cases = [Case.parse(text) for text in options.case]
    name = options.suite if options.suite in SETS else default
    if not cases or options.suite in SETS or options.dtype:
        found = [c for c in case_set(name) if c.dtype in (options.dtype or [c.dtype])]
        if not found:
            raise ValueError(f"no case of {','.join(options.dtype)} in {name}")
        cases += found
    return list(dict.fromkeys(cases))


def rows(cases: Iterable[Case]) -> list[tuple[Case, bool]]:
    """Returns each case with each of its directions (backward or not): integers have one."""
    return [
        (case, backward)
        for case in cases
        for backward in ((False,) if case.np_dtype.kind in "biu" else (False, True))
    ]


def channels(case: Case) -> int:
    """Returns the channels of a case."""
    return case.shape[_NHWC[case.layout][3]]


def small_twin(case: Case) -> Case:
    """Returns the case on a few pixels."""
    n, h, w, c = (case.shape[axis] for axis in _NHWC[case.layout])
    shape = (min(n, 1), min(h, 4), min(w, 8), min(c, 8))
    return case_of(case.dtype, case.layout, case.interpolation, shape, case.size)
