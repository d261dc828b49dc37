"""The kernels on NumPy arrays, and on arrays in a GPU's memory, with no TensorFlow in the process.

>>> import numpy as np
>>> from upsample_op import kernels
>>> kernels.upsample2d(np.array([[1.0, 5.0]])[None, :, :, None], (1, 2), "bilinear").ravel()
array([1., 2., 4., 5.])
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple, SupportsIndex, cast, overload

import numpy as np

from upsample_op import _device_array, _library
from upsample_op._arguments import (
    check_interpolation,
    check_size,
    check_threads,
    layout_of,
    refuse_masks,
)

if TYPE_CHECKING:
    import numpy.typing as npt

    from upsample_op import _kernels
    from upsample_op._types import Array, CudaArray, DataFormat, Interpolation, Layout, Scalar, Size
else:
    _kernels = _library.load_kernels()

# What calls ask for repeatedly is parsed and checked once. The cache tells types apart too, because
# text may be of a class that says it equals other text.
_spec = functools.lru_cache(maxsize=64, typed=True)(_kernels.Spec)

__all__ = ["Kernel", "cpu_isa", "cpu_isas", "describe", "has_cuda", "upsample2d", "upsample2d_grad"]


@overload
def upsample2d(
    x: npt.NDArray[Scalar],
    size: Size = (2, 2),
    interpolation: Interpolation = "nearest",
    data_format: DataFormat = "channels_last",
    num_threads: SupportsIndex | None = None,
    out: npt.NDArray[Scalar] | None = None,
    stream: None = None,
) -> npt.NDArray[Scalar]: ...


# On a GPU the result is an array of the library of x, or out.
@overload
def upsample2d(
    x: CudaArray,
    size: Size = (2, 2),
    interpolation: Interpolation = "nearest",
    data_format: DataFormat = "channels_last",
    num_threads: SupportsIndex | None = None,
    out: CudaArray | None = None,
    stream: Any = None,
) -> Any: ...


def upsample2d(
    x: Any,
    size: Size = (2, 2),
    interpolation: Interpolation = "nearest",
    data_format: DataFormat = "channels_last",
    num_threads: SupportsIndex | None = None,
    out: Any = None,
    stream: Any = None,
) -> Any:
    """Upsamples images by whole factors, as `tf.keras.layers.UpSampling2D` does.

    A bilinear blend of equal numbers is that number exactly, and no blend lies outside of the range
    of its inputs, unless the difference of two of them overflows or a factor exceeds 2^22. A blend
    with an infinity is infinite or NaN. For factors that are powers of two, float32 has the bits of
    TensorFlow's CPU kernel.

    Args:
        x: array `[N, H, W, C]`, or `[N, C, H, W]` for channels_first. Its dtype is any of the table
            in docs/kernels.md for nearest (bool, integers, floats, complex; `ml_dtypes.bfloat16`
            too), and float16, bfloat16, float32 or float64 for bilinear. It is used in place if it
            is C-contiguous, and copied otherwise. An array on a GPU (CuPy's, PyTorch's, or any that
            has `__dlpack__` or `__cuda_array_interface__`) must be C-contiguous.
        size: factors of height and width, an integer or a pair of integers, each at least 1.
        interpolation: "nearest" or "bilinear" (half-pixel centres, border pixels repeated).
        data_format: "channels_last" or "channels_first".
        num_threads: the most threads to use; default: as many as the process may use.
        out: C-contiguous array of the result's shape and dtype to write to; may not overlap x.
        stream: for arrays on a GPU, the CUDA stream to run on, as its number or as PyTorch's or
            CuPy's object; default: the current stream of x's library, or else the one that x names,
            or else CUDA's default stream. Nothing waits for the kernel: the stream orders it. If
            the stream isn't the current one, keep x and out until it has run the kernel.

    Returns:
        array `[N, H * size[0], W * size[1], C]` (or its channels_first form), dtype of x; on a GPU
        if x is.

    Raises:
        ValueError: an argument is not as above.
        MemoryError: the result does not fit (NumPy's ValueError if no memory could hold it).
        RuntimeError: the GPU can't run the kernel, or no CUDA kernels were built in.
    """
    return _run(False, x, size, interpolation, data_format, num_threads, out, stream)


@overload
def upsample2d_grad(
    grad_out: npt.NDArray[Scalar],
    size: Size = (2, 2),
    interpolation: Interpolation = "nearest",
    data_format: DataFormat = "channels_last",
    num_threads: SupportsIndex | None = None,
    out: npt.NDArray[Scalar] | None = None,
    stream: None = None,
) -> npt.NDArray[Scalar]: ...


@overload
def upsample2d_grad(
    grad_out: CudaArray,
    size: Size = (2, 2),
    interpolation: Interpolation = "nearest",
    data_format: DataFormat = "channels_last",
    num_threads: SupportsIndex | None = None,
    out: CudaArray | None = None,
    stream: Any = None,
) -> Any: ...


def upsample2d_grad(
    grad_out: Any,
    size: Size = (2, 2),
    interpolation: Interpolation = "nearest",
    data_format: DataFormat = "channels_last",
    num_threads: SupportsIndex | None = None,
    out: Any = None,
    stream: Any = None,
) -> Any:
    """Computes the gradient of `upsample2d`: its transpose, applied to its result's gradient.

    Args:
        grad_out: array `[N, H * size[0], W * size[1], C]` (or its channels_first form): float16,
            bfloat16, float32, float64; for nearest complex64 and complex128 too.
        size: see `upsample2d`.
        interpolation: see `upsample2d`.
        data_format: see `upsample2d`.
        num_threads: see `upsample2d`. The result has the same bits for any number of threads.
        out: see `upsample2d`.
        stream: see `upsample2d`.

    Returns:
        array `[N, H, W, C]` (or its channels_first form), dtype of grad_out.

    Raises:
        ValueError: an argument is not as above, or a side is no multiple of its factor.
        MemoryError: see `upsample2d`.
        RuntimeError: see `upsample2d`.
    """
    return _run(True, grad_out, size, interpolation, data_format, num_threads, out, stream)


class Kernel(NamedTuple):
    """The kernel that computes something.

    Attributes:
        name: on a CPU the name in csrc/cpu/candidates.h; on a GPU the variant in words; "" if there
            is nothing to compute.
        isa: the CPU's instruction set, or "cuda".
        is_streamed: whether the result is streamed, past the CPU's caches.
    """

    name: str
    isa: str
    is_streamed: bool


def describe(
    x: Array | CudaArray,
    size: Size = (2, 2),
    interpolation: Interpolation = "nearest",
    data_format: DataFormat = "channels_last",
    backward: bool = False,
    out: Array | CudaArray | None = None,
) -> Kernel:
    """Returns which kernel `upsample2d` would run for an array, and runs none.

    Args:
        x: see `upsample2d`, or `upsample2d_grad` if `backward`.
        size: see `upsample2d`.
        interpolation: see `upsample2d`.
        data_format: see `upsample2d`.
        backward: whether to describe the gradient.
        out: the array to write to, of which only the address matters; default: an array that begins
            with a cache line, as TensorFlow's tensors do.

    Returns:
        a `Kernel`.

    Raises:
        ValueError: an argument is not as above, or the result has more bytes than addresses.
        RuntimeError: x is on a GPU, and no kernels for one were built in.
    """
    attributes = check_size(size), check_interpolation(interpolation), layout_of(data_format)
    if _device_array.is_on_gpu(x):
        _check_cuda()
        array = _device_array.describe(x)
        address = 0 if out is None else _device_array.describe(out).address
        spec = _spec(bool(backward), array.dtype, *attributes)
        name = _kernels.describe_cuda(spec, array.shape, array.address, address)
        return Kernel(name, "cuda", False)
    x = np.asarray(x)
    address = 0 if out is None else cast("Array", out).ctypes.data
    spec = _spec(bool(backward), _name_of(x.dtype), *attributes)
    return Kernel(*_kernels.describe(spec, x.shape, address))


def cpu_isas() -> list[str]:
    """Returns the instruction sets with kernels that this processor has, the plainest first."""
    return _kernels.cpu_isas()


def cpu_isa() -> str:
    """Returns the instruction set in use. The environment's UPSAMPLE_CPU_ISA can name another."""
    return _kernels.cpu_isa()


def has_cuda() -> bool:
    """Returns whether CUDA kernels were built in. There need not be a GPU."""
    return hasattr(_kernels, "run_cuda")


def _run(
    backward: bool,
    x: Any,
    size: Size,
    interpolation: Interpolation,
    data_format: DataFormat,
    num_threads: SupportsIndex | None,
    out: Any,
    stream: Any,
) -> Any:
    # What may run the caller's code comes first and the arrays come after it, because it could
    # change them. At last the module checks the buffers themselves.
    attributes = check_size(size), check_interpolation(interpolation), layout_of(data_format)
    num_threads = check_threads(num_threads)
    if _device_array.is_on_gpu(x):
        return _run_on_gpu(backward, x, attributes, out, stream)
    if stream is not None:
        raise ValueError("`stream` is for arrays on a GPU")
    if type(x) is not np.ndarray:
        refuse_masks(x)
        x = np.asarray(x)
    if not (x.flags.c_contiguous and x.flags.aligned and x.dtype.isnative):
        x = np.require(x, x.dtype.newbyteorder("="), ["C_CONTIGUOUS", "ALIGNED"])
    spec = _spec(backward, _name_of(x.dtype), *attributes)
    if out is None:
        out = np.empty(_kernels.result_shape(spec, x.shape), x.dtype)
    if not isinstance(out, np.ndarray):
        raise ValueError(f"`out` must be an array, got {type(out).__name__}")
    _kernels.run(spec, x, out, num_threads)
    return out


def _name_of(dtype: Any) -> str:
    # For numbers this is NumPy's name, whatever C calls them. bfloat16 is a type of its own, and
    # may compare equal to others of 2 bytes.
    return _name_of_number(dtype.type) if dtype.kind in "biufc" else dtype.type.__name__


@functools.lru_cache(maxsize=64)  # NumPy takes 2 us for dtype.name
def _name_of_number(scalar_type: type) -> str:
    return np.dtype(scalar_type).name


def _check_cuda() -> None:
    if not has_cuda():
        raise RuntimeError("upsample_op was built without CUDA: there was no nvcc")


def _run_on_gpu(
    backward: bool,
    x: Any,
    attributes: tuple[tuple[int, int], Interpolation, Layout],
    out: Any,
    stream: Any,
) -> Any:
    _check_cuda()
    array = _device_array.describe(x, stream)
    spec = _spec(backward, array.dtype, *attributes)
    shape = tuple(_kernels.result_shape(spec, array.shape))
    if out is None:
        out = _device_array.empty_like(array, shape)
    if not _device_array.is_on_gpu(out):
        raise ValueError("`out` must be on the GPU, as the input is")
    result = _device_array.describe(out, array.stream, writes=True)
    if (result.shape, result.dtype) != (shape, array.dtype):
        raise ValueError(
            f"`out` must be an array {array.dtype} {shape}, got {result.dtype} {result.shape}"
        )
    _kernels.run_cuda(spec, array.shape, array.address, result.address, array.stream)
    return out
