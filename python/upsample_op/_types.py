"""Short names for the types in this package's signatures. They are for type checkers only."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol, SupportsIndex, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

# A NumPy integer is a SupportsIndex too.
Size: TypeAlias = SupportsIndex | tuple[SupportsIndex, SupportsIndex] | list[int]
Interpolation: TypeAlias = Literal["nearest", "bilinear"]
DataFormat: TypeAlias = Literal["channels_last", "channels_first"]
Layout: TypeAlias = Literal["NHWC", "NCHW"]

Array: TypeAlias = npt.NDArray[Any]
Scalar = TypeVar("Scalar", bound=np.generic)
Float = TypeVar("Float", bound=np.floating[Any])


class CudaArray(Protocol):
    """CuPy's and PyTorch's arrays.

    An array that has only `__dlpack__` needs a cast, because NumPy's arrays have it too.
    """

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]: ...


# TensorFlow and Keras have no types. A class whose base is `Layer` has all that a layer has.
Tensor: TypeAlias = Any  # any array-like as an argument; a symbolic tensor in a graph
Operation: TypeAlias = Any
Layer: TypeAlias = Any
Model: TypeAlias = Any
Node: TypeAlias = Any  # one call of a layer in a Keras graph

LayerSize: TypeAlias = int | tuple[int, int] | list[int]  # what Keras' layers take for two axes
Zeros: TypeAlias = list[list[int]]  # how many zeros pad each axis, before and after
Table: TypeAlias = Mapping[str, type[Any]]  # what stands before a stock class, by its name

Function = TypeVar("Function", bound=Callable[..., Any])
