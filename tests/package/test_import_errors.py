"""Provokes each cause that keeps the package from loading, and checks its one message.

`make wheel-test` tries a TensorFlow that is really of another version.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import sysconfig

import pytest
import tensorflow

import fork_server
import upsample_op

MINOR = ".".join(tensorflow.__version__.split(".")[:2])
OP_LIBRARY = f"libupsample_op_tf{MINOR}.so"
KERNELS_LIBRARY = "libupsample_kernels.so"
MODULE = f"_kernels{sysconfig.get_config_var('EXT_SUFFIX')}"
REINSTALL = "Reinstall it: pip install --force-reinstall --no-deps upsample_op"
REBUILD = (
    "build upsample_op for this one, in its source folder: "
    "pip install --no-build-isolation --force-reinstall --no-deps ."
)


def error_of(use, package, python=None):
    """Returns the text of the ImportError of an expression with a copy of the package.

    It is the same whether TensorFlow was imported before or not. It was, to save time, unless a
    Python is given, which starts anew.
    """
    program = f"import upsample_op\ntry:\n  upsample_op.{use}\nexcept ImportError as e:\n  print(e)"
    path = str(package.parent)
    if python is None:
        found = fork_server.run(program, PYTHONPATH=path)
    else:
        environment = {**os.environ, "PYTHONPATH": path}
        command = [python, "-c", program]
        found = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    assert found.stdout.startswith("upsample_op: "), found.stdout
    assert found.stdout.count("\n") == 1
    return found.stdout.removeprefix("upsample_op: ").rstrip("\n")


def edit(path, old, new):
    """Changes bytes of a file, and keeps its length."""
    data = path.read_bytes()
    assert old in data
    assert len(old) == len(new)
    path.write_bytes(data.replace(old, new))


def edit_info(package, **changes):
    path = package / "build_info.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


# The libraries, each with a name of the package whose use loads it.
LOADING = [(OP_LIBRARY, "upsample2d"), (MODULE, "kernels"), (KERNELS_LIBRARY, "kernels")]
each_library = pytest.mark.parametrize(("name", "use"), LOADING)


@pytest.mark.parametrize("use", ["UpSampling2D", "upsample2d", "convert_model", "library_path()"])
def test_there_is_no_tensorflow(use, copied_package, python_with):
    assert error_of(use, copied_package, python_with("numpy*")) == (
        "there is no TensorFlow here. Install one: pip install 'upsample_op[cpu]', or "
        "'upsample_op[gpu]' with CUDA's libraries."
    )


def test_tensorflow_is_not_supported(copied_package):
    info = {"2.18": {"version": "2.18.1", "xla": None}, "2.19": {"version": "2.19.1", "xla": None}}
    edit_info(copied_package, tensorflow=info)
    for use, python in (("upsample2d", None), ("library_path()", sys.executable)):
        assert error_of(use, copied_package, python) == (
            "this copy is built for TensorFlow 2.18 or 2.19, whose C++ interfaces differ from that "
            f"of TensorFlow {tensorflow.__version__}. Install one of those, or {REBUILD}"
        )


def test_tensorflow_has_another_interface_than_its_version_says(copied_package):
    symbol = b"_ZN10tensorflow8OpKernelD2Ev"
    edit(copied_package / OP_LIBRARY, symbol, symbol[:-1] + b"x")
    message = error_of("upsample2d", copied_package)
    assert message.startswith(
        f"{copied_package / OP_LIBRARY} can't be loaded: this TensorFlow {tensorflow.__version__} "
        f"has another C++ interface than the one on PyPI. Install that, or {REBUILD} ("
    )
    assert "undefined symbol: _ZN10tensorflow8OpKernelD2Ex" in message


def test_the_kernels_are_of_another_build(copied_package):
    symbol = b"_ZN8upsample11MakeProblem"
    edit(copied_package / KERNELS_LIBRARY, symbol, symbol[:-1] + b"x")
    for use, name in (("upsample2d", OP_LIBRARY), ("kernels", MODULE)):
        assert error_of(use, copied_package).startswith(
            f"{copied_package / name} can't be loaded: it is of another build than the libraries "
            f"beside it. {REINSTALL} ("
        )


def test_a_folder_named_tensorflow_is_none(copied_package, python_with):
    (copied_package.parent / "tensorflow").mkdir()
    message = error_of("upsample2d", copied_package, python_with("numpy*"))
    assert message.startswith("there is no TensorFlow here.")


def test_a_library_that_is_not_ours_is_missing(copied_package):
    edit(copied_package / OP_LIBRARY, b"\0libgcc_s.so.1\0", b"\0libgcc_s.so.7\0")
    assert error_of("upsample2d", copied_package).startswith(
        f"{copied_package / OP_LIBRARY} can't be loaded: this system, or this TensorFlow, lacks "
        "libgcc_s.so.7. Install what brings it ("
    )


@pytest.fixture
def foreign_libraries(tmp_path):
    """Returns a folder with libraries that have our names, but are not ours and define nothing."""
    folder = tmp_path / "foreign"
    folder.mkdir()
    for name in (KERNELS_LIBRARY, OP_LIBRARY):
        command = ["c++", "-shared", "-x", "c++", "/dev/null", f"-Wl,-soname,{name}", "-o"]
        subprocess.run([*command, folder / name], check=True)
    return folder


@pytest.mark.parametrize(
    "use",
    [
        "upsample_op.kernels.upsample2d(x, 2)",
        "upsample_op.upsample2d(x, 2).numpy()",
        "__import__('tensorflow').function(upsample_op.upsample2d, jit_compile=True)(x).numpy()",
    ],
    ids=["kernels", "op", "jit"],
)
def test_a_library_of_that_name_elsewhere_is_not_taken(use, foreign_libraries):
    program = (
        "import numpy as np, upsample_op\nx = np.arange(6, dtype='float32').reshape(1, 2, 3, 1)\n"
        f"print(bool(np.all({use} == x.repeat(2, 1).repeat(2, 2))))\n"
        "print(*{line.split()[5] for line in open('/proc/self/maps') if 'libupsample_' in line})"
    )
    environment = {**os.environ, "LD_LIBRARY_PATH": str(foreign_libraries)}
    command = [sys.executable, "-c", program]
    found = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    right, loaded = found.stdout.splitlines()
    assert right == "True"
    assert {os.path.dirname(path) for path in loaded.split()} == set(upsample_op.__path__)


def test_the_files_may_not_be_executed(copied_package, tmp_path):
    folder = tmp_path / "noexec"
    folder.mkdir()
    mount = ["unshare", "--mount", "sh", "-ec"]
    script = 'mount -t tmpfs -o noexec none "$1"; '
    if subprocess.run([*mount, script, "sh", folder], capture_output=True).returncode != 0:
        pytest.skip("may not mount a file system")
    copy_and_run = (
        script + 'cp -R "$2" "$1"; export PYTHONPATH="$1"; '
        f'exec {sys.executable} -c "import upsample_op.kernels"'
    )
    command = [*mount, copy_and_run, "sh", folder, copied_package]
    found = subprocess.run(command, capture_output=True, text=True)
    package = folder / "upsample_op"
    assert found.stderr.splitlines()[-1].startswith(
        f"ImportError: upsample_op: {package / MODULE} can't be loaded: {package} must allow that "
        "files are executed (no noexec) ("
    )


def test_python_is_not_supported(copied_package):
    module = copied_package / MODULE
    for version in ("38", "39"):
        shutil.copy(module, copied_package / f"_kernels.cpython-{version}-x86_64-linux-gnu.so")
    module.unlink()
    this = ".".join(map(str, sys.version_info[:2]))
    assert error_of("kernels", copied_package) == (
        f"this copy is built for Python 3.8 or 3.9, and this is {this}. Use one of those, or "
        "install upsample_op from its source for this one."
    )


@each_library
def test_a_library_is_missing(name, use, copied_package):
    (copied_package / name).unlink()
    path = copied_package / name
    message = f"{path} is missing: the package is half-installed. {REINSTALL}"
    assert error_of(use, copied_package) == message


def test_the_op_library_needs_the_kernels(copied_package):
    (copied_package / KERNELS_LIBRARY).unlink()
    assert error_of("upsample2d", copied_package).startswith(
        f"{copied_package / KERNELS_LIBRARY} is missing"
    )


@each_library
def test_a_library_is_for_another_machine(name, use, copied_package):
    path = copied_package / name
    data = bytearray(path.read_bytes())
    data[18:20] = (243).to_bytes(2, sys.byteorder)  # e_machine: RISC-V
    path.write_bytes(data)
    assert re.fullmatch(
        rf"{path} is for RISC-V, 64 bits, and this process for [\w-]+, 64 bits. {REINSTALL}",
        error_of(use, copied_package),
    )


@pytest.mark.parametrize(
    ("old", "new", "library"),
    [
        (b"\0GLIBC_2.2.5\0", b"\0GLIBC_9.2.5\0", "glibc is too old (GLIBC_9.2.5"),
        (b"\0GLIBCXX_3.4\0", b"\0GLIBCXX_9.4\0", "libstdc++ is too old (GLIBCXX_9.4"),
        (b"\0CXXABI_1.3\0", b"\0CXXABI_9.3\0", "libstdc++ is too old (CXXABI_9.3"),
    ],
)
@each_library
def test_the_system_is_too_old(old, new, library, name, use, copied_package):
    path = copied_package / name
    edit(path, old, new)
    asking = copied_package / MODULE if use == "kernels" else path
    assert error_of(use, copied_package).startswith(
        f"{asking} can't be loaded: this system's {library} is not there). Use a newer system, or "
        f"{REBUILD} ("
    )


@each_library
@pytest.mark.parametrize("length", [0, 10, 5000])
def test_a_library_is_cut_off(length, name, use, copied_package):
    os.truncate(copied_package / name, length)
    path = copied_package / name
    message = f"{path} is damaged: it is no whole library. {REINSTALL}"
    assert error_of(use, copied_package) == message


@pytest.mark.parametrize("use", ["kernels", "upsample2d", "build_info()", "library_path()"])
@pytest.mark.parametrize("spoil", [pathlib.Path.unlink, lambda path: path.write_text('{"vers')])
def test_nothing_is_built(spoil, use, copied_package):
    spoil(copied_package / "build_info.json")
    assert error_of(use, copied_package) == (
        f"{copied_package} has no build_info.json, or no whole one. The package is half-installed. "
        f"{REINSTALL}"
    )


def test_it_is_a_source_folder_without_a_build(copied_package, tmp_path):
    (copied_package / "build_info.json").unlink()
    (tmp_path / "python").mkdir()
    copied_package.rename(tmp_path / "python" / "upsample_op")
    (tmp_path / "setup.py").touch()
    assert error_of("kernels", tmp_path / "python" / "upsample_op").endswith(
        "has no build_info.json, or no whole one. That is the source folder: run `make build` "
        "there, or start Python elsewhere."
    )


def test_files_are_of_two_versions(copied_package):
    edit_info(copied_package, version="0.0.9")
    assert error_of("kernels", copied_package) == (
        f"{copied_package} has the Python files of version {upsample_op.__version__} and the "
        f"libraries of 0.0.9. {REINSTALL}"
    )


def test_another_copy_is_loaded_already(copied_package, run_after_tensorflow):
    said = run_after_tensorflow(
        f"""
        import tensorflow as tf
        tf.load_op_library({str(copied_package / OP_LIBRARY)!r})
        import upsample_op
        try:
            upsample_op.upsample2d
        except ImportError as error:
            print(error)
        """
    )
    assert said == (
        f"upsample_op: another copy of the op library was loaded before "
        f"{upsample_op.library_path()}: {copied_package / OP_LIBRARY}. Use one of them in a "
        "process.\n"
    )
