"""Arguments that lie about themselves, or that change while they are read, do no harm."""

import ctypes

import ml_dtypes
import numpy as np
import pytest

from upsample_op import _kernels, kernels

IMAGES = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5)
EXPECTED = IMAGES.repeat(2, axis=1).repeat(2, axis=2)


@pytest.fixture(autouse=True)
def the_next_call_is_right():
    yield
    np.testing.assert_array_equal(kernels.upsample2d(IMAGES), EXPECTED)


class Liar(np.ndarray):
    """An array with attributes of a larger one."""

    shape = property(lambda self: EXPECTED.shape)
    dtype = property(lambda self: EXPECTED.dtype)
    flags = property(lambda self: EXPECTED.flags)
    nbytes = property(lambda self: EXPECTED.nbytes)


def test_an_out_is_taken_for_what_it_is():
    out = np.zeros(3, np.float32).view(Liar)
    with pytest.raises(ValueError, match=r"`out` must be an array .* got float32 \(3,\)"):
        kernels.upsample2d(IMAGES, out=out)


def test_an_input_is_taken_for_what_it_is():
    with pytest.raises(ValueError, match=r"must have rank 4 .* got shape \[3\]"):
        kernels.upsample2d(np.zeros(3, np.float32).view(Liar))


class Index:
    """An integer that does something when it is asked for its value."""

    def __init__(self, act):
        self.act = act

    def __index__(self):
        self.act()
        return 2


@pytest.mark.parametrize("argument", ["num_threads", "size"])
@pytest.mark.parametrize("which", ["x", "out"])
@pytest.mark.parametrize("change", ["freed", "retyped", "reshaped"])
def test_an_argument_that_changes_an_array_is_asked_first(change, which, argument):
    x, out = IMAGES.copy(), np.empty_like(EXPECTED)
    array = {"x": x, "out": out}[which]

    def act():
        if change == "freed":
            array.resize((1, 1, 1, 1), refcheck=False)
        elif change == "retyped":
            array.dtype = np.float16
        else:
            array.shape = (-1, 1, 1, 1)

    with pytest.raises(ValueError, match=r"`out` must be an array"):
        kernels.upsample2d(x, **{"size": 2, argument: Index(act)}, out=out)


def test_an_integer_without_comparison_counts_threads():
    np.testing.assert_array_equal(
        kernels.upsample2d(IMAGES, num_threads=Index(lambda: None)), EXPECTED
    )


def test_two_bytes_of_something_are_no_bfloat16():
    x = np.ones((1, 2, 2, 1), ml_dtypes.bfloat16)
    kernels.upsample2d(x, 2, "bilinear")
    for dtype in (np.dtype("V2"), np.dtype([("a", np.uint8), ("b", np.int8)])):
        with pytest.raises(ValueError, match="no kernel for dtype void"):
            kernels.upsample2d(x.view(dtype), 2, "bilinear")


def test_numbers_have_their_names_whatever_c_calls_them():
    x = np.arange(4, dtype=np.longlong).reshape(1, 2, 2, 1)
    np.testing.assert_array_equal(kernels.upsample2d(x), x.repeat(2, 1).repeat(2, 2))


def test_names_of_dtypes_are_not_kept_for_ever():
    for size in range(1, 200):
        with pytest.raises(ValueError, match="no kernel for dtype"):
            kernels.upsample2d(np.zeros((1, 1, 1, 1), f"V{size}"))
    assert kernels._name_of_number.cache_info().currsize <= 64


class OtherText(str):
    """Text that says that it equals "nearest"."""

    def __eq__(self, other):
        return other == "nearest"

    def __hash__(self):
        return hash("nearest")


def test_what_is_kept_for_text_is_not_found_by_other_text():
    kernels._spec.cache_clear()
    expected = kernels.upsample2d(IMAGES, 2, "bilinear")
    np.testing.assert_array_equal(kernels.upsample2d(IMAGES, 2, OtherText("bilinear")), expected)
    np.testing.assert_array_equal(kernels.upsample2d(IMAGES, 2, "nearest"), EXPECTED)


def test_no_more_than_a_few_specs_are_kept():
    for size in range(1, 200):
        kernels.upsample2d(IMAGES[:, :1, :1], (1, size))
    assert kernels._spec.cache_info().currsize <= 64


def test_a_mask_is_not_lost():
    x = np.ma.masked_equal(IMAGES, 3)
    with pytest.raises(ValueError, match="a masked array can't be upsampled; fill it first"):
        kernels.upsample2d(x)
    np.testing.assert_array_equal(kernels.upsample2d(x.filled(3)), EXPECTED)


class OnGpu:
    """Something that claims to be on a GPU, and has the given attributes."""

    def __init__(self, **attributes):
        self.__dict__.update(attributes)

    def __dlpack_device__(self):
        return 2, 0


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"__cuda_array_interface__": {}},
        {"__cuda_array_interface__": {"data": (0, False), "shape": (1,), "typestr": "<f"}},
        {"__cuda_array_interface__": {"data": 7, "shape": (1,), "typestr": "<f4"}},
        {"__cuda_array_interface__": {"data": (7, False), "shape": "ab", "typestr": "<f4"}},
        {"__dlpack__": lambda stream: "no capsule"},
    ],
    ids=range(6),
)
def test_what_is_no_array_on_a_gpu_is_a_value_error(attributes):
    if not kernels.has_cuda():
        pytest.skip("built without CUDA")
    with pytest.raises(ValueError, match=r"an array on a GPU must|can't be shared|no kernel for"):
        kernels.upsample2d(OnGpu(**attributes))


# --- The module, called past the public face ------------------------------------------------------

CALL = ("float32", (2, 2), "nearest", "NHWC")


@pytest.mark.parametrize(
    ("x", "out", "call"),
    [
        (IMAGES, np.empty((2, 6, 8, 4), np.float32), CALL),
        (IMAGES, np.empty(EXPECTED.shape, np.float64), CALL),
        (IMAGES, np.empty(EXPECTED.shape, np.int32), CALL),
        (IMAGES, EXPECTED.copy(), ("float64", *CALL[1:])),
        (IMAGES, EXPECTED.copy(), ("bfloat16", *CALL[1:])),
        (IMAGES[:, :, ::2], np.empty((2, 6, 4, 5), np.float32), CALL),
        (IMAGES.astype(">f4"), EXPECTED.copy(), CALL),
        (IMAGES, np.empty((2, 6, 8, 10), np.float32)[..., ::2], CALL),
        (IMAGES, np.frombuffer(bytearray(1921), np.float32, 480, 1).reshape(EXPECTED.shape), CALL),
        (IMAGES, np.frombuffer(bytes(1920), np.float32).reshape(EXPECTED.shape), CALL),
        (np.broadcast_to(np.float32(1), (1, 1, 1, 1)), np.empty((1, 2, 2, 1)), CALL),
    ],
    ids=range(11),
)
def test_the_module_refuses_arrays(x, out, call):
    with pytest.raises(ValueError, match="must be"):
        _kernels.run(_kernels.Spec(False, *call), x, out, 1)


@pytest.mark.parametrize("spec", [None, CALL, "spec"], ids=["None", "tuple", "text"])
def test_the_module_takes_specs_alone(spec):
    with pytest.raises(TypeError, match="incompatible function arguments"):
        _kernels.run(spec, IMAGES, EXPECTED.copy(), 1)


def test_the_module_refuses_overlap():
    memory = np.zeros(2000, np.float32)
    x, out = memory[:120].reshape(IMAGES.shape), memory[119:599].reshape(EXPECTED.shape)
    with pytest.raises(ValueError, match="overlap"):
        _kernels.run(_kernels.Spec(False, *CALL), x, out, 1)


@pytest.mark.parametrize(
    "shape", [(-1, 2, 2, 1), (1, -1, 2, 1), (1, 2, -2, 1), (1, 2, 2, -(2**62))]
)
@pytest.mark.parametrize("backward", [False, True])
def test_the_module_refuses_dimensions_below_0(shape, backward):
    with pytest.raises(ValueError, match=r"all dimensions must be known|fewer than|multiple"):
        _kernels.result_shape(_kernels.Spec(backward, *CALL), shape)


def test_a_gradient_has_fewer_than_2_63_elements():
    with pytest.raises(ValueError, match="must have fewer than 2\\^63 elements"):
        _kernels.result_shape(_kernels.Spec(True, *CALL), (2**22, 2**22, 2**22, 1))


class DLTensor(ctypes.Structure):
    """The DLTensor of dlpack.h."""

    _fields_ = [
        *(("data", ctypes.c_void_p), ("device_type", ctypes.c_int32), ("device", ctypes.c_int32)),
        *(("ndim", ctypes.c_int32), ("code", ctypes.c_uint8), ("bits", ctypes.c_uint8)),
        *(("lanes", ctypes.c_uint16), ("shape", ctypes.POINTER(ctypes.c_int64))),
        *(("strides", ctypes.POINTER(ctypes.c_int64)), ("byte_offset", ctypes.c_uint64)),
    ]


def capsule_of(tensor, name=b"dltensor"):
    """Returns a capsule. The caller must keep the tensor and the name."""
    new = ctypes.pythonapi.PyCapsule_New
    new.restype, new.argtypes = (
        ctypes.py_object,
        [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p],
    )
    return new(ctypes.addressof(tensor), name, None)


def dltensor(ndim, dims):
    shape = (ctypes.c_int64 * len(dims))(*dims) if dims is not None else None
    return DLTensor(64, 2, 0, ndim, 2, 32, 1, shape, None, 0)


def test_a_capsule_is_described():
    tensor = dltensor(4, (1, 2, 3, 4))
    found = _kernels.describe_dlpack(capsule_of(tensor))
    assert found == (64, (1, 2, 3, 4), "float32", True)


@pytest.mark.parametrize(
    ("ndim", "dims"),
    [(4, None), (-1, (1,)), (2**31 - 1, (1,)), (65, (1,) * 65), (2, (-1, 2)), (3, (2**31,) * 3)],
    ids=str,
)
def test_a_capsule_of_nonsense_is_refused(ndim, dims):
    tensor = dltensor(ndim, dims)
    with pytest.raises(ValueError, match="a capsule of DLPack with"):
        _kernels.describe_dlpack(capsule_of(tensor))


@pytest.mark.parametrize("name", [None, b"used_dltensor"])
def test_another_capsule_is_refused(name):
    tensor = dltensor(1, (1,))
    with pytest.raises(ValueError, match="not a capsule of DLPack"):
        _kernels.describe_dlpack(capsule_of(tensor, name))
