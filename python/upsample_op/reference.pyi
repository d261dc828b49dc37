from typing import Any

import numpy as np
import numpy.typing as npt
from typing_extensions import TypeVar

from upsample_op._arguments import _DataFormat, _Interpolation

_Float = TypeVar("_Float", bound=np.floating[Any], default=np.float64)

def axis_matrix(
    in_size: int, factor: int, interpolation: _Interpolation, dtype: type[_Float] = ...
) -> npt.NDArray[_Float]: ...

# The result is complex where the input is: dtype promoted by it.
def upsample2d(
    x: npt.ArrayLike,
    size: tuple[int, int] | list[int],
    interpolation: _Interpolation,
    data_format: _DataFormat,
    dtype: type[np.floating[Any]] = ...,
) -> npt.NDArray[Any]: ...
def upsample2d_grad(
    grad_out: npt.ArrayLike,
    size: tuple[int, int] | list[int],
    interpolation: _Interpolation,
    data_format: _DataFormat,
    dtype: type[np.floating[Any]] = ...,
) -> npt.NDArray[Any]: ...
