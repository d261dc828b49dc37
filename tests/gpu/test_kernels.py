"""The CUDA kernels on a GPU: the case table against the reference and the CPU kernels."""

import dataclasses

import numpy as np
import pytest

from cases import ALL_DTYPES, CASES, COMPLEXES, LAYOUTS, assert_matches_reference, directions
from upsample_op import kernels
from upsample_op._case import Case

NOT_EMPTY = [case for case in CASES if 0 not in case.shape]


def run(device, case, x, backward=False, offsets=(0, 0)):
    """Runs a kernel on copies of x and of the result's memory, each some elements off alignment."""
    shape = case.shape if backward else case.out_shape
    item, size = x.dtype.itemsize, int(np.prod(shape))
    guard = np.full(64, 0xAB, np.uint8)
    source = np.concatenate([guard[: offsets[0] * item], x.reshape(-1).view(np.uint8)])
    target = np.concatenate([np.full(offsets[1] * item + size * item, 0xCD, np.uint8), guard])
    source, target = device.upload(source), device.upload(target)
    device.run(case, backward, source[offsets[0] * item :], target[offsets[1] * item : -64])
    device.wait()
    found = device.download(target)
    np.testing.assert_array_equal(found[-64:], guard)
    assert np.all(found[: offsets[1] * item] == 0xCD)
    return found[offsets[1] * item : -64].copy().view(x.dtype).reshape(shape)


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
@pytest.mark.parametrize("case", NOT_EMPTY, ids=str)
def test_gives_what_it_should(case, backward, device):
    x = case.random(backward)
    result = run(device, case, x, backward)
    assert_matches_reference(result, x, case, backward)
    if case.interpolation == "nearest" or not backward:
        assert result.tobytes() == case.run_kernel(x, backward).tobytes()
    for _ in range(3):
        assert run(device, case, x, backward).tobytes() == result.tobytes()


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", ALL_DTYPES)
def test_nearest_moves_every_dtype(dtype, layout, device):
    for channels in (1, 3, 4, 16):
        shape = (2, 3, 8, channels) if layout == "NHWC" else (2, channels, 3, 8)
        for size in [(2, 2), (3, 4), (5, 1), (4, 3)]:
            case = Case("nearest", layout, dtype, shape, size)
            x = case.random()
            assert run(device, case, x).tobytes() == case.run_kernel(x).tobytes()


@pytest.mark.parametrize("dtype", COMPLEXES)
def test_nearest_gradient_of_complex_numbers(dtype, device):
    for layout in LAYOUTS:
        case = Case("nearest", layout, dtype, (2, 3, 4, 6), (3, 2))
        x = case.random(backward=True)
        assert run(device, case, x, True).tobytes() == case.run_kernel(x, True).tobytes()


@pytest.mark.parametrize("offsets", [(1, 0), (0, 1), (2, 2), (4, 8), (3, 5)])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_tensors_may_start_at_any_element(dtype, offsets, device):
    for layout in LAYOUTS:
        for interpolation in ("nearest", "bilinear"):
            case = Case(interpolation, layout, dtype, (2, 8, 8, 16), (2, 3))
            for backward in (False, True):
                x = case.random(backward)
                result = run(device, case, x, backward, offsets)
                assert_matches_reference(result, x, case, backward)


def test_every_pair_of_factors_up_to_9(device):
    for layout in LAYOUTS:
        for size in [(h, w) for h in range(1, 10) for w in range(1, 10)]:
            for interpolation in ("nearest", "bilinear"):
                case = Case(interpolation, layout, "float32", (1, 8, 5, 8), size)
                for backward in (False, True):
                    x = case.random(backward)
                    assert_matches_reference(run(device, case, x, backward), x, case, backward)


def test_infinities_and_nans_reach_whom_they_reach_on_the_cpu(device):
    rng = np.random.default_rng(0)
    for layout in LAYOUTS:
        for size in [(2, 2), (3, 3), (4, 3), (5, 7)]:
            case = Case("bilinear", layout, "float32", (1, 8, 8, 8), size)
            x = case.random()
            x.flat[rng.integers(0, x.size, 20)] = np.inf
            x.flat[rng.integers(0, x.size, 20)] = np.nan
            np.testing.assert_array_equal(run(device, case, x), case.run_kernel(x))


# These have items of strips of 16 rows at offsets beyond 32 bits, and indices that don't fit into
# 32 bits.
LARGE = [
    "nearest-NHWC-uint8-3x1024x1024x256-by2x2",
    "bilinear-NCHW-float16-512x2x512x512-by4x2",
    "nearest-NHWC-uint8-1x1x400000001x1-by1x3",
    "nearest-NHWC-float16-1x1x360000001x1-by1x3",
    "bilinear-NHWC-float16-1x1x360000001x1-by1x3",
]


@pytest.mark.parametrize(("name", "backward"), directions(LARGE))
def test_large_tensors(name, backward, device):
    """Windows at the start, in the middle and at the end are compared with the CPU."""
    case = Case.parse(name)
    if device.library == "emulator":
        case = dataclasses.replace(case, shape=tuple(min(dim, 40) for dim in case.shape))
    elif device.memory_bytes() < 2**34:
        pytest.skip("needs 16 GiB of a GPU")
    low, high = case.in_bytes, case.useful_bytes - case.in_bytes
    source, target = (
        device.random(high if backward else low),
        device.empty(low if backward else high),
    )
    device.run(case, backward, source, target)
    device.wait()
    # A window consists of whole planes, or of pixels of the only row.
    n, h, w, c = case.shape
    is_row = (n, h) == (1, 1)
    low_unit = low // (w if is_row else n)
    high_unit = low_unit * case.size[1] * (1 if is_row else case.size[0])
    units = w if is_row else n
    count, margin = (min(1000, units // 2), 2) if is_row else (1, 0)
    for first in (0, units // 2, units - count):
        shape = (1, 1, count, c) if is_row else (count, h, w, c)
        window = Case(case.interpolation, case.layout, case.dtype, shape, case.size)
        units_of = (high_unit, low_unit) if backward else (low_unit, high_unit)
        x, found = (
            device.download(buffer[first * unit : (first + count) * unit]).view(case.np_dtype)
            for buffer, unit in zip((source, target), units_of, strict=True)
        )
        x = x.reshape(window.out_shape if backward else window.shape)
        expected = window.run_kernel(x, backward).reshape(-1)
        edge = margin * units_of[1] // case.np_dtype.itemsize
        inner = slice(edge, expected.size - edge)
        if backward and case.interpolation == "bilinear":
            magnitude = window.run_kernel(np.abs(x), True).reshape(-1)[inner].astype(np.float32)
            with np.errstate(invalid="ignore"):
                error = np.abs(found[inner].astype(np.float32) - expected[inner].astype(np.float32))
            assert np.all((error <= 2 * 2.0**-10 * magnitude)[np.isfinite(magnitude)])
            assert np.isfinite(magnitude).sum() > magnitude.size / 10
        else:
            np.testing.assert_array_equal(found[inner], expected[inner])


def test_arrays_of_pytorch_and_cupy(device):
    """The public functions run on a stream, with and without `out`."""
    case = Case("bilinear", "NHWC", "float32", (2, 5, 6, 7), (2, 3))
    x = case.random()
    expected = case.run_kernel(x)
    if device.library == "torch":
        torch = device.torch
        tensor = torch.from_numpy(x).cuda()
        result = kernels.upsample2d(tensor, *case.arguments)
        assert result.device == tensor.device
        np.testing.assert_array_equal(result.cpu().numpy(), expected)
        stream = torch.cuda.Stream()
        out = torch.empty_like(result)
        with torch.cuda.stream(stream):
            assert kernels.upsample2d(tensor, *case.arguments, out=out, stream=stream) is out
        stream.synchronize()
        assert torch.equal(out, result)
        half = kernels.upsample2d(tensor.bfloat16(), *case.arguments)
        assert half.dtype == torch.bfloat16
        with pytest.raises(ValueError, match="can't be shared"):
            kernels.upsample2d(tensor.requires_grad_(), *case.arguments)
    elif device.library == "cupy":
        array = device.cupy.asarray(x)
        result = kernels.upsample2d(array, *case.arguments)
        np.testing.assert_array_equal(device.cupy.asnumpy(result), expected)
    else:
        pytest.skip("the emulator has arrays of NumPy")


def test_memory_that_is_not_a_gpus_is_refused(device):
    if device.library == "emulator":
        pytest.skip("the emulator has no other memory")

    memory = np.zeros(64, np.float32).ctypes.data

    class HostArray:
        def __init__(self, side):
            interface = {"data": (memory + 64 * side, False), "shape": (1, side, side, 1)}
            self.__cuda_array_interface__ = {**interface, "typestr": "<f4", "version": 3}

    with pytest.raises(ValueError, match="not a GPU's"):
        kernels.upsample2d(HostArray(1), out=HostArray(2))
