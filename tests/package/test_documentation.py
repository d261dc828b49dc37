"""The examples of README and of the docstrings run and say what happens."""

import doctest
import importlib
import pathlib
import re

import pytest

from cases import ALL_DTYPES, COMPLEXES, REALS

README = (pathlib.Path(__file__).parents[2] / "README.md").read_text()


def test_the_python_of_readme_runs():
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert blocks
    namespace = {}
    for block in blocks:
        exec(block, namespace)


def test_readme_names_the_dtypes_that_have_kernels():
    """Rows such as `| nearest, forward | bool, ... |`."""
    table = dict(re.findall(r"^\| (\w+, \w+) \| (.*) \|$", README, re.MULTILINE))
    expected = {
        "nearest, forward": ALL_DTYPES,
        "nearest, gradient": REALS + COMPLEXES,
        "bilinear, forward": REALS,
        "bilinear, gradient": REALS,
    }
    assert {
        row: tuple(re.findall(r"\b[a-z]+\d*\b", cell)) for row, cell in table.items()
    } == expected


@pytest.mark.parametrize("module", ["kernels", "ops", "benchmark.case"])
def test_docstrings(module):
    module = importlib.import_module(f"upsample_op.{module}")
    result = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.attempted > 0
    assert result.failed == 0
