"""What only the benchmark and the tests see and set of the kernels that are loaded.

The settings are the process's: those of `upsample_op.kernels` and of the ops in TensorFlow.
"""

from __future__ import annotations

import ctypes
import functools
import math
import pathlib
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from upsample_op import _library

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from upsample_op._types import Array

_library.load_kernels()  # says what is wrong where the kernels can't be loaded
_hooks = ctypes.CDLL(str(pathlib.Path(_library.__file__).parent.resolve() / "libupsample_hooks.so"))

_hooks.upsample_set_cpu_isa.argtypes = [ctypes.c_char_p]
_hooks.upsample_set_cpu_isa.restype = ctypes.c_bool
_hooks.upsample_last_level_cache_bytes.argtypes = []
_hooks.upsample_last_level_cache_bytes.restype = ctypes.c_int64
_hooks.upsample_set_last_level_cache_bytes.argtypes = [ctypes.c_int64]
_hooks.upsample_set_last_level_cache_bytes.restype = None
_hooks.upsample_move.restype = None

if hasattr(_hooks, "upsample_move_cuda"):
    _hooks.upsample_move_cuda.argtypes = [
        *(ctypes.c_void_p, ctypes.c_int64) * 2,
        ctypes.c_void_p,
    ]
    _hooks.upsample_move_cuda.restype = ctypes.c_bool

_LINE_BYTES = 64


class _Traffic(ctypes.Structure):
    """That of csrc/hooks/hooks.cc."""

    _fields_ = [
        *(("in", ctypes.c_void_p), ("in_lines", ctypes.c_int64)),
        *(("out", ctypes.c_void_p), ("out_lines", ctypes.c_int64)),
        ("num_threads", ctypes.c_int64),
    ]


def set_cpu_isa(name: str) -> bool:
    """Has the kernels of an instruction set run; False, and no change, where there are none."""
    return bool(_hooks.upsample_set_cpu_isa(name.encode()))


def last_level_cache_bytes() -> int:
    """Returns how large a result is that is written past the caches."""
    return int(_hooks.upsample_last_level_cache_bytes())


def set_last_level_cache_bytes(size: int) -> None:
    """Has calls take the cache to be of this size; 0 stands for the machine's own."""
    _hooks.upsample_set_last_level_cache_bytes(size)


def move_on_gpu(
    source: int, source_bytes: int, target: int, target_bytes: int, stream: int
) -> None:
    """Enqueues a kernel that reads and writes so many bytes, and computes nothing.

    Args:
        source: address in the current GPU's memory.
        source_bytes: how many bytes to read from there.
        target: another address there.
        target_bytes: how many bytes to write; both numbers are rounded down to 16 bytes.
        stream: a cudaStream_t.

    Raises:
        RuntimeError: it can't be launched.
    """
    if not _hooks.upsample_move_cuda(source, source_bytes, target, target_bytes, stream):
        raise RuntimeError("the traffic can't be launched")


def aligned(shape: Sequence[int], dtype: npt.DTypeLike) -> Array:
    """Returns zeros in memory that begins with a cache line, as TensorFlow's does.

    NumPy's own begins with a multiple of 16 bytes.
    """
    dtype = np.dtype(dtype)
    num_bytes = math.prod(shape) * dtype.itemsize
    memory = np.zeros(num_bytes + _LINE_BYTES, np.uint8)
    begin = -memory.ctypes.data % _LINE_BYTES
    return memory[begin : begin + num_bytes].view(dtype).reshape(shape)


def mover(x: Array, out: Array, num_threads: int) -> Callable[[], object]:
    """Returns a call that reads all whole cache lines of x, and overwrites those of out.

    Args:
        x: array that is C-contiguous and begins with a cache line.
        out: another one, writeable.
        num_threads: how many threads share the work.

    Raises:
        ValueError: an argument is not as above.
    """
    for array in (x, out):
        if not array.flags.c_contiguous or array.ctypes.data % _LINE_BYTES != 0:
            raise ValueError("arrays to move must be C-contiguous and begin with a cache line")
    if not out.flags.writeable:
        raise ValueError("the array to move to must be writeable")
    if num_threads < 1:
        raise ValueError(f"`num_threads` must be at least 1, got {num_threads}")
    x_lines, out_lines = x.nbytes // _LINE_BYTES, out.nbytes // _LINE_BYTES
    traffic = _Traffic(x.ctypes.data, x_lines, out.ctypes.data, out_lines, num_threads)
    call: Any = functools.partial(_hooks.upsample_move, ctypes.byref(traffic))
    call.arrays = x, out  # so that they live as long as the call
    return cast("Callable[[], object]", call)
