"""What ours is compared with: each peer a function that returns a call, its library loaded lazily.

A call returns what `numpy.asarray` takes, in the order of the case's layout. Where a peer can't run
a case, its function raises NotSupportedError, or what its library raises.
"""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from upsample_op.benchmark import environment
from upsample_op.benchmark.contenders import layer
from upsample_op.benchmark.inputs import NotSupportedError

if TYPE_CHECKING:
    from upsample_op._types import Array
    from upsample_op.benchmark._types import Call
    from upsample_op._case import Case
    from upsample_op.benchmark.inputs import Inputs


def _stock_op(inputs: Inputs) -> Call:
    from upsample_op.benchmark.stock import stock_op

    return stock_op(inputs.case, inputs.backward, inputs.tensor)


def _torch(inputs: Inputs) -> Call:
    """The operators behind torch.nn.functional.interpolate, in forms that take their result.

    NHWC is a view of channels_last memory, NCHW contiguous.
    """
    import torch

    torch.set_num_threads(environment.num_threads())
    case, aten = inputs.case, torch.ops.aten
    if not hasattr(torch, case.dtype):
        raise NotSupportedError(f"no {case.dtype}")
    x, out = (_as_torch(torch, array, case) for array in (inputs.x, inputs.out))
    low, high = (out, x) if inputs.backward else (x, out)
    shape, size = list(low.shape), list(high.shape[2:])
    scales = [float(factor) for factor in case.size]
    corners = () if case.interpolation == "nearest" else (False,)
    run: Call
    if inputs.backward:
        name = f"upsample_{case.interpolation}2d_backward"
        operator = getattr(aten, name).grad_input
        run = lambda: operator(x, size, shape, *corners, *scales, grad_input=out)  # noqa: E731
    else:
        operator = getattr(aten, f"upsample_{case.interpolation}2d").out
        run = lambda: operator(x, size, *corners, *scales, out=out)  # noqa: E731
    address = out.data_ptr()
    run()
    if out.data_ptr() != address:
        raise NotSupportedError("takes no memory for its result")
    return lambda: (run(), inputs.out)[1]


def _as_torch(torch: Any, array: Array, case: Case) -> Any:
    # NumPy's bfloat16 is a type of its own, which PyTorch doesn't know.
    if case.dtype == "bfloat16":
        tensor = torch.from_numpy(array.view(np.int16)).view(torch.bfloat16)
    else:
        tensor = torch.from_numpy(array)
    return tensor.permute(0, 3, 1, 2) if case.layout == "NHWC" else tensor


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

    case = inputs.case
    if inputs.backward:
        raise NotSupportedError("no gradients")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = environment.num_threads()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4
    providers = ["CPUExecutionProvider"]
    session = onnxruntime.InferenceSession(_resize_model(case), options, providers=providers)
    binding = session.io_binding()
    for bind, name, array in (
        (binding.bind_input, "x", inputs.x),
        (binding.bind_output, "y", inputs.out),
    ):
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
        "Resize",
        ["x", "", "scales"],
        ["y"],
        mode="nearest" if is_nearest else "linear",
        coordinate_transformation_mode="asymmetric" if is_nearest else "half_pixel",
        nearest_mode="floor",
    )
    graph = helper.make_graph(
        [node],
        "resize",
        [helper.make_tensor_value_info("x", dtype, case.shape)],
        [helper.make_tensor_value_info("y", dtype, case.out_shape)],
        [helper.make_tensor("scales", TensorProto.FLOAT, [4], scales)],
    )
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


# Of each backend: the module it needs, and its contenders.
_BACKENDS: dict[str, tuple[list[str], dict[str, Callable[[Inputs], Call]]]] = {
    "tensorflow": (["tensorflow"], {"stock op": _stock_op}),
    "keras": (
        ["tensorflow"],
        {
            "stock layer eager": lambda inputs: layer(inputs, "eager", stock=True),
            "stock layer": lambda inputs: layer(inputs, "function", stock=True),
            "stock layer jit": lambda inputs: layer(inputs, "jit", stock=True),
        },
    ),
    "torch": (["torch"], {"torch": _torch}),
    "opencv": (["cv2"], {"opencv": _opencv}),
    "onnxruntime": (["onnxruntime", "onnx"], {"onnxruntime": _onnxruntime}),
    "jax": (["jax"], {"jax": _jax}),
}
BACKENDS = tuple(_BACKENDS)


def absent(backends: Iterable[str] = BACKENDS) -> list[str]:
    """Returns those of the backends that are not installed."""
    return [
        name
        for name in backends
        if not all(importlib.util.find_spec(module) for module in _BACKENDS[name][0])
    ]


def peers(inputs: Inputs, backends: Iterable[str] = BACKENDS) -> dict[str, Callable[[], Call]]:
    """Returns functions that make the calls of the installed ones of the backends, by name."""
    missing = absent(backends)
    return {
        name: functools.partial(make, inputs)
        for backend in backends
        if backend not in missing
        for name, make in _BACKENDS[backend][1].items()
    }
