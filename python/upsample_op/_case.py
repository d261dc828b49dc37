"""One upsampling to test or to time, as a string that says it all."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np

from upsample_op import _kernels, kernels

if TYPE_CHECKING:
    from upsample_op._types import Array, Interpolation, Layout

Shape: TypeAlias = tuple[int, int, int, int]

_LAYOUTS = {"NHWC": "channels_last", "NCHW": "channels_first"}
_PATTERN = re.compile(
    r"(?P<interpolation>\w+)-(?P<layout>NHWC|NCHW)-(?P<dtype>\w+)"
    r"-(?P<shape>\d+x\d+x\d+x\d+)-by(?P<size>\d+x\d+)"
)


@dataclasses.dataclass(frozen=True)
class Case:
    """An upsampling; `str()` gives its name and `Case.parse` reads it back.

    >>> Case.parse("bilinear-NHWC-float32-8x64x64x3-by2x2").out_shape
    (8, 128, 128, 3)

    Attributes:
        interpolation: "nearest" or "bilinear".
        layout: "NHWC" or "NCHW".
        dtype: NumPy's name of the element type; "bfloat16" is that of ml_dtypes.
        shape: of the low-resolution tensor, in the order of the layout.
        size: factors of height and width.
    """

    interpolation: str
    layout: str
    dtype: str
    shape: Shape
    size: tuple[int, int]

    @classmethod
    def parse(cls, text: str) -> Case:
        """Reads a name; raises ValueError where it isn't one."""
        match = _PATTERN.fullmatch(text)
        if match is None:
            raise ValueError(f"no case: {text!r}; one is bilinear-NHWC-float32-8x64x64x3-by2x2")
        fields: dict[str, Any] = match.groupdict()
        for key in ("shape", "size"):
            fields[key] = tuple(int(number) for number in fields[key].split("x"))
        return cls(**fields)

    def __str__(self) -> str:
        shape, size = ("x".join(map(str, numbers)) for numbers in (self.shape, self.size))
        return f"{self.interpolation}-{self.layout}-{self.dtype}-{shape}-by{size}"

    @property
    def data_format(self) -> str:
        """Keras' name of the layout."""
        return _LAYOUTS[self.layout]

    @property
    def np_dtype(self) -> np.dtype[Any]:
        """The dtype as NumPy knows it."""
        if self.dtype == "bfloat16":
            import ml_dtypes

            return np.dtype(ml_dtypes.bfloat16)
        return np.dtype(self.dtype)

    @property
    def out_shape(self) -> Shape:
        """The shape of the high-resolution tensor."""
        height = 1 if self.layout == "NHWC" else 2
        shape = list(self.shape)
        shape[height] *= self.size[0]
        shape[height + 1] *= self.size[1]
        return cast("Shape", tuple(shape))

    @property
    def arguments(self) -> tuple[Any, ...]:
        """What `upsample2d` takes after its input: size, interpolation, data_format."""
        return self.size, self.interpolation, self.data_format

    def spec(self, backward: bool = False) -> _kernels.Spec:
        """What the modules of the kernels take."""
        interpolation, layout = (
            cast("Interpolation", self.interpolation),
            cast("Layout", self.layout),
        )
        return _kernels.Spec(backward, self.dtype, self.size, interpolation, layout)

    @property
    def in_bytes(self) -> int:
        """Of the low-resolution tensor."""
        return int(np.prod(self.shape)) * self.np_dtype.itemsize

    @property
    def useful_bytes(self) -> int:
        """What has to be read once plus what has to be written once, in both directions."""
        return self.in_bytes * (1 + self.size[0] * self.size[1])

    def random(self, backward: bool = False, seed: int = 0) -> Array:
        """An input: normal numbers, or any bit patterns' worth of integers or truth values.

        Args:
            backward: a gradient of the output rather than an input of the forward direction.
            seed: of the generator.
        """
        rng = np.random.default_rng(seed)
        shape = self.out_shape if backward else self.shape
        dtype = self.np_dtype
        if dtype.kind == "b":
            return rng.integers(0, 2, shape).astype(dtype)
        if dtype.kind in "iu":
            limits = np.iinfo(dtype)
            return rng.integers(limits.min, limits.max, shape, dtype, endpoint=True)
        if dtype.kind == "c":
            return (rng.standard_normal(shape) + 1j * rng.standard_normal(shape)).astype(dtype)
        return rng.standard_normal(shape).astype(dtype)

    def run_kernel(self, x: Array, backward: bool = False, **kwargs: Any) -> Array:
        """The NumPy kernel of the direction, on x."""
        function = kernels.upsample2d_grad if backward else kernels.upsample2d
        return function(x, *self.arguments, **kwargs)
