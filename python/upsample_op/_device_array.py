"""Reads arrays in a GPU's memory, of CuPy, PyTorch or any library that shares them by a protocol.

It imports none of those libraries.
"""

from __future__ import annotations

import contextlib
import dataclasses
import math
import operator
import re
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from upsample_op import _library
from upsample_op._arguments import is_integer

if TYPE_CHECKING:
    from upsample_op import _kernels
else:
    _kernels = _library.load_kernels()

_DLPACK_CUDA = (2, 13)  # kDLCUDA, kDLCUDAManaged
_LEGACY_STREAM = 1  # the protocols' number for CUDA's legacy default stream


@dataclasses.dataclass(frozen=True)
class DeviceArray:
    """What a kernel has to know about an array.

    Attributes:
        owner: the array itself.
        address: the address of its first element, in the GPU's memory.
        shape: its shape in elements.
        dtype: NumPy's name for its type.
        stream: the number of the stream on which it is ready.
    """

    owner: Any
    address: int
    shape: tuple[int, ...]
    dtype: str
    stream: int


def is_on_gpu(x: object) -> bool:
    """Returns whether x shares a GPU's memory."""
    device = getattr(x, "__dlpack_device__", None)
    if device is not None:
        return int(device()[0]) in _DLPACK_CUDA
    return hasattr(x, "__cuda_array_interface__")


def describe(x: Any, stream: Any = None, writes: bool = False) -> DeviceArray:
    """Reads what x says about itself, and makes sure that x is ready on the stream.

    Args:
        x: an array for which `is_on_gpu` is true, C-contiguous.
        stream: see `number_of_stream`. None stands for the current stream of PyTorch or CuPy, or
            else the one that x says it is ready on, or else CUDA's default stream.
        writes: whether x is to be written to.

    Raises:
        ValueError: x isn't C-contiguous, or can't be shared (such as a tensor that requires a
            gradient), or it is read-only and to be written to.
    """
    number = number_of_stream(stream) or number_of_stream(_current_stream(x))
    if hasattr(x, "__dlpack__"):
        number = number or _LEGACY_STREAM
        try:
            with _device_of(x):
                capsule = x.__dlpack__(stream=number)
            address, shape, dtype, is_contiguous = _kernels.describe_dlpack(capsule)
        except (
            BufferError,
            TypeError,
        ) as error:  # the module raises a TypeError if it is no capsule
            raise ValueError(f"the array can't be shared: {error}") from error
    else:
        interface = _interface_of(x)
        number = number or interface.ready_on or _LEGACY_STREAM
        if interface.ready_on not in (None, number):
            _kernels.order_streams(interface.ready_on, number)
        if interface.is_read_only and writes:
            raise ValueError("`out` must be writeable")
        address, shape, dtype = interface.address, interface.shape, interface.dtype
        is_contiguous = interface.is_contiguous
    if not is_contiguous:
        raise ValueError("an array on a GPU must be C-contiguous")
    return DeviceArray(x, address, shape, dtype, number)


def number_of_stream(stream: Any) -> int:
    """Returns the number of a CUDA stream.

    Args:
        stream: a number, or an object that has it as `cuda_stream` (PyTorch) or `ptr` (CuPy); None
            gives 0.

    Raises:
        ValueError: it is none of these.
    """
    if stream is None:
        return 0
    number = getattr(stream, "cuda_stream", getattr(stream, "ptr", stream))
    if not is_integer(number) or number < 0:
        raise ValueError(f"`stream` must be a CUDA stream or its number, got {stream!r}")
    return int(number) or _LEGACY_STREAM


def _current_stream(x: Any) -> Any:
    """Returns the stream on which x's own library works, so that our work is ordered with it."""
    library = _library_of(x)
    if library == "torch":
        return sys.modules["torch"].cuda.current_stream(x.device)
    if library == "cupy":
        return sys.modules["cupy"].cuda.get_current_stream(x.device.id)
    return None


def _device_of(x: Any) -> contextlib.AbstractContextManager[Any]:
    """Makes x's device PyTorch's current one; otherwise PyTorch doesn't share x."""
    if _library_of(x) == "torch":
        return sys.modules["torch"].cuda.device(x.device)
    return contextlib.nullcontext()


def _library_of(x: object) -> str:
    return type(x).__module__.partition(".")[0]


def empty_like(array: DeviceArray, shape: tuple[int, ...]) -> Any:
    """Returns a new array of the same library, device and dtype.

    Raises:
        ValueError: the library is neither CuPy nor PyTorch, so `out` has to be given.
    """
    library = _library_of(array.owner)
    if library == "torch":
        return array.owner.new_empty(shape)
    if library == "cupy":
        with array.owner.device:
            return sys.modules["cupy"].empty(shape, array.owner.dtype)
    raise ValueError(f"`out` must be given for an array of {library}")


@dataclasses.dataclass(frozen=True)
class _Interface:
    """What `__cuda_array_interface__` says. ready_on is a stream or None."""

    address: int
    is_read_only: bool
    shape: tuple[int, ...]
    dtype: str
    is_contiguous: bool
    ready_on: int | None


def _interface_of(x: Any) -> _Interface:
    """Returns what x says about itself, converted.

    Raises:
        ValueError: x has a mask, or doesn't follow the protocol.
    """
    try:
        interface = x.__cuda_array_interface__
        if interface.get("mask") is not None:
            raise ValueError("an array on a GPU must have no mask")
        address, is_read_only = interface["data"]
        shape = tuple(map(operator.index, interface["shape"]))
        typestr = interface["typestr"]
        ready_on = interface.get("stream")
        return _Interface(
            operator.index(address or 0),
            bool(is_read_only),
            shape,
            _NAMES_OF_TYPESTR.get(typestr.lstrip("<|="), typestr),
            _is_contiguous(interface, shape),
            None if ready_on is None else operator.index(ready_on),
        )
    except (AttributeError, KeyError, TypeError, IndexError) as error:
        raise ValueError(
            "an array on a GPU must have __dlpack__ or a whole __cuda_array_interface__: "
            f"{type(error).__name__}: {error}"
        ) from error


_NAMES_OF_TYPESTR = {
    "b1": "bool",
    **{f"i{n}": f"int{8 * n}" for n in (1, 2, 4, 8)},
    **{f"u{n}": f"uint{8 * n}" for n in (1, 2, 4, 8)},
    **{f"f{n}": f"float{8 * n}" for n in (2, 4, 8)},
    **{f"c{n}": f"complex{8 * n}" for n in (8, 16)},
}


def _is_contiguous(interface: Mapping[str, Any], shape: tuple[int, ...]) -> bool:
    """Returns whether the strides are C's; for axes of one pixel or none they don't matter."""
    strides = interface.get("strides")
    if strides is None or 0 in shape:
        return True
    digits: Any = re.search(r"\d+$", interface["typestr"])
    item = int(digits[0])
    return all(
        shape[axis] == 1 or strides[axis] == item * math.prod(shape[axis + 1 :])
        for axis in range(len(shape))
    )
