"""`python -m upsample_op` says what is installed, and notices what doesn't work."""

import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

import upsample_op
from upsample_op import _self_test, kernels, ops

LIBRARIES = sorted(path.name for path in pathlib.Path(upsample_op.__path__[0]).glob("*.so"))


def report(package=None, *options):
    """Returns the exit code and the lines that it prints."""
    environment = {**os.environ, "PYTHONPATH": str(package.parent) if package else ""}
    command = [sys.executable, *options, "-m", "upsample_op"]
    found = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True)
    return found.returncode, found.stdout.splitlines()


def test_it_says_what_is_there_and_ok():
    code, lines = report()
    text = "\n".join(lines)
    assert (code, lines[-1]) == (0, "OK")
    assert lines[0] == f"upsample_op {upsample_op.__version__} in {upsample_op.__path__[0]}"
    for expected in (
        f"for TensorFlow {tf.__version__}\n",
        f"CPU: {kernels.cpu_isa()} of ",
        f"TensorFlow {tf.__version__} in ",
        f"op library: {upsample_op.library_path()}\n",
        "XLA library: loaded\n",
        "self-test, kernels on NumPy arrays: 32 results right\n",
        "self-test, CPU:0: 48 results right\n",
        "self-test, CPU:0, jit_compile=True: 2 results right\n",
    ):
        assert expected in text


def test_it_ends_with_what_to_do(copied_package):
    (library,) = copied_package.glob("libupsample_op_tf*.so")
    library.unlink()
    code, lines = report(copied_package)
    assert code == 1
    assert lines[-1].startswith(f"upsample_op: {library} is missing: the package is half-installed")
    assert "self-test, kernels on NumPy arrays: 32 results right" in lines


def test_it_says_a_cause_once_and_tries_the_rest(copied_package):
    (module,) = copied_package.glob("_kernels.*.so")
    module.unlink()
    code, lines = report(copied_package)
    assert code == 1
    assert [line for line in lines if f"{module} is missing" in line] == lines[-1:]
    assert "self-test, CPU:0: 48 results right" in lines


def zero_middle(path):
    """Damages a file as a broken disk or download does, and keeps its length."""
    data = bytearray(path.read_bytes())
    quarter = len(data) // 4
    data[quarter:-quarter] = bytes(len(data) - 2 * quarter)
    path.write_bytes(data)


@pytest.mark.parametrize("name", LIBRARIES)
def test_it_names_a_damaged_file_and_loads_none(name, copied_package):
    zero_middle(copied_package / name)
    code, lines = report(copied_package)
    assert code == 1
    assert lines[-1] == (
        f"upsample_op: damaged, with other bytes than were built: {copied_package / name}. "
        "Reinstall it: pip install --force-reinstall --no-deps upsample_op"
    )
    assert not any("self-test" in line for line in lines)


def test_it_names_all_damaged_files(copied_package):
    for name in LIBRARIES:
        zero_middle(copied_package / name)
    _, lines = report(copied_package)
    assert ", ".join(str(copied_package / name) for name in LIBRARIES) in lines[-1]


def test_it_works_where_the_build_wrote_no_sums(copied_package):
    path = copied_package / "build_info.json"
    info = json.loads(path.read_text())
    assert set(info.pop("sha256")) == set(LIBRARIES)
    path.write_text(json.dumps(info))
    assert report(copied_package)[1][-1] == "OK"


@pytest.mark.parametrize("error", ["RuntimeError('no')", "ModuleNotFoundError('no', name='x')"])
def test_it_reports_a_tensorflow_that_does_not_import(error, copied_package):
    (copied_package.parent / "tensorflow.py").write_text(f"raise {error}")
    code, lines = report(copied_package)
    name = error.split("(")[0]
    assert (code, lines[-1]) == (1, f"TensorFlow can't be used: {name}: no")


@pytest.mark.parametrize("spoil", [lambda y: y * 1.001, lambda y: y[:1], lambda y: y * np.nan])
def test_the_self_test_notices_wrong_results(spoil, monkeypatch):
    right = kernels.upsample2d
    monkeypatch.setattr(kernels, "upsample2d", lambda *args: spoil(right(*args)).astype("float32"))
    with pytest.raises(AssertionError, match=r"float32 .* (is wrong by|has the shape)"):
        _self_test.check_numpy()


def test_the_self_test_notices_wrong_results_without_assertions(copied_package):
    with (copied_package / "reference.py").open("a") as file:
        file.write("\n_upsample2d = upsample2d\ndef upsample2d(*a): return _upsample2d(*a) * 2\n")
    # Python would compile all of TensorFlow anew without its assertions.
    (copied_package.parent / "tensorflow.py").write_text("raise ImportError")
    _, lines = report(copied_package, "-O")
    assert any("NumPy arrays: FAILED: AssertionError" in line for line in lines)


def test_the_self_test_notices_wrong_gradients(monkeypatch):
    right = kernels.upsample2d_grad
    monkeypatch.setattr(kernels, "upsample2d_grad", lambda *args: -right(*args))
    with pytest.raises(AssertionError, match="is wrong by"):
        _self_test.check_numpy()


def test_the_self_test_notices_wrong_tensors(monkeypatch):
    right = ops.upsample2d
    monkeypatch.setattr(ops, "upsample2d", lambda *arguments: right(*arguments) * 1.1)
    with pytest.raises(AssertionError, match=r"float32 .* is wrong by"):
        _self_test.check_tensorflow("CPU:0")


def test_the_self_test_notices_another_device(monkeypatch):
    monkeypatch.setattr(tf, "device", lambda name: tf.name_scope("nothing"))
    with pytest.raises(AssertionError, match=r"ran on .*CPU:0"):
        _self_test.check_tensorflow("GPU:7")
