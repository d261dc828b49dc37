"""What the NumPy face does with arrays that claim to be on a GPU, on a machine without one.

tests/gpu has the tests that need a GPU.
"""

import contextlib
import datetime
import sys
import types

import ml_dtypes
import numpy as np
import pytest

from cases import ALL_DTYPES
from upsample_op import _device_array, _kernels, kernels

needs_cuda = pytest.mark.skipif(not kernels.has_cuda(), reason="built without CUDA")


class InterfaceArray:
    """A NumPy array that claims to be a GPU's, by `__cuda_array_interface__`."""

    def __init__(self, array, stream=None):
        self.__cuda_array_interface__ = {
            **array.__array_interface__,
            "stream": stream,
            "version": 3,
        }


class DLPackArray:
    """Claims the same by DLPack, and remembers the stream for which it was asked."""

    def __init__(self, array):
        self.array = array
        self.stream = None

    def __dlpack_device__(self):
        return 2, 0

    def __dlpack__(self, stream=None):
        self.stream = stream
        return self.array.__dlpack__()


X = np.arange(24, dtype=np.float32).reshape(1, 2, 3, 4)


@pytest.mark.parametrize("kind", [InterfaceArray, DLPackArray])
@pytest.mark.parametrize("dtype", [name for name in ALL_DTYPES if name != "bfloat16"])
def test_arrays_are_read_as_they_are(kind, dtype):
    array = X.astype(dtype)
    found = _device_array.describe(kind(array))
    assert (found.address, found.shape) == (array.ctypes.data, array.shape)
    assert (found.dtype, found.stream) == (dtype, 1)


@needs_cuda
def test_a_type_that_no_kernel_is_for_is_named():
    with pytest.raises(ValueError, match="no kernel for dtype <V2"):
        kernels.upsample2d(InterfaceArray(X.astype(ml_dtypes.bfloat16)), out=X)


@pytest.mark.parametrize("kind", [InterfaceArray, DLPackArray])
def test_only_contiguous_arrays_are_taken(kind):
    with pytest.raises(ValueError, match="C-contiguous"):
        _device_array.describe(kind(X[:, :, ::2]))
    with pytest.raises(ValueError, match="C-contiguous"):
        _device_array.describe(kind(X.transpose(0, 2, 1, 3)))
    # Strides of axes of one pixel and of empty arrays don't matter.
    strange = np.lib.stride_tricks.as_strided(X, (1, 2, 3, 4), (4, 48, 16, 4))
    for array in (X[:, :1].transpose(1, 0, 2, 3), X[:0, ::2], strange):
        assert _device_array.describe(kind(array)).shape == array.shape


def test_the_stream_is_the_given_one_or_the_producers_or_the_default():
    assert _device_array.describe(InterfaceArray(X, stream=7)).stream == 7
    assert _device_array.describe(InterfaceArray(X), stream=9).stream == 9
    assert _device_array.describe(InterfaceArray(X)).stream == 1
    array = DLPackArray(X)
    assert _device_array.describe(array, stream=9).stream == 9
    assert array.stream == 9
    _device_array.describe(array)
    assert array.stream == 1


def test_work_on_arrays_of_pytorch_and_cupy_goes_to_their_current_stream(monkeypatch):
    torch = types.SimpleNamespace(
        current_stream=lambda device: Stream(cuda_stream=100 + device.id), device=Entered
    )
    cupy = types.SimpleNamespace(get_current_stream=lambda number: Stream(ptr=200 + number))
    for name, cuda, expected in [("torch", torch, 103), ("cupy", cupy, 203)]:
        monkeypatch.setitem(sys.modules, name, types.SimpleNamespace(cuda=cuda))
        kind = type("Array", (DLPackArray,), {"__module__": f"{name}.core", "device": Device()})
        array = kind(X)
        assert _device_array.describe(array).stream == expected
        assert array.stream == expected
        assert _device_array.describe(array, stream=9).stream == 9


class Device:
    id = 3


class Entered(contextlib.nullcontext):
    """Stands for `torch.cuda.device`, and checks that it is entered for the array's device."""

    def __init__(self, device):
        super().__init__()
        assert device.id == 3


class Stream:
    def __init__(self, **numbers):
        self.__dict__.update(numbers)


@pytest.mark.parametrize(
    ("stream", "number"),
    [
        (5, 5),
        (0, 1),
        (np.int64(5), 5),
        (Stream(cuda_stream=6), 6),
        (Stream(ptr=7), 7),
        (Stream(ptr=0), 1),
    ],
)
def test_streams_are_numbers_or_objects_of_pytorch_and_cupy(stream, number):
    assert _device_array.number_of_stream(stream) == number


@pytest.mark.parametrize("stream", [-1, 1.5, "1", True, Stream()])
def test_other_streams_are_refused(stream):
    with pytest.raises(ValueError, match="must be a CUDA stream or its number"):
        _device_array.number_of_stream(stream)


def test_an_array_of_the_host_has_no_stream():
    with pytest.raises(ValueError, match="`stream` is for arrays on a GPU"):
        kernels.upsample2d(X, stream=1)


@needs_cuda
def test_an_array_that_cannot_be_shared_says_why():
    class Refusing(DLPackArray):
        def __dlpack__(self, stream=None):
            raise BufferError("requires grad")

    with pytest.raises(ValueError, match="can't be shared: requires grad"):
        kernels.upsample2d(Refusing(X))


@needs_cuda
def test_a_library_that_allocates_nothing_for_us_needs_out():
    with pytest.raises(ValueError, match="`out` must be given for an array of "):
        kernels.upsample2d(InterfaceArray(X))


def test_masked_arrays_are_refused():
    array = InterfaceArray(X)
    array.__cuda_array_interface__["mask"] = array
    with pytest.raises(ValueError, match="no mask"):
        _device_array.describe(array)


def test_a_read_only_array_is_read_but_not_written_to():
    array = InterfaceArray(X)
    array.__cuda_array_interface__["data"] = (X.ctypes.data, True)
    assert _device_array.describe(array).address == X.ctypes.data
    with pytest.raises(ValueError, match="`out` must be writeable"):
        _device_array.describe(array, writes=True)


@needs_cuda
def test_the_given_stream_waits_for_the_producers(monkeypatch):
    ordered = []
    monkeypatch.setattr(_kernels, "order_streams", lambda *streams: ordered.append(streams))
    _device_array.describe(InterfaceArray(X, stream=7), stream=9)
    _device_array.describe(InterfaceArray(X, stream=7), stream=7)
    _device_array.describe(InterfaceArray(X), stream=9)
    assert ordered == [(7, 9)]


@needs_cuda
@pytest.mark.parametrize(
    ("out", "message"),
    [
        (X, "`out` must be on the GPU"),
        (InterfaceArray(X), r"`out` must be an array float32 \(1, 4, 6, 4\), got float32 \(1, 2,"),
        (InterfaceArray(np.zeros((1, 4, 6, 4))), "got float64"),
    ],
)
def test_out_must_fit(out, message):
    with pytest.raises(ValueError, match=message):
        kernels.upsample2d(InterfaceArray(X), out=out)


@needs_cuda
def test_out_must_not_overlap_and_all_must_be_aligned():
    memory = np.zeros(240, np.uint8)
    x = memory[:16].view(np.float32).reshape(1, 2, 2, 1)
    inside = memory[12:76].view(np.float32).reshape(1, 4, 4, 1)
    with pytest.raises(ValueError, match="must not overlap"):
        kernels.upsample2d(InterfaceArray(x), out=InterfaceArray(inside))
    odd = memory[101:165].view(np.float32).reshape(1, 4, 4, 1)
    with pytest.raises(ValueError, match="aligned to its elements"):
        kernels.upsample2d(InterfaceArray(x), out=InterfaceArray(odd))


@needs_cuda
def test_without_a_working_driver_or_for_other_memory_the_error_is_cudas():
    out = InterfaceArray(np.zeros((1, 4, 6, 4), np.float32))
    with pytest.raises((RuntimeError, ValueError), match=r"CUDA can't be used: |is not a GPU's"):
        kernels.upsample2d(InterfaceArray(X), out=out)


@needs_cuda
def test_the_variant_that_would_run():
    kernel = kernels.describe(InterfaceArray(X), 2, "bilinear")
    assert (kernel.isa, kernel.is_streamed) == ("cuda", False)
    assert kernel.name == "bilinear forward, 4 x float32 inside a pixel, factors 2 and 2"
    gradient = kernels.describe(InterfaceArray(X), (2, 3), out=InterfaceArray(X), backward=True)
    assert gradient.name == "nearest backward, 4 x float32 inside a pixel, factors 2 and 3"


@pytest.mark.skipif(kernels.has_cuda(), reason="built with CUDA")
def test_a_build_without_cuda_says_so():
    with pytest.raises(RuntimeError, match="built without CUDA: there was no nvcc"):
        kernels.upsample2d(InterfaceArray(X), out=InterfaceArray(X))


def test_other_capsules_are_refused():
    with pytest.raises(ValueError, match="not a capsule of DLPack"):
        _kernels.describe_dlpack(datetime.datetime_CAPI)
