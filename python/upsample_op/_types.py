"""Short names for the types in this package's signatures. For type checkers; never imported."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol, SupportsIndex, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

# An integer of NumPy is a SupportsIndex, too.
Size: TypeAlias = SupportsIndex | tuple[SupportsIndex, SupportsIndex] | list[int]
Interpolation: TypeAlias = Literal["nearest", "bilinear"]
DataFormat: TypeAlias = Literal["channels_last", "channels_first"]
Layout: TypeAlias = Literal["NHWC", "NCHW"]

Array: TypeAlias = npt.NDArray[Any]
Scalar = TypeVar("Scalar", bound=np.generic)
Float = TypeVar("Float", bound=np.floating[Any])


class CudaArray(Protocol):
    """CuPy's and PyTorch's arrays.

    One that has `__dlpack__` alone needs a cast: NumPy's arrays have it, too.
    """

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]: ...


# TensorFlow and Keras have no types. A class whose base is `Layer` has all that a layer has.
Tensor: TypeAlias = Any  # any array-like where it is an argument; in a graph a symbolic tensor
Operation: TypeAlias = Any
Layer: TypeAlias = Any
Model: TypeAlias = Any
Node: TypeAlias = Any  # of a Keras graph: one call of a layer

LayerSize: TypeAlias = int | tuple[int, int] | list[int]  # what Keras' layers take for two axes
Zeros: TypeAlias = list[list[int]]  # how many pad each axis, before and after
Table: TypeAlias = Mapping[str, type[Any]]  # by a stock class's name: what stands before it

Function = TypeVar("Function", bound=Callable[..., Any])
