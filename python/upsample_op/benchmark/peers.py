"""What ours is compared with: each peer a function that returns a call, its library loaded lazily.

A call returns what `numpy.asarray` takes, in the order of the case's layout. Where a peer can't run
a case, its function raises NotSupportedError, or what its library raises.
"""

import importlib.util
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from upsample_op._case import Case
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

    Args:
        inputs: what the call is on.
        x: tensor of the bytes of inputs.x, on the CPU or a GPU.
        out: tensor of those of the result.
        memory_format: for copies of them; without one NHWC is a view of channels_last memory.
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
    pairs = [
        tuple(array[n, ..., 0] if channels == 1 else array[n] for array in (inputs.x, inputs.out))
        for n in range(case.shape[0])
    ]

    def run() -> Array:
        for image, out in pairs:
            cv2.resize(image, (width, height), dst=out, interpolation=how)
        return inputs.out

    return run


def _onnxruntime(inputs: Inputs) -> Call:
    """A model of one Resize, its input and result bound to the arrays."""
    import onnxruntime

    if inputs.backward:
        raise NotSupportedError("no gradients")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = environment.num_threads()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4
    model, providers = _resize_model(inputs.case), ["CPUExecutionProvider"]
    session = onnxruntime.InferenceSession(model, options, providers=providers)
    binding = session.io_binding()
    binds = (binding.bind_input, "x", inputs.x), (binding.bind_output, "y", inputs.out)
    for bind, name, array in binds:
        bind(name, "cpu", 0, array.dtype.type, array.shape, array.ctypes.data)
    return lambda: (session.run_with_iobinding(binding), inputs.out)[1]


def _resize_model(case: Case) -> bytes:
    from onnx import TensorProto, helper

    types = {"float32": "FLOAT", "float64": "DOUBLE"}
    name = types.get(case.dtype, case.dtype.upper())
    if not hasattr(TensorProto, name):
        raise NotSupportedError(f"no {case.dtype}")
    dtype = getattr(TensorProto, name)
    scales = [1.0, *case.size, 1.0] if case.layout == "NHWC" else [1.0, 1.0, *case.size]
    is_nearest = case.interpolation == "nearest"
    node = helper.make_node(
        *("Resize", ["x", "", "scales"], ["y"]),
        mode="nearest" if is_nearest else "linear",
        coordinate_transformation_mode="asymmetric" if is_nearest else "half_pixel",
        nearest_mode="floor",
    )
    x = helper.make_tensor_value_info("x", dtype, case.shape)
    y = helper.make_tensor_value_info("y", dtype, case.out_shape)
    scales = helper.make_tensor("scales", TensorProto.FLOAT, [4], scales)
    graph = helper.make_graph([node], "resize", [x], [y], [scales])
    opsets = [helper.make_opsetid("", 19)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=9).SerializeToString()


def _jax(inputs: Inputs) -> Call:
    """jax.image.resize in a jax.jit; backward, its transpose."""
    import jax

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_platforms", "cpu")
    case = inputs.case

    def resize(images: Any) -> Any:
        return jax.image.resize(images, case.out_shape, case.interpolation)

    x = jax.numpy.asarray(inputs.x)
    if inputs.backward:
        images = jax.ShapeDtypeStruct(case.shape, x.dtype)
        function = jax.jit(lambda grad: jax.linear_transpose(resize, images)(grad)[0])
    else:
        function = jax.jit(resize)
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
