from collections.abc import Sequence
from typing import Any, Literal

import numpy.typing as npt

from upsample_op._arguments import _Interpolation

_Layout = Literal["NHWC", "NCHW"]

def result_shape(
    backward: bool,
    shape: Sequence[int],
    dtype: str,
    size: Sequence[int],
    interpolation: _Interpolation,
    data_format: _Layout,
    /,
) -> list[int]: ...
def describe(
    backward: bool,
    shape: Sequence[int],
    dtype: str,
    size: Sequence[int],
    interpolation: _Interpolation,
    data_format: _Layout,
    out: int,
    /,
) -> tuple[str, str, bool]: ...
def run(
    backward: bool,
    x: npt.NDArray[Any],
    out: npt.NDArray[Any],
    dtype: str,
    size: Sequence[int],
    interpolation: _Interpolation,
    data_format: _Layout,
    num_threads: int,
    /,
) -> None: ...
def move(x: npt.NDArray[Any], out: npt.NDArray[Any], num_threads: int, /) -> None: ...

# These three only in a build with CUDA.
def run_cuda(
    backward: bool,
    shape: Sequence[int],
    x: int,
    out: int,
    dtype: str,
    size: Sequence[int],
    interpolation: _Interpolation,
    data_format: _Layout,
    stream: int,
    /,
) -> None: ...
def describe_cuda(
    backward: bool,
    shape: Sequence[int],
    dtype: str,
    size: Sequence[int],
    interpolation: _Interpolation,
    data_format: _Layout,
    x: int,
    out: int,
    /,
) -> str: ...
def order_streams(first: int, then: int, /) -> None: ...

# Of a capsule: address, shape, name of the dtype, whether it is C-contiguous.
def describe_dlpack(capsule: object, /) -> tuple[int, tuple[int, ...], str, bool]: ...
def cpu_isas() -> list[str]: ...
def cpu_isa() -> str: ...
def set_cpu_isa(name: str, /) -> bool: ...
def last_level_cache_bytes() -> int: ...
def set_last_level_cache_bytes(size: int, /) -> None: ...
