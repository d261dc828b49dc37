"""The cases of each suite. Imports nothing compiled but what `Case` does."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from upsample_op._arguments import INTERPOLATIONS
from upsample_op._case import Case

if TYPE_CHECKING:
    from upsample_op.benchmark._types import Shape

FLOATS = ("float32", "bfloat16", "float16")
LAYOUTS = ("NHWC", "NCHW")
_ITEMSIZES = {"float32": 4, "bfloat16": 2, "float16": 2, "float64": 8, "uint8": 1}

# Bytes of the high-resolution tensor: three times a last-level cache of 32 MiB, within one, and
# within the second-level caches of two cores. Of 128 MiB, the full suite took 21 minutes or more.
BEYOND_CACHE, IN_CACHE, SMALL = 96 * 2**20, 2**22, 300 * 2**10

# [N, H, W, C] of what published decoders upsample by 2, in batches that they are often run in.
DECODERS = {
    "U-Net, 512 x 512 input (Ronneberger et al. 2015)": (
        *((1, 32, 32, 1024), (1, 64, 64, 512), (1, 128, 128, 256), (1, 256, 256, 128)),
    ),
    "FPN, top-down path, 800 x 800 input (Lin et al. 2017)": (
        *((2, 25, 25, 256), (2, 50, 50, 256), (2, 100, 100, 256)),
    ),
    "DCGAN generator, resize instead of stride, 64 x 64 (Radford et al. 2016)": (
        *((64, 4, 4, 1024), (64, 8, 8, 512), (64, 16, 16, 256), (64, 32, 32, 128)),
    ),
    "convolutional autoencoder of MNIST (Keras' own example)": ((128, 7, 7, 32), (128, 14, 14, 32)),
}


def case_of(
    interpolation: str, layout: str, dtype: str, shape: Shape, size: tuple[int, int]
) -> Case:
    """Returns the case of a shape [N, H, W, C], in the order of its layout."""
    n, h, w, c = shape
    in_order = (n, h, w, c) if layout == "NHWC" else (n, c, h, w)
    return Case(interpolation, layout, dtype, in_order, size)


def channels(case: Case) -> int:
    """Returns the channels of a case."""
    return case.shape[3 if case.layout == "NHWC" else 1]


def kind(case: Case) -> tuple[Any, ...]:
    """Returns what to sort rows by: interpolation, layout, dtype, factors, channels, shape."""
    dtypes = [*_ITEMSIZES, case.dtype]
    return (
        INTERPOLATIONS.index(case.interpolation),
        LAYOUTS.index(case.layout),
        dtypes.index(case.dtype),
        case.size,
        channels(case),
        case.shape,
    )


def shape_for(out_bytes: int, itemsize: int, num_channels: int, size: tuple[int, int]) -> Shape:
    """Returns the [N, H, W, C] whose result has about so many bytes.

    Large ones are a batch of four images. Widths are multiples of 8, as in practice most are.
    """
    batch = 4 if out_bytes > 2**24 else 1
    pixels = out_bytes / (itemsize * num_channels * size[0] * size[1] * batch)
    width = 8 * max(1, round(pixels**0.5 / 8))
    return batch, max(1, round(pixels / width)), width, num_channels


def _cases(
    dtypes: Iterable[str],
    interpolations: Iterable[str],
    layouts: Iterable[str],
    counts: Iterable[int],
    sizes: Iterable[tuple[int, int]],
    out_bytes: int,
) -> Iterator[Case]:
    for size, c, dtype, layout, interpolation in itertools.product(
        sizes, counts, dtypes, layouts, interpolations
    ):
        shape = shape_for(out_bytes, _ITEMSIZES[dtype], c, size)
        yield case_of(interpolation, layout, dtype, shape, size)


def _full() -> Iterator[Case]:
    yield case_of("nearest", "NHWC", "float32", (1, 1, 1, 1), (2, 2))  # what a call costs by itself
    kinds = FLOATS, INTERPOLATIONS, LAYOUTS
    yield from _cases(*kinds, (3, 16, 64, 256), [(2, 2)], BEYOND_CACHE)
    yield from _cases(*kinds, (3, 64), [(2, 2)], IN_CACHE)
    yield from _cases(*kinds, (3, 64), [(2, 2)], SMALL)
    yield from _cases(*kinds, (3, 64), [(3, 3), (4, 4)], BEYOND_CACHE)
    for out_bytes in (BEYOND_CACHE, IN_CACHE):
        yield from _cases(["uint8"], ["nearest"], ["NHWC"], [3], [(2, 2)], out_bytes)
        yield from _cases(["float64"], INTERPOLATIONS, ["NHWC"], [64], [(2, 2)], out_bytes)
    uneven = [(2, 3), (5, 1)]
    yield from _cases(["float32"], INTERPOLATIONS, ["NHWC"], [64], uneven, BEYOND_CACHE)
    yield from _cases(["float32"], INTERPOLATIONS, ["NCHW"], [3], uneven, IN_CACHE)
    for layout, interpolation in itertools.product(LAYOUTS, INTERPOLATIONS):
        yield case_of(interpolation, layout, "float32", (4, 191, 229, 48), (2, 2))  # odd widths


def _quick() -> Iterator[Case]:
    yield from _cases(["float32"], INTERPOLATIONS, LAYOUTS, [64], [(2, 2)], IN_CACHE)
    yield from _cases(["bfloat16"], ["bilinear"], ["NHWC"], [64], [(2, 2)], IN_CACHE)
    yield from _cases(["float32"], ["bilinear"], ["NHWC"], [3], [(3, 3)], SMALL)


def _decoder() -> Iterator[Case]:
    shapes = dict.fromkeys(shape for its in DECODERS.values() for shape in its)
    for shape, dtype, layout, interpolation in itertools.product(
        shapes, ("float32", "bfloat16"), LAYOUTS, INTERPOLATIONS
    ):
        yield case_of(interpolation, layout, dtype, shape, (2, 2))


_SUITES = {"quick": _quick, "full": _full, "decoder": _decoder}
SUITES = tuple(_SUITES)


def suite(name: str) -> list[Case]:
    """Returns the cases of the suite quick, full or decoder."""
    return list(_SUITES[name]())


def rows(cases: Iterable[Case]) -> list[tuple[Case, bool]]:
    """Returns each case with each of its directions (backward or not): integers have one."""
    return [
        (case, backward)
        for case in cases
        for backward in (False, True)
        if not (backward and case.np_dtype.kind in "biu")
    ]
