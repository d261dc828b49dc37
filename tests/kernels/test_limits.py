"""What is refused and what is just accepted: counts beyond 63 bits, types and addresses."""

import ml_dtypes
import numpy as np
import pytest

from cases import INTEGERS
from upsample_op import _kernels, kernels

# 2^63 - 1 = 7^2 * 73 * 127 * 337 * 92737 * 649657
MOST = (7 * 7 * 73, 127 * 337, 92737, 649657)


def result_shape(shape, size=(1, 1), dtype="uint8", backward=False, layout="NHWC"):
    return tuple(
        _kernels.result_shape(_kernels.Spec(backward, dtype, size, "nearest", layout), shape)
    )


def test_up_to_2_63_minus_1_elements_there_is_a_result():
    assert np.prod(MOST, dtype=object) == 2**63 - 1
    assert result_shape(MOST) == MOST


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        ((2**32, 2**31, 1, 1), (1, 1)),
        ((1, 2**31, 1, 2**31), (2, 1)),
        ((1, 2**31, 2**31, 1), (1, 2)),
        ((2**16, 2**16, 2**16, 2**15), (1, 1)),
        ((2**40, 2**40, 1, 1), (1, 1)),
        # Modulo 2^64 these would be 0 elements, or one.
        ((2**32, 2**32, 1, 1), (1, 1)),
        ((2**62, 4, 4, 4), (1, 1)),
    ],
    ids=str,
)
@pytest.mark.parametrize("layout", ["NHWC", "NCHW"])
def test_from_2_63_elements_on_it_is_refused(shape, size, layout):
    n, h, w, c = shape
    shape = shape if layout == "NHWC" else (n, c, h, w)
    with pytest.raises(ValueError, match=r"fewer than 2\^63 elements, got shape \[\d+,\d+"):
        result_shape(shape, size, layout=layout)


@pytest.mark.parametrize("axis", range(4))
def test_no_elements_are_not_too_many(axis):
    shape = [2**30] * 4
    shape[axis] = 0
    assert result_shape(shape) == tuple(shape)


@pytest.mark.parametrize(("axis", "side"), [(1, "height"), (2, "width")])
def test_a_side_of_2_63_is_refused_even_of_an_empty_image(axis, side):
    shape, size = [1, 1, 1, 0], [1, 1]
    shape[axis] = 2**62
    size[axis - 1] = 2
    with pytest.raises(ValueError, match=rf"upsampled {side} must be below 2\^63"):
        result_shape(shape, size)


def test_a_gradients_sides_are_divided_and_must_be_divisible():
    assert result_shape((2, 6, 20, 3), (3, 4), "float32", backward=True) == (2, 2, 5, 3)
    assert result_shape((2, 3, 6, 20), (3, 4), "float32", True, "NCHW") == (2, 3, 2, 5)
    for shape, side in [((2, 7, 20, 3), "height"), ((2, 6, 21, 3), "width")]:
        with pytest.raises(ValueError, match=f"{side} must be a multiple of its factor"):
            result_shape(shape, (3, 4), "float32", backward=True)


def test_bytes_of_no_type_are_not_taken_for_bfloat16():
    """NumPy gives both kind V and 2 bytes."""
    images = np.ones((1, 2, 2, 1), ml_dtypes.bfloat16)
    kernels.upsample2d(images, 2, "bilinear")
    for interpolation in ("nearest", "bilinear"):
        with pytest.raises(ValueError, match="no kernel for dtype void"):
            kernels.upsample2d(images.view("V2"), 2, interpolation)


def test_bfloat16_is_taken_after_bytes_of_no_type(run_python):
    run_python("""
        import ml_dtypes
        import numpy as np
        from upsample_op import kernels

        images = np.ones((1, 2, 2, 1), ml_dtypes.bfloat16)
        try:
            kernels.upsample2d(images.view("V2"))
        except ValueError:
            pass
        assert kernels.upsample2d(images, 2, "bilinear").dtype == ml_dtypes.bfloat16
    """)


@pytest.mark.parametrize("dtype", ["int16", "float16", "float32", "float64", "complex128"])
def test_an_out_between_two_elements_is_refused(dtype):
    x = np.ones((1, 2, 2, 1), dtype)
    memory = np.zeros(16 * x.itemsize + 1, np.uint8)
    start = 1 - memory.ctypes.data % 2  # an odd address
    out = memory[start : start + 16 * x.itemsize].view(dtype).reshape(1, 4, 4, 1)
    assert not out.flags.aligned
    with pytest.raises(ValueError, match="`out` must be C-contiguous, aligned"):
        kernels.upsample2d(x, out=out)
    assert not memory.any()


def test_an_input_between_two_elements_is_copied():
    memory = np.arange(4 * 8 + 1, dtype=np.uint8)
    start = 1 - memory.ctypes.data % 2
    x = memory[start : start + 32].view(np.float64).reshape(1, 2, 2, 1)
    assert not x.flags.aligned
    assert kernels.upsample2d(x).tobytes() == kernels.upsample2d(x.copy()).tobytes()


@pytest.mark.parametrize("size", [(0, 1), (1, 0), (-1, 2), (2, -1), (-(2**62), 1)], ids=str)
@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
def test_factors_below_1_are_refused(size, backward):
    with pytest.raises(ValueError, match=r"`size` must be 2 integers >= 1, got \["):
        result_shape((1, 2, 2, 1), size, "float32", backward)


@pytest.mark.parametrize("dtype", ["bool", *INTEGERS])
def test_what_has_no_arithmetic_is_moved_alone(dtype):
    x = np.ones((1, 2, 2, 1), dtype)
    assert kernels.upsample2d(x).dtype == dtype
    with pytest.raises(ValueError, match=f"gradient of nearest upsampling takes .* got {dtype}"):
        kernels.upsample2d_grad(x)
    for function in (kernels.upsample2d, kernels.upsample2d_grad):
        with pytest.raises(ValueError, match=f"bilinear upsampling takes .* got {dtype}"):
            function(x, 2, "bilinear")
