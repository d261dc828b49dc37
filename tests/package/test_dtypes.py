"""All lists of dtypes have those of csrc/core/dtype.h. csrc/xla/unpack.h asserts that itself."""

import pathlib
import re

import numpy as np
import pytest

from cases import ALL_DTYPES, COMPLEXES, REALS
from upsample_op import _device_array, _kernels, kernels

ROOT = pathlib.Path(__file__).parents[2]
ROWS = re.findall(
    r'\{DType::k\w+, "(\w+)", (\d+), Arithmetic::k(\w+), \w+\}',
    (ROOT / "csrc/core/dtype.h").read_text(),
)
NAMES = tuple(name for name, _, _ in ROWS)
OF_ARITHMETIC = {
    kind: tuple(name for name, _, arithmetic in ROWS if arithmetic == kind)
    for kind in ("None", "Real", "Complex")
}
ADDED = OF_ARITHMETIC["Real"] + OF_ARITHMETIC["Complex"]
OF_NUMPY = tuple(name for name in NAMES if name != "bfloat16")


def test_the_tests_have_them_all():
    assert len(ROWS) == len(re.findall("{DType::k", (ROOT / "csrc/core/dtype.h").read_text()))
    assert NAMES == ALL_DTYPES
    assert OF_ARITHMETIC["Real"] == REALS
    assert OF_ARITHMETIC["Complex"] == COMPLEXES


@pytest.mark.parametrize("name", OF_NUMPY)
def test_the_sizes_are_numpys(name):
    sizes = {name: int(size) for name, size, _ in ROWS}
    assert np.dtype(name).itemsize == sizes[name]


def test_the_documents_name_those_that_have_kernels():
    """The table has rows such as `| nearest, forward | bool, ... |`."""
    document = (ROOT / "docs" / "kernels.md").read_text()
    table = dict(re.findall(r"^\| (\w+, \w+) \| (.*) \|$", document, re.MULTILINE))
    assert {row: tuple(cell.split(", ")) for row, cell in table.items()} == {
        "nearest, forward": NAMES,
        "nearest, gradient": ADDED,
        "bilinear, forward": OF_ARITHMETIC["Real"],
        "bilinear, gradient": OF_ARITHMETIC["Real"],
    }


def test_docstrings_name_those_that_have_arithmetic():
    forward, gradient = (
        " ".join(function.__doc__.split())
        for function in (kernels.upsample2d, kernels.upsample2d_grad)
    )
    *others, last = OF_ARITHMETIC["Real"]
    assert f" {', '.join(others)} or {last} for bilinear." in forward
    *others, last = OF_ARITHMETIC["Complex"]
    complexes = f"{', '.join(others)} and {last}"
    assert f": {', '.join(OF_ARITHMETIC['Real'])}; for nearest {complexes} too." in gradient


def test_gpu_arrays_have_all_that_their_protocols_can_name():
    """The protocol of CUDA arrays has NumPy's names, without bfloat16."""
    expected = {np.dtype(name).str.lstrip("<|"): name for name in OF_NUMPY}
    assert expected == _device_array._NAMES_OF_TYPESTR
    for name in OF_NUMPY:
        capsule = np.ones(1, name).__dlpack__()
        assert _kernels.describe_dlpack(capsule)[2] == name


@pytest.mark.parametrize("name", OF_NUMPY)
def test_messages_name_those_that_have_arithmetic(name):
    x = np.ones((1, 1, 1, 1), name)
    for begin, function, interpolation, accepted in [
        ("bilinear upsampling takes ", kernels.upsample2d, "bilinear", OF_ARITHMETIC["Real"]),
        ("the gradient of nearest upsampling takes ", kernels.upsample2d_grad, "nearest", ADDED),
    ]:
        if name in accepted:
            assert function(x, 1, interpolation) == 1
            continue
        *others, last = accepted
        message = f"{begin}{', '.join(others)} or {last}, got {name}"
        with pytest.raises(ValueError, match=f"^{message}$"):
            function(x, 1, interpolation)


def test_the_message_for_another_dtype_names_them_all():
    *others, last = NAMES
    names = f"{', '.join(others)} or {last}"
    with pytest.raises(
        ValueError, match=f"^no kernel for dtype str_; there are kernels for {names}$"
    ):
        kernels.upsample2d(np.array([[[["a"]]]]))
