"""All lists of interpolations, and of layouts, have those of csrc/core."""

import pathlib
import re
import typing

import pytest

import cases
from upsample_op import _arguments, _types, kernels

CORE = pathlib.Path(__file__).parents[2] / "csrc/core"


def _names(header, enumeration):
    return tuple(re.findall(rf'{{{enumeration}::k\w+, "(\w+)"', (CORE / header).read_text()))


INTERPOLATIONS = _names("interpolation.h", "Interpolation")
LAYOUTS = _names("problem.h", "Layout")


def test_the_package_and_the_tests_have_them_all():
    assert INTERPOLATIONS == _arguments.INTERPOLATIONS == cases.INTERPOLATIONS
    assert typing.get_args(_types.Interpolation) == INTERPOLATIONS
    assert LAYOUTS == tuple(_arguments.DATA_FORMATS.values()) == cases.LAYOUTS
    assert typing.get_args(_types.Layout) == LAYOUTS
    assert tuple(_arguments.DATA_FORMATS) == typing.get_args(_types.DataFormat)


@pytest.mark.parametrize(
    ("argument", "names"), [("interpolation", INTERPOLATIONS), ("data_format", LAYOUTS)]
)
def test_the_message_for_another_name_has_them_all(argument, names):
    arguments = {"interpolation": "nearest", "data_format": "NHWC", argument: "other"}
    quoted = [f"'{name}'" for name in names]
    message = f"^`{argument}` must be {', '.join(quoted[:-1])} or {quoted[-1]}, got 'other'$"
    with pytest.raises(ValueError, match=message):
        kernels._kernels.Spec(False, "float32", (2, 2), *arguments.values())
