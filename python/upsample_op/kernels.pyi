from typing import Any, NamedTuple, Protocol, SupportsIndex, TypeVar, overload

import numpy as np
import numpy.typing as npt

from upsample_op._arguments import _DataFormat, _Interpolation, _Size

__all__ = ["Kernel", "cpu_isa", "cpu_isas", "describe", "has_cuda", "upsample2d", "upsample2d_grad"]

_Scalar = TypeVar("_Scalar", bound=np.generic)

# CuPy's and PyTorch's. One that has `__dlpack__` alone needs a cast: NumPy's arrays have it too.
class _DeviceArray(Protocol):
    @property
    def __cuda_array_interface__(self) -> dict[str, Any]: ...

@overload
def upsample2d(
    x: npt.NDArray[_Scalar],
    size: _Size = (2, 2),
    interpolation: _Interpolation = "nearest",
    data_format: _DataFormat = "channels_last",
    num_threads: SupportsIndex | None = None,
    out: npt.NDArray[_Scalar] | None = None,
    stream: None = None,
) -> npt.NDArray[_Scalar]: ...

# On a GPU: an array of the library of x, or out; stream is a number or that library's object.
@overload
def upsample2d(
    x: _DeviceArray,
    size: _Size = (2, 2),
    interpolation: _Interpolation = "nearest",
    data_format: _DataFormat = "channels_last",
    num_threads: SupportsIndex | None = None,
    out: _DeviceArray | None = None,
    stream: Any = None,
) -> Any: ...
@overload
def upsample2d_grad(
    grad_out: npt.NDArray[_Scalar],
    size: _Size = (2, 2),
    interpolation: _Interpolation = "nearest",
    data_format: _DataFormat = "channels_last",
    num_threads: SupportsIndex | None = None,
    out: npt.NDArray[_Scalar] | None = None,
    stream: None = None,
) -> npt.NDArray[_Scalar]: ...
@overload
def upsample2d_grad(
    grad_out: _DeviceArray,
    size: _Size = (2, 2),
    interpolation: _Interpolation = "nearest",
    data_format: _DataFormat = "channels_last",
    num_threads: SupportsIndex | None = None,
    out: _DeviceArray | None = None,
    stream: Any = None,
) -> Any: ...

class Kernel(NamedTuple):
    name: str
    isa: str
    is_streamed: bool

def describe(
    x: npt.NDArray[Any] | _DeviceArray,
    size: _Size = (2, 2),
    interpolation: _Interpolation = "nearest",
    data_format: _DataFormat = "channels_last",
    backward: bool = False,
    out: npt.NDArray[Any] | _DeviceArray | None = None,
) -> Kernel: ...
def cpu_isas() -> list[str]: ...
def cpu_isa() -> str: ...
def has_cuda() -> bool: ...
