"""The suite of kernels on a GPU, beside a copy, PyTorch, and stock TensorFlow where it has one."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

from upsample_op import _library
from upsample_op._case import Case
from upsample_op._device import open_device
from upsample_op.benchmark import cases, charts, environment, peers, rows, table, verdict
from upsample_op.benchmark._types import Array, Call, Info, Row
from upsample_op.benchmark.inputs import Inputs
from upsample_op.benchmark.suite import Options, Suite
from upsample_op.benchmark.targets import of_bound
from upsample_op.benchmark.timing import Clock, host_clock

_TORCH = {"torch": "contiguous_format", "torch channels_last": "channels_last"}
_RIVALS = {"kernel": (*_TORCH, "stock op", "stock layer", "stock layer jit")}


class GpuInputs(Inputs):
    """What a row reads and writes on a GPU: a buffer that holds x, and one for the result."""

    def __init__(self, device: Any, case: Case, backward: bool) -> None:
        super().__init__(case, backward)
        self.device = device
        self.source, self.target = device.upload(self.x), device.empty(self.out.nbytes)

    def result(self, returned: Any) -> Array:
        """Returns the array of a buffer, of PyTorch's tensor `[N, C, H, W]`, or of TensorFlow's."""
        if hasattr(returned, "permute"):
            ours = returned.permute(0, 2, 3, 1) if self.case.layout == "NHWC" else returned
            returned = ours.contiguous().reshape(-1).view(self.target.dtype)
        elif returned is not None:
            return super().result(returned)
        self.device.wait()
        buffer = self.target if returned is None else returned
        return self.device.download(buffer).view(self.out.dtype).reshape(self.out.shape)


@functools.cache
def back_end(name: str) -> rows.BackEnd:
    """Opens a GPU by the name of `_device.open_device`, and returns it as a back end."""
    device = open_device(name)
    names = ("copy", "traffic", "kernel", *_TORCH)
    clocks: dict[str, Clock] = dict.fromkeys(names, device.time)
    contenders: dict[str, Callable[[GpuInputs], Call]] = {"kernel": _kernel}
    if device.library == "torch":
        contenders |= {name: functools.partial(_torch, its) for name, its in _TORCH.items()}
    if device.library != "emulator" and (sync := _tensorflow_sync()):
        from upsample_op.benchmark import tensorflow_calls

        stock = tensorflow_calls.layer_calls("stock layer")
        stock["stock op"] = tensorflow_calls.stock_op
        # TensorFlow has a stream of its own, so its calls are timed by the host.
        clocks |= dict.fromkeys(stock, functools.partial(host_clock, sync=sync))
        contenders |= stock
    inputs = functools.partial(GpuInputs, device)
    # On a few pixels, for the CPU has to compute it, too.
    return rows.BackEnd(inputs, contenders, _bounds, clocks, cases.small_twin)


def _kernel(inputs: GpuInputs) -> Call:
    run, buffers = inputs.device.run, (inputs.source, inputs.target)
    return lambda: run(inputs.case, inputs.backward, *buffers)


def _bounds(inputs: GpuInputs) -> dict[str, Call]:
    device, num_bytes = inputs.device, inputs.case.useful_bytes // 2
    source, target = device.random(num_bytes), device.empty(num_bytes)
    return {
        "copy": lambda: device.copy(source, target),
        "traffic": lambda: device.traffic(inputs.source, inputs.target),
    }


def _torch(memory_format: str, inputs: GpuInputs) -> Call:
    return peers.torch_call(inputs, inputs.source, inputs.target, memory_format)


def _tensorflow_sync() -> Call | None:
    """Waits for TensorFlow's GPU; None where there is none, or no TensorFlow."""
    try:
        import tensorflow as tf
    except ImportError:
        return None
    gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, True)  # PyTorch's memory is there, too.
    return tf.test.experimental.sync_devices if gpus else None


def _plan(options: Options) -> list[Callable[[], Row]]:
    chosen = cases.chosen(options, "gpu")
    if options.device == "emulator":
        chosen = list(dict.fromkeys(map(cases.small_twin, chosen)))
    measure = functools.partial(rows.measure, back_end(options.device), seconds=options.seconds)
    return [functools.partial(measure, *row) for row in cases.rows(chosen)]


def _describe(options: Options) -> Info:
    device, built = open_device(options.device), _library.built()
    smi = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    found = {"device": device.name, "driver": environment.output(*smi), "library": device.runtime}
    return found | {key: built[key] for key in ("cuda", "cuda_architectures")}


def _tables(_: Info, rows: Sequence[Row]) -> list[table.Table]:
    columns = [
        *(*table.NAMES, ("ms", table.milliseconds("kernel")), ("GB/s", table.rate("kernel", 0))),
        ("of\ncopy", lambda row: table.number(verdict.of_copy(row))),
        ("of\nbound", lambda row: table.number(of_bound(row))),
    ]
    for peer in table.present(rows, _RIVALS["kernel"]):
        columns.append((peer.replace(" ", "\n", 1), table.marked_ratio(peer, "kernel")))
    return [table.Table(columns, rows, legend=_LEGEND)]


_LEGEND = """\
GB/s: bytes that have to be read and written, by the kernel's time. of copy: that rate over the rate
of a copy of as many bytes from device to device in the same turns; of bound: over that of a kernel
that reads as much and writes as much. Then how many times as long a peer takes. TensorFlow's times
are the host's, Python included. Medians of calls that take turns."""

SUITE = Suite(
    _plan,
    _tables,
    lambda info, rows: [verdict.peers_ahead(rows, _RIVALS)],
    _RIVALS,
    charts.speedup_maps,
    _describe,
)
