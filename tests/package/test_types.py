"""mypy finds no error in the package, and tells right use of it from wrong use."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

import upsample_op

ROOT = pathlib.Path(__file__).parents[2]
PACKAGE = pathlib.Path(upsample_op.__file__).parent

RIGHT = """
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf
from typing_extensions import assert_type

import upsample_op
from upsample_op import UpSampling2D, kernels, reference

x = np.ones((1, 2, 2, 1), np.float32)
wide = np.ones((1, 4, 4, 1), np.float32)
assert_type(kernels.upsample2d(x), npt.NDArray[np.float32])
assert_type(kernels.upsample2d(x, 2, "bilinear", num_threads=1), npt.NDArray[np.float32])
assert_type(kernels.upsample2d(x, [2, 2], out=wide), npt.NDArray[np.float32])
assert_type(kernels.upsample2d(x.astype(np.int64), (np.int64(2), 1)), npt.NDArray[np.int64])
assert_type(kernels.upsample2d_grad(wide), npt.NDArray[np.float32])
assert_type(kernels.cpu_isas(), list[str])
assert_type(reference.axis_matrix(2, 3, "nearest"), npt.NDArray[np.float64])
assert_type(reference.axis_matrix(2, 3, "nearest", np.float32), npt.NDArray[np.float32])
reference.upsample2d(x, (2, 2), "bilinear", "channels_last")

upsample_op.upsample2d(tf.ones((1, 2, 2, 1)), 2, "bilinear", "channels_first", name="large")
layer = UpSampling2D(2, interpolation="bicubic", name="large")
assert_type(layer.size, tuple[int, int])
layer(x).shape, layer.name, layer.compute_output_shape((1, 2, 2, 1))
model = tf.keras.Sequential([tf.keras.Input((2, 2, 1)), UpSampling2D((2, 2), "channels_last")])
upsample_op.convert_model(upsample_op.restore_model(model)).summary(print_fn=lambda line: None)
upsample_op.restore_model(upsample_op.convert_model(model, fold=True, copy=True), copy=True)
assert_type(upsample_op.conversion_report(model).paths("replaced"), list[str])
upsample_op.UpSampleConv2D(4, 3, (2, 1), padding="same").get_config()
with upsample_op.enabled():
    upsample_op.enable()
    upsample_op.disable()
upsample_op.resize(tf.ones((1, 2, 2, 1)), (4, 4), "nearest", "channels_last", antialias=True)

assert_type(upsample_op.__version__, str)
assert_type(upsample_op.library_path(), str)
assert_type(upsample_op.build_info(), dict[str, Any])


class ArrayOnGPU:
    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        raise AttributeError


def on_gpu(array: ArrayOnGPU, untyped: Any) -> None:
    kernels.upsample2d(array, stream=7, out=array).get()
    kernels.upsample2d_grad(untyped, stream=untyped).get()


class Derived(UpSampling2D):
    def call(self, inputs: Any) -> Any:
        return super().call(inputs)
"""

WRONG = """
import numpy as np

import upsample_op
from upsample_op import UpSampling2D, kernels, reference

x = np.ones((1, 2, 2, 1), np.float32)
upsample_op.upsample2d(x, interpolation="cubic")  # wrong
upsample_op.upsample2d(x, size="2")  # wrong
upsample_op.upsample2d(x, size=2.0)  # wrong
upsample_op.upsample2d(x, size=(2, 2, 2))  # wrong
upsample_op.upsample2d(x, data_format="NHWC")  # wrong
kernels.upsample2d(x, interpolation="cubic")  # wrong
kernels.upsample2d(x, size="2")  # wrong
kernels.upsample2d(x, stream=7)  # wrong
kernels.upsample2d_grad([[[[1.0]]]])  # wrong
reference.upsample2d(x, 2, "nearest", "channels_last")  # wrong
UpSampling2D(size="2")  # wrong
UpSampling2D(data_format="NHWC")  # wrong
upsample_op.library_path().parent  # wrong
upsample_op.upsample3d  # wrong
"""

# What stubtest may report.
ALLOWED = r"""
upsample_op\._kernels\.(run_cuda|order_streams)  # only in a build with CUDA
upsample_op\._kernels\.Spec(\.__pybind11_module_local_.*)?  # pybind11's metaclass and mark
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Returns where mypy keeps what it has read, since reading takes half of its time."""
    return tmp_path_factory.mktemp("mypy")


def run(folder, *arguments, **environment):
    """Runs a Python module in a folder."""
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        env={**os.environ, **environment},
        cwd=folder,
        capture_output=True,
        text=True,
    )


def errors_of(program, folder):
    """Returns the lines at which `mypy --strict` reports errors, and all that it says."""
    (folder / "program.py").write_text(program)
    # The configuration is empty, whatever the machine's user has.
    found = run(
        folder,
        *("mypy", "program.py", "--strict", "--ignore-missing-imports"),
        *("--config-file=", "--cache-dir=users"),
    )
    assert found.returncode in (0, 1), found.stdout + found.stderr
    lines = re.findall(r"^program\.py:(\d+): error: ", found.stdout, re.MULTILINE)
    return set(map(int, lines)), found.stdout


def test_the_package_has_no_errors(folder):
    options = f"--config-file={ROOT / 'pyproject.toml'}", "--strict", "--cache-dir=package"
    found = run(folder, "mypy", *options)
    assert found.returncode == 0, found.stdout + found.stderr


def test_right_use_has_no_errors_and_runs(folder, run_python):
    errors, output = errors_of(RIGHT, folder)
    assert not errors, output
    run_python(RIGHT)


def test_wrong_use_is_reported_where_it_is(folder):
    errors, output = errors_of(WRONG, folder)
    lines = enumerate(WRONG.splitlines(), start=1)
    assert errors == {number for number, line in lines if line.endswith("# wrong")}, output


def test_stubs_are_those_of_compiled_modules(folder):
    modules = [f"upsample_op.{stub.stem}" for stub in PACKAGE.rglob("*.pyi")]
    assert modules == ["upsample_op._kernels"]
    (folder / "allowed").write_text(ALLOWED)
    found = run(
        folder,
        *("mypy.stubtest", *modules, f"--mypy-config-file={ROOT / 'pyproject.toml'}"),
        *("--allowlist=allowed", "--ignore-unused-allowlist"),
        MYPYPATH=str(PACKAGE.parent),
        PYTHONPATH=str(PACKAGE.parent),
    )
    assert found.returncode == 0, found.stdout
