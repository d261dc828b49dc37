"""Computes what the kernels should, by dense matrices: slow, plain, with formulas of its own.

A matrix `[out, in]` maps an axis of `in_size` inputs to one of `in_size * factor` outputs.
Upsampling applies one matrix to the height and one to the width, and the gradient applies their
transposes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from upsample_op._types import Array, DataFormat, Float, Interpolation

_SPATIAL_AXES = {"channels_last": (1, 2), "channels_first": (2, 3)}


@overload
def axis_matrix(
    in_size: int, factor: int, interpolation: Interpolation
) -> npt.NDArray[np.float64]: ...
@overload
def axis_matrix(
    in_size: int, factor: int, interpolation: Interpolation, dtype: type[Float]
) -> npt.NDArray[Float]: ...
def axis_matrix(
    in_size: int,
    factor: int,
    interpolation: Interpolation,
    dtype: type[np.floating[Any]] = np.float64,
) -> Array:
    """Returns the matrix of one axis, `[in_size * factor, in_size]`.

    Bilinear is the triangle (tent) filter of width 2 around the output's centre. If that lies
    outside of all input centres, it is moved to the nearest one. Distances are whole multiples of 1
    / (2 * factor) of an input pixel, so the tent is evaluated on integers.
    """
    outputs = np.arange(in_size * factor)[:, None]
    inputs = np.arange(in_size)[None, :]
    if interpolation == "nearest":
        return (outputs // factor == inputs).astype(dtype)
    unit = 2 * factor
    centres = np.clip(2 * outputs + 1 - factor, 0, unit * (in_size - 1))
    distance = np.abs(centres - unit * inputs)
    return np.maximum(0, unit - distance).astype(dtype) / dtype(unit)


def upsample2d(
    x: npt.ArrayLike,
    size: tuple[int, int] | list[int],
    interpolation: Interpolation,
    data_format: DataFormat,
    dtype: type[np.floating[Any]] = np.float64,
) -> Array:
    """Returns the upsampled images in `dtype`, for the arguments of `kernels.upsample2d`."""
    return _apply(x, size, interpolation, data_format, dtype, transpose=False)


def upsample2d_grad(
    grad_out: npt.ArrayLike,
    size: tuple[int, int] | list[int],
    interpolation: Interpolation,
    data_format: DataFormat,
    dtype: type[np.floating[Any]] = np.float64,
) -> Array:
    """Returns the gradient in `dtype`, for the arguments of `kernels.upsample2d_grad`."""
    return _apply(grad_out, size, interpolation, data_format, dtype, transpose=True)


def _apply(
    x: npt.ArrayLike,
    size: Sequence[int],
    interpolation: Interpolation,
    data_format: DataFormat,
    dtype: type[np.floating[Any]],
    transpose: bool,
) -> Array:
    result = np.asarray(x).astype(
        np.result_type(dtype, np.asarray(x).dtype) if np.iscomplexobj(x) else dtype
    )
    for axis, factor in zip(_SPATIAL_AXES[data_format], size, strict=True):
        in_size = result.shape[axis] // factor if transpose else result.shape[axis]
        matrix = axis_matrix(in_size, factor, interpolation, dtype)
        result = np.moveaxis(
            np.tensordot(matrix.T if transpose else matrix, result, (1, axis)), 0, axis
        )
    return result
