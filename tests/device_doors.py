"""The catalogue's doors for arrays that claim to be in a GPU's memory."""

import ctypes

import numpy as np

from bad_input import Gives, OutOfMemory, Unfit
from upsample_op import kernels


class DLTensor(ctypes.Structure):
    """The DLTensor of dlpack.h, ABI 0."""

    _fields_ = [
        *(("data", ctypes.c_void_p), ("device_type", ctypes.c_int32), ("device", ctypes.c_int32)),
        *(("ndim", ctypes.c_int32), ("code", ctypes.c_uint8), ("bits", ctypes.c_uint8)),
        *(("lanes", ctypes.c_uint16), ("shape", ctypes.POINTER(ctypes.c_int64))),
        *(("strides", ctypes.POINTER(ctypes.c_int64)), ("byte_offset", ctypes.c_uint64)),
    ]


# Code and bits of each dtype; 10 and 12 are the codes of float8.
_CODES = {"int": 0, "uint": 1, "float": 2, "bfloat": 4, "complex": 5, "bool": 6}
_OTHER_CODES = {"float8_e5m2": (12, 8), "float8_e4m3fn": (10, 8), "bool": (6, 8)}


def _code_of(dtype):
    name = dtype.rstrip("0123456789")
    return _OTHER_CODES.get(dtype) or (_CODES[name], int(dtype[len(name) :]))


def capsule_of(tensor):
    """Returns a DLPack capsule, which is valid as long as its caller keeps the tensor."""
    new = ctypes.pythonapi.PyCapsule_New
    new.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    new.restype = ctypes.py_object
    return new(ctypes.addressof(tensor), b"dltensor", None)


class DLPackArray:
    """Claims to be a GPU's array of any shape and dtype, at no address."""

    def __init__(self, shape, dtype):
        self.shape = tuple(shape)
        self._shape = (ctypes.c_int64 * len(shape))(*shape)
        self._tensor = DLTensor(None, 2, 0, len(shape), *_code_of(dtype), 1, self._shape, None, 0)

    def __dlpack_device__(self):
        return 2, 0

    def __dlpack__(self, stream=None):
        return capsule_of(self._tensor)


_TYPESTRS = {"bfloat16": "<V2", "float8_e5m2": "<f1", "float8_e4m3fn": "<V1"}
_TYPESTRS |= {"int4": "|V1", "uint4": "|V1"}


class InterfaceArray:
    """Claims the same by `__cuda_array_interface__`."""

    def __init__(self, shape, dtype):
        typestr = _TYPESTRS.get(dtype) or np.dtype(dtype).str
        self.shape = tuple(shape)
        self.__cuda_array_interface__ = {
            "shape": self.shape,
            "typestr": typestr,
            "data": (0, False),
            "version": 3,
        }


def _result_shape(call):
    """Returns the result's shape. If there is none, the kernels refuse the call before using it."""
    shape = list(call.shape)
    if len(shape) == 4 and len(call.size) == 2 and min(call.size) > 0:
        first = 1 if call.layout == "NHWC" else 2
        for axis, factor in zip((first, first + 1), call.size, strict=True):
            shape[axis] = shape[axis] // factor if call.backward else shape[axis] * factor
    return shape if max(shape, default=0) < 2**63 else list(call.shape)


def through(kind):
    def through_device_array(call):
        x, out = kind(call.shape, call.dtype), kind(_result_shape(call), call.dtype)
        function = kernels.upsample2d_grad if call.backward else kernels.upsample2d
        data_format = {"NHWC": "channels_last", "NCHW": "channels_first"}.get(
            call.layout, call.layout
        )
        return function(x, call.size, call.interpolation, data_format, out=out)

    return through_device_array


def unfit(outcome):
    """Returns an Unfit for calls that run a kernel, because only tests/gpu has a GPU."""
    if not kernels.has_cuda():
        return Unfit("built without CUDA")
    if isinstance(outcome, OutOfMemory) or (isinstance(outcome, Gives) and 0 not in outcome.shape):
        return Unfit("needs a GPU: tests/gpu")
    return outcome
