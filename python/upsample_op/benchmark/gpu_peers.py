"""What the kernels are compared with on a GPU: PyTorch's, and TensorFlow's where it has a GPU."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from upsample_op._types import Array
    from upsample_op.benchmark._types import Call, Shape
    from upsample_op._case import Case
    from upsample_op._device import Device

    Peers: TypeAlias = "tuple[TorchPeers | None, TensorFlowPeers | None]"


class TorchPeers:
    """torch.nn.functional.interpolate by the operators behind it, which have gradients apart."""

    def __init__(self, device: Any) -> None:
        self._torch = device.torch

    def calls(self, case: Case, backward: bool) -> dict[str, Call]:
        """Returns the calls by name; none for a dtype that PyTorch has no kernel for."""
        torch = self._torch
        dtype = getattr(torch, case.dtype)
        n, c, h, w = _nchw(case.shape, case.layout)
        shape = (n, c, h * case.size[0], w * case.size[1]) if backward else (n, c, h, w)
        contiguous = torch.randn(shape, device="cuda").to(dtype)
        channels_last = contiguous.to(memory_format=torch.channels_last)
        operator = self._operator(case, backward)
        calls: dict[str, Call] = {
            "torch": lambda: operator(contiguous),
            "torch channels_last": lambda: operator(channels_last),
        }
        try:
            for call in calls.values():
                call()
        except RuntimeError as error:
            if "not implemented for" in str(error):
                return {}
            raise
        return calls

    def result(self, case: Case, x: Array, backward: bool) -> Array:
        """What PyTorch gives for a NumPy array of the case's layout."""
        torch = self._torch
        bits = torch.from_numpy(x.reshape(-1).view(np.uint8).copy()).view(
            getattr(torch, case.dtype)
        )
        images = bits.reshape(x.shape).cuda()
        images = images.permute(0, 3, 1, 2) if case.layout == "NHWC" else images
        result = self._operator(case, backward)(images.contiguous())
        result = result.permute(0, 2, 3, 1) if case.layout == "NHWC" else result
        return result.contiguous().cpu().double().numpy()

    def _operator(self, case: Case, backward: bool) -> Callable[[Any], Any]:
        aten = self._torch.ops.aten
        shape = _nchw(case.shape, case.layout)
        out = [shape[2] * case.size[0], shape[3] * case.size[1]]
        scales = [float(size) for size in case.size]
        if case.interpolation == "nearest":
            if backward:
                return lambda g: aten.upsample_nearest2d_backward(g, out, shape, *scales)
            return lambda x: aten.upsample_nearest2d(x, out, *scales)
        if backward:
            return lambda g: aten.upsample_bilinear2d_backward(g, out, shape, False, *scales)
        return lambda x: aten.upsample_bilinear2d(x, out, False, *scales)


class TensorFlowPeers:
    """Stock TensorFlow: its operators, and its layer in a tf.function without and with XLA.

    TensorFlow has a stream of its own, so its calls are timed by the host's clock, from when the
    GPU is idle until it is again.
    """

    def __init__(self) -> None:
        import tensorflow as tf

        if not tf.config.list_physical_devices("GPU"):
            raise ImportError("TensorFlow sees no GPU")
        # PyTorch's memory is in the same GPU.
        for gpu in tf.config.list_physical_devices("GPU"):
            tf.config.experimental.set_memory_growth(gpu, True)
        self._tf = tf

    def seconds(self, case: Case, backward: bool, repeats: int) -> dict[str, float | str]:
        """Returns the seconds of a call by name; "failed: ..." in place of what stock can't do."""
        from upsample_op.benchmark.stock import stock_calls

        seconds: dict[str, float | str] = {}
        for name, make in stock_calls(case, backward).items():
            try:
                call = make()
                call()
                seconds[name] = self._time(call, repeats)
            except Exception as error:  # it is stock's, and the row should say so
                seconds[name] = f"failed: {type(error).__name__}"
        return seconds

    def _time(self, call: Call, repeats: int) -> float:
        sync = self._tf.test.experimental.sync_devices
        times = []
        for _ in range(5):
            sync()
            begin = time.perf_counter()
            for _ in range(repeats):
                call()
            sync()
            times.append((time.perf_counter() - begin) / repeats)
        return sorted(times)[2]


def find_peers(device: Device) -> Peers:
    """Returns PyTorch's and TensorFlow's peers, None for what is not there."""
    torch_peers = TorchPeers(device) if device.library == "torch" else None
    try:
        tensorflow_peers = TensorFlowPeers() if device.library != "emulator" else None
    except ImportError:
        tensorflow_peers = None
    return torch_peers, tensorflow_peers


def _nchw(shape: Shape, layout: str) -> list[int]:
    n, *rest = shape
    return [n, *rest] if layout == "NCHW" else [n, rest[2], rest[0], rest[1]]
