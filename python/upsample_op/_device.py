"""GPU memory and clocks, from PyTorch or CuPy, whichever there is; or a pretence of them.

Nothing here imports TensorFlow.
"""

from __future__ import annotations

import importlib
import time
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from upsample_op import _hooks, _kernels

if TYPE_CHECKING:
    from collections.abc import Callable

    from upsample_op._case import Case
    from upsample_op._types import Array

    Device: TypeAlias = "TorchDevice | CupyDevice | EmulatedDevice"


def open_device(name: str) -> Device:
    """Opens a device.

    Args:
        name: "torch", "cupy" or "emulator"; or "gpu" for the first of the former two that works.

    Returns:
        a device of this module.

    Raises:
        RuntimeError: there is no GPU, or no library to reach it by.
    """
    if name == "emulator":
        return EmulatedDevice()
    reasons = []
    for kind in (TorchDevice, CupyDevice):
        if name in ("gpu", kind.library):
            try:
                return kind()
            except Exception as error:  # whatever keeps a library from its GPU
                reasons.append(f"{kind.library}: {error}")
    raise RuntimeError(f"no GPU ({'; '.join(reasons)})")


class _CudaDevice:
    """What both libraries' devices have in common; they add memory, copies and events."""

    def run(self: Any, case: Any, backward: bool, source: Any, target: Any) -> None:
        """Enqueues a kernel from one buffer to another."""
        _kernels.run_cuda(
            case.spec(backward),
            case.out_shape if backward else case.shape,
            self.address(source),
            self.address(target),
            self.stream(),
        )

    def traffic(self: Any, source: Any, target: Any) -> None:
        """Enqueues a kernel that reads a buffer and writes another, and computes nothing."""
        _hooks.move_on_gpu(
            *(self.address(source), source.nbytes, self.address(target), target.nbytes),
            self.stream(),
        )

    def time(self: Any, call: Callable[[], object], repeats: int) -> float:
        """Returns the seconds that a call takes on the GPU, of ten in a row at most.

        They are enqueued while copies keep the GPU busy, so that no call's time is that of Python.
        """
        self.wait()
        for _ in range(12):
            self.copy(*self.blocker)
        repeats = min(repeats, 10)
        begin = self.event()
        for _ in range(repeats):
            call()
        end = self.event()
        self.wait()
        return self.milliseconds(begin, end) * 1e-3 / repeats


class TorchDevice(_CudaDevice):
    """A GPU by way of PyTorch."""

    library = "torch"

    def __init__(self) -> None:
        import torch

        self.torch = torch
        self.name = torch.cuda.get_device_name()
        self.runtime = f"PyTorch {torch.__version__}"
        self.blocker = [self.empty(2**28) for _ in range(2)]

    def empty(self, num_bytes: int) -> Any:
        return self.torch.empty(num_bytes, dtype=self.torch.uint8, device="cuda")

    def random(self, num_bytes: int) -> Any:
        return self.torch.randint(256, (num_bytes,), dtype=self.torch.uint8, device="cuda")

    def upload(self, array: Array) -> Any:
        buffer = self.empty(array.nbytes)
        buffer.copy_(self.torch.from_numpy(array.reshape(-1).view(np.uint8)))
        return buffer

    def download(self, buffer: Any) -> Array:
        return buffer.cpu().numpy()

    def address(self, buffer: Any) -> int:
        return buffer.data_ptr()

    def copy(self, source: Any, target: Any) -> None:
        target.copy_(source)

    def stream(self) -> int:
        return self.torch.cuda.current_stream().cuda_stream

    def event(self) -> Any:
        event = self.torch.cuda.Event(enable_timing=True)
        event.record()
        return event

    def milliseconds(self, begin: Any, end: Any) -> float:
        return begin.elapsed_time(end)

    def wait(self) -> None:
        self.torch.cuda.synchronize()

    def memory_bytes(self) -> int:
        return self.torch.cuda.mem_get_info()[0]


class CupyDevice(_CudaDevice):
    """A GPU by way of CuPy."""

    library = "cupy"

    def __init__(self) -> None:
        import cupy

        self.cupy = cupy
        cupy.cuda.set_allocator(None)  # or compute-sanitizer wouldn't see where arrays end
        self.name = cupy.cuda.runtime.getDeviceProperties(0)["name"].decode()
        self.runtime = f"CuPy {cupy.__version__}"
        self.blocker = [self.empty(2**28) for _ in range(2)]

    def empty(self, num_bytes: int) -> Any:
        return self.cupy.empty(num_bytes, np.uint8)

    def random(self, num_bytes: int) -> Any:
        return self.cupy.random.randint(0, 256, num_bytes, np.uint8)

    def upload(self, array: Array) -> Any:
        return self.cupy.asarray(array.reshape(-1).view(np.uint8))

    def download(self, buffer: Any) -> Array:
        return self.cupy.asnumpy(buffer)

    def address(self, buffer: Any) -> int:
        return buffer.data.ptr

    def copy(self, source: Any, target: Any) -> None:
        target.data.copy_from_device_async(source.data, source.nbytes)

    def stream(self) -> int:
        return self.cupy.cuda.get_current_stream().ptr

    def event(self) -> Any:
        event = self.cupy.cuda.Event()
        event.record()
        return event

    def milliseconds(self, begin: Any, end: Any) -> float:
        return self.cupy.cuda.get_elapsed_time(begin, end)

    def wait(self) -> None:
        self.cupy.cuda.runtime.deviceSynchronize()

    def memory_bytes(self) -> int:
        return self.cupy.cuda.runtime.memGetInfo()[0]


class EmulatedDevice:
    """The host in place of a GPU, for trying all that is around the kernels; times mean nothing."""

    library = "emulator"
    name = "emulator"
    runtime = "no GPU: times mean nothing"

    def run(self, case: Case, backward: bool, source: Any, target: Any) -> None:
        # It has no stub: it is for tests alone, and in no wheel.
        emulator = importlib.import_module("upsample_op._emulator")

        shapes = (case.shape, case.out_shape)
        x, y = (
            buffer.view(case.np_dtype).reshape(shape)
            for buffer, shape in zip(
                (source, target), reversed(shapes) if backward else shapes, strict=True
            )
        )
        emulator.run(case.spec(backward), x, y, 0, 0, 0)

    def time(self, call: Callable[[], object], repeats: int) -> float:
        begin = time.perf_counter()
        for _ in range(repeats):
            call()
        return (time.perf_counter() - begin) / repeats

    def empty(self, num_bytes: int) -> Array:
        return np.empty(num_bytes, np.uint8)

    def random(self, num_bytes: int) -> Array:
        return np.random.default_rng(0).integers(0, 256, num_bytes, np.uint8)

    def upload(self, array: Array) -> Array:
        return array.reshape(-1).view(np.uint8).copy()

    def download(self, buffer: Any) -> Array:
        return buffer.copy()

    def copy(self, source: Any, target: Any) -> None:
        target[...] = source

    def traffic(self, source: Any, target: Any) -> None:
        for begin in range(0, target.size, source.size):
            part = target[begin : begin + source.size]
            part[...] = source[: part.size]

    def memory_bytes(self) -> int:
        return 2**30

    def wait(self) -> None:
        pass
