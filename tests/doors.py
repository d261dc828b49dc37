"""Every door through which a call of the catalogue (tests/bad_input.py) can reach the kernels.

A door takes a Call and returns an array, or raises. The doors that read files and graphs are in
tests/graph_doors.py, and those for a GPU's arrays in tests/device_doors.py.
"""

import dataclasses
import os
from collections.abc import Callable
from unittest import mock

import ml_dtypes
import numpy as np
import tensorflow as tf

from bad_input import RAMP, ramp
from upsample_op import UpSampling2D, _kernels, kernels, upsample2d
from upsample_op.ops import raw_ops

DATA_FORMATS = {"NHWC": "channels_last", "NCHW": "channels_first"}
# What TensorFlow raises for arguments. Its own wrapper raises TypeError when it compares dtypes.
TF_ERRORS = (tf.errors.InvalidArgumentError, tf.errors.NotFoundError, TypeError)
BUILD_ERRORS = (*TF_ERRORS, ValueError)
TF_MEMORY = (tf.errors.ResourceExhaustedError,)


@dataclasses.dataclass(frozen=True)
class Door:
    """A way to the kernels.

    Attributes:
        call: a function that takes a Call and returns what can become an array.
        kinds: the names of its groups, the closest one first, for Entry.at.
        refusals: the errors that it raises for arguments.
        out_of_memory: the errors that it raises when memory is missing.
    """

    call: Callable
    kinds: tuple[str, ...]
    refusals: tuple[type, ...]
    out_of_memory: tuple[type, ...] = TF_MEMORY


def numpy_input(call):
    """Returns the call's input."""
    dtype = np.dtype(getattr(ml_dtypes, call.dtype, call.dtype))
    if call.fill == RAMP:
        return ramp(call.shape, dtype)
    return np.full(call.shape, call.fill, dtype)


def tf_input(call):
    """Returns the input as a tensor. If it is empty or one value repeated, this takes no memory."""
    dtype = tf.as_dtype("string" if call.dtype == "str" else call.dtype)
    if call.fill == RAMP:
        return tf.constant(numpy_input(call))
    if dtype.is_quantized:
        return tf.bitcast(tf.zeros(call.shape, call.dtype.replace("q", "")), dtype)
    if dtype.name.startswith("float8") or dtype.name in ("int4", "uint4"):
        return tf.constant(numpy_input(call))
    return tf.broadcast_to(tf.constant(call.fill, dtype), call.shape)


def raw(x, call):
    """Calls one of the two ops, without this package's Python."""
    backward, forward = raw_ops.upsample_op_upsample2d_grad, raw_ops.upsample_op_upsample2d
    return (backward if call.backward else forward)(
        x, size=list(call.size), interpolation=call.interpolation, data_format=call.layout
    )


def face(x, call):
    """Calls the public function, or the op for gradients, which have no public function."""
    if call.backward:
        return raw(x, call)
    data_format = DATA_FORMATS.get(call.layout, call.layout)
    return upsample2d(x, call.size, call.interpolation, data_format)


def through_numpy(call):
    function = kernels.upsample2d_grad if call.backward else kernels.upsample2d
    data_format = DATA_FORMATS.get(call.layout, call.layout)
    return function(numpy_input(call), call.size, call.interpolation, data_format)


def through_module(call):
    x = numpy_input(call)
    attributes = (x.dtype.name, list(call.size), call.interpolation, call.layout)
    spec = _kernels.Spec(call.backward, *attributes)
    out = np.empty(_kernels.result_shape(spec, call.shape), x.dtype)
    _kernels.run(spec, x, out, 2)
    return out


def through_layer(call):
    data_format = DATA_FORMATS.get(call.layout, call.layout)
    layer = UpSampling2D(call.size, data_format, call.interpolation, dtype=None, autocast=False)
    return layer(tf_input(call))


def traced(call, shape, jit_compile=False):
    x = tf_input(call)
    signature = [tf.TensorSpec(shape, x.dtype)]
    return tf.function(lambda x: raw(x, call), input_signature=signature, jit_compile=jit_compile)(
        x
    )


def traced_face(call):
    x = tf_input(call)
    signature = [tf.TensorSpec([None] * len(call.shape), x.dtype)]
    return tf.function(lambda x: face(x, call), input_signature=signature)(x)


def by_lowering(name):
    def through_jit(call):
        with mock.patch.dict(os.environ, UPSAMPLE_XLA_LOWERING=name):
            return traced(call, None, jit_compile=True)

    return through_jit


def through_graph(shape_of):
    """Returns a door that runs a compat.v1 session; the placeholder's shape is shape_of(call)."""

    def through_session(call):
        x = tf_input(call)
        with tf.Graph().as_default(), tf.compat.v1.Session() as session:
            fed = tf.compat.v1.placeholder(x.dtype, shape_of(call))
            return session.run(raw(fed, call), {fed: x.numpy()})

    return through_session


IN_PROCESS = {
    "numpy": Door(through_numpy, ("face",), (ValueError,), (MemoryError,)),
    "module": Door(through_module, (), (ValueError,), (MemoryError,)),
    "eager": Door(lambda call: face(tf_input(call), call), ("tf_face", "face", "tf"), BUILD_ERRORS),
    "layer": Door(through_layer, ("face", "tf"), BUILD_ERRORS),
    "raw op": Door(lambda call: raw(tf_input(call), call), ("raw", "tf"), TF_ERRORS),
    "function, unknown dimensions": Door(traced_face, ("tf_face", "face", "tf"), BUILD_ERRORS),
    "function, unknown rank": Door(lambda call: traced(call, None), ("raw", "tf"), BUILD_ERRORS),
    "graph": Door(
        through_graph(lambda call: call.shape), ("session", "raw", "tf"), (ValueError, TypeError)
    ),
    "graph, unknown rank": Door(
        through_graph(lambda call: None), ("session", "raw", "tf"), BUILD_ERRORS
    ),
    "jit, hlo": Door(by_lowering("hlo"), ("jit_hlo", "jit", "raw", "tf"), BUILD_ERRORS),
    "jit, custom call": Door(by_lowering("custom_call"), ("jit", "raw", "tf"), BUILD_ERRORS),
}
