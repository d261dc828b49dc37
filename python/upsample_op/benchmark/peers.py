"""What ours is compared with: each peer a function that returns a call, its library loaded lazily.

A call returns what `numpy.asarray` takes, in the order of the case's layout. Where a peer can't run
a case, its function raises NotSupportedError, or what its library raises.
"""

import importlib.util
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from upsample_op.benchmark import environment
from upsample_op.benchmark._types import Array, Call
from upsample_op.benchmark.inputs import Inputs
from upsample_op.benchmark.rows import NotSupportedError

# What contenders are of, with the modules that they need.
BACKENDS = {
    "tensorflow": ["tensorflow"],
    "keras": ["tensorflow"],
    "torch": ["torch"],
    "opencv": ["cv2"],
    "onnxruntime": ["onnxruntime", "onnx"],
    "jax": ["jax"],
}


def torch_call(inputs: Inputs, x: Any, out: Any, memory_format: str = "") -> Call:
    """Returns a call of the operator behind torch.nn.functional.interpolate that takes its result.

    x and out are tensors of the bytes of the input and the result, on the CPU or a GPU. Without a
    memory format for copies of them, NHWC is a view of channels_last memory.
    """
    import torch

    case, backward = inputs.case, inputs.backward
    if not hasattr(torch, case.dtype):
        raise NotSupportedError(f"no {case.dtype}")
    x = x.view(getattr(torch, case.dtype)).reshape(inputs.x.shape)
    out = out.view(getattr(torch, case.dtype)).reshape(inputs.out.shape)
    if case.layout == "NHWC":
        x, out = x.permute(0, 3, 1, 2), out.permute(0, 3, 1, 2)
    if memory_format:
        its_format = getattr(torch, memory_format)
        x, out = x.contiguous(memory_format=its_format), out.contiguous(memory_format=its_format)
    low, high = (out, x) if backward else (x, out)
    shape, size = list(low.shape), list(high.shape[2:])
    corners = () if case.interpolation == "nearest" else (False,)
    options = [*corners, *map(float, case.size)]
    operators = getattr(torch.ops.aten, f"upsample_{case.interpolation}2d{'_backward' * backward}")
    address = out.data_ptr()

    def run() -> Any:
        if backward:
            return operators.grad_input(x, size, shape, *options, grad_input=out)
        return operators.out(x, size, *options, out=out)

    run()
    if out.data_ptr() != address:
        raise NotSupportedError("takes no memory for its result")
    return run


def _torch(inputs: Inputs) -> Call:
    import torch

    torch.set_num_threads(environment.num_threads())
    arrays = (inputs.x, inputs.out)
    run = torch_call(inputs, *(torch.from_numpy(its.reshape(-1).view(np.uint8)) for its in arrays))
    return lambda: (run(), inputs.out)[1]


def _opencv(inputs: Inputs) -> Call:
    """cv2.resize of each image of the batch into its part of the result."""
    import cv2

    cv2.setNumThreads(environment.num_threads())
    case = inputs.case
    if inputs.backward or case.layout != "NHWC":
        raise NotSupportedError("no gradients" if inputs.backward else "images are NHWC")
    _, height, width, channels = case.out_shape
    if channels > 128:
        raise NotSupportedError("at most 128 channels")
    how = cv2.INTER_NEAREST if case.interpolation == "nearest" else cv2.INTER_LINEAR
    # A single channel is no axis to OpenCV.
    images, results = (its[..., 0] if channels == 1 else its for its in (inputs.x, inputs.out))

    def run() -> Array:
        for image, out in zip(images, results, strict=True):
            cv2.resize(image, (width, height), dst=out, interpolation=how)
        return inputs.out

    return run


def _onnxruntime(inputs: Inputs) -> Call:
    """A model of one Resize, its input and result bound to the arrays."""
    import onnxruntime
    from onnx import parser

    if inputs.backward:
        raise NotSupportedError("no gradients")
    case = inputs.case
    dtype = {"float32": "float", "float64": "double"}.get(case.dtype, case.dtype)
    scales = ", ".join(
        map(str, (1, *case.size, 1) if case.layout == "NHWC" else (1, 1, *case.size))
    )
    is_nearest = case.interpolation == "nearest"
    mode, where = ("nearest", "asymmetric") if is_nearest else ("linear", "half_pixel")
    how = f'mode="{mode}", coordinate_transformation_mode="{where}", nearest_mode="floor"'
    model = parser.parse_model(f"""
        <ir_version: 9, opset_import: ["": 19]>
        resize ({dtype}{list(case.shape)} x) => ({dtype}{list(case.out_shape)} y)
        <float[4] scales = {{{scales}}}> {{ y = Resize <{how}> (x, , scales) }}
    """)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = environment.num_threads()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    binding = session.io_binding()
    binds = (binding.bind_input, "x", inputs.x), (binding.bind_output, "y", inputs.out)
    for bind, name, array in binds:
        bind(name, "cpu", 0, array.dtype.type, array.shape, array.ctypes.data)
    return lambda: (session.run_with_iobinding(binding), inputs.out)[1]


def _jax(inputs: Inputs) -> Call:
    """jax.image.resize in a jax.jit; backward, its transpose."""
    import jax

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_platforms", "cpu")
    case = inputs.case

    def resize(images: Any) -> Any:
        return jax.image.resize(images, case.out_shape, case.interpolation)

    x = jax.numpy.asarray(inputs.x)
    low = jax.ShapeDtypeStruct(case.shape, x.dtype)
    transpose = lambda grad: jax.linear_transpose(resize, low)(grad)[0]  # noqa: E731
    function = jax.jit(transpose if inputs.backward else resize)
    return lambda: function(x).block_until_ready()


def contenders(backends: Iterable[str]) -> dict[str, Callable[[Inputs], Call]]:
    """Returns functions that make the calls of those backends that are installed, by name."""
    from upsample_op.benchmark import tensorflow_calls

    makers: dict[str, dict[str, Callable[[Inputs], Call]]] = {
        "tensorflow": {"stock op": tensorflow_calls.stock_op},
        "keras": tensorflow_calls.layer_calls("stock layer"),
        "torch": {"torch": _torch},
        "opencv": {"opencv": _opencv},
        "onnxruntime": {"onnxruntime": _onnxruntime},
        "jax": {"jax": _jax},
    }
    found: dict[str, Callable[[Inputs], Call]] = {}
    for backend in backends:
        if not absent([backend]):
            found |= makers[backend]
    return found


def absent(backends: Iterable[str] = tuple(BACKENDS)) -> list[str]:
    """Returns those of the backends that are not installed; ValueError says which are none."""
    if unknown := ", ".join(sorted(set(backends) - set(BACKENDS))):
        raise ValueError(f"no backend: {unknown}; of {', '.join(BACKENDS)}")
    is_there = importlib.util.find_spec
    return [name for name in backends if not all(map(is_there, BACKENDS[name]))]
