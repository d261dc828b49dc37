"""The examples of README and of the docstrings run and say what happens."""

import doctest
import importlib
import pathlib
import re

import pytest

README = (pathlib.Path(__file__).parents[2] / "README.md").read_text()


def test_the_python_of_readme_runs():
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert blocks
    namespace = {}
    for block in blocks:
        exec(block, namespace)


@pytest.mark.parametrize("module", ["kernels", "ops", "_case"])
def test_docstrings(module):
    module = importlib.import_module(f"upsample_op.{module}")
    result = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.attempted > 0
    assert result.failed == 0
