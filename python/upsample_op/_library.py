"""Finds, checks and loads the compiled files for this Python and this TensorFlow."""

from __future__ import annotations

import functools
import importlib
import json
import os
import pathlib
import sys
import sysconfig
import threading

from upsample_op import __version__, _import_errors

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

# The path is resolved, because TensorFlow tells by it whether it has a library already.
_FOLDER = pathlib.Path(__file__).parent.resolve()
_KERNELS = _FOLDER / "libupsample_kernels.so"
_lock = threading.Lock()


def _renew_lock() -> None:
    global _lock
    _lock = threading.Lock()


# A thread that was loading doesn't exist in a forked process, and would never release the lock.
os.register_at_fork(after_in_child=_renew_lock)


def library_path(tensorflow_version: str | None = None) -> str:
    """Returns the path of the op library.

    It is for `tf.load_op_library`, and for whatever else runs a SavedModel that uses the ops. The
    library needs `libupsample_kernels.so` beside it.

    Args:
        tensorflow_version: the version of the TensorFlow that it is for, such as "2.20"; default:
            the one that is installed.

    Raises:
        ImportError: there is no library for that version, or no TensorFlow.
    """
    if tensorflow_version is None:
        tensorflow_version = import_tensorflow().__version__
    return str(_FOLDER / f"libupsample_op_tf{_minor_of(tensorflow_version)}.so")


def build_info() -> dict[str, Any]:
    """Returns how this copy was built, and what it uses here.

    Returns:
        dict with the keys version (of this package), tensorflow (a list of the versions for which
        it was built), compiler, cuda (the toolkit's version, None for a CPU-only build),
        cuda_architectures, cpu_isas (instruction sets for which kernels were compiled), cpu_isa
        (the one in use on this machine) and xla ("loaded", or why `jit_compile=True` isn't
        supported; before TensorFlow is imported, that is the reason).

    Raises:
        ImportError: a part is missing, or is not for this Python or machine.
    """
    tensorflows = [built_for["version"] for built_for in built()["tensorflow"].values()]
    return {
        **{key: value for key, value in built().items() if key != "sha256"},
        "tensorflow": tensorflows,
        "cpu_isa": load_kernels().cpu_isa(),
        "xla": xla_state(),
    }


def import_tensorflow() -> Any:
    """Returns the module tensorflow. If there is none, an ImportError says how to get it."""
    try:
        tf = importlib.import_module("tensorflow")
    except ModuleNotFoundError as error:
        if error.name != "tensorflow":
            raise
        raise _import_errors.no_tensorflow() from error
    # Any folder with that name can be imported.
    if not hasattr(tf, "__version__"):
        raise _import_errors.no_tensorflow()
    return tf


def load() -> ModuleType:
    """Loads the op library into TensorFlow, once, and the library for XLA if that is possible.

    Returns:
        the module of the ops' generated wrappers.

    Raises:
        ImportError: says why not, and what to do.
    """
    # This comes before the lock is taken: a thread that imports TensorFlow holds Python's lock of
    # that module, and comes here when the module has run (_registration.py).
    import_tensorflow()
    # Two threads that load at once would both run the library's registrations.
    with _lock:
        return _load_once()


@functools.cache
def _load_once() -> ModuleType:
    tf = import_tensorflow()
    path = library_path()
    _import_errors.check_files(path, _KERNELS)
    try:
        raw_ops = tf.load_op_library(path)
    except tf.errors.OpError as error:
        paths = pathlib.Path(path), _KERNELS
        raise _import_errors.not_loaded(paths, error.message, tf.__version__) from error
    # TensorFlow makes wrappers of the ops that came with this file. Without them, it had the ops
    # already.
    if not hasattr(raw_ops, "upsample_op_upsample2d"):
        raise _import_errors.other_copy(path)
    _load_xla()
    return raw_ops


@functools.cache
def _load_xla() -> str | None:
    """Returns None, or why the library for XLA can't be used; the ops work without it."""
    tf = import_tensorflow()
    minor = _minor_of(tf.__version__)
    if reason := built()["tensorflow"][minor]["xla"]:
        return f"not built: {reason}"
    path = str(_FOLDER / f"libupsample_op_xla_tf{minor}.so")
    try:
        _import_errors.check_files(path)
        tf.load_library(path)
    except (ImportError, tf.errors.OpError) as error:
        return f"not loaded: {error}"
    return None


def supports_jit() -> bool:
    """Returns whether the ops run under `jit_compile=True`; loads the libraries."""
    load()
    return _load_xla() is None


def xla_state() -> str:
    """Returns the entry "xla" of build_info()."""
    if "tensorflow" not in sys.modules:
        return "not loaded: TensorFlow is not imported yet"
    try:
        load()
    except ImportError as error:
        return f"not loaded: {error}"
    return _load_xla() or "loaded"


@functools.cache
def load_kernels() -> ModuleType:
    """Returns the module of the kernels on NumPy arrays. If it fails, an ImportError says why."""
    built()
    _import_errors.check_python(_FOLDER)
    module = _FOLDER / f"_kernels{sysconfig.get_config_var('EXT_SUFFIX')}"
    _import_errors.check_files(module, _KERNELS)
    try:
        return importlib.import_module("upsample_op._kernels")
    except ImportError as error:
        raise _import_errors.not_loaded((module, _KERNELS), str(error)) from error


@functools.cache
def built() -> dict[str, Any]:
    """Returns what the build recorded about itself, without importing anything compiled."""
    try:
        info = json.loads((_FOLDER / "build_info.json").read_text())
    except (OSError, ValueError) as error:
        raise _import_errors.not_built(_FOLDER) from error
    if info["version"] != __version__:
        raise _import_errors.mixed(_FOLDER, __version__, info["version"])
    return info


def check_sums() -> None:
    """Raises an ImportError if a compiled file has other bytes than were built. It loads no file.

    This is for a report and not for each import, which would have to read all files. A build by
    CMake alone has recorded no sums.
    """
    _import_errors.check_sums(_FOLDER, built().get("sha256", {}))


def _minor_of(version: str) -> str:
    """Returns the key of a TensorFlow's library; the C++ interface changes with each minor one."""
    minor = ".".join(version.split(".")[:2])
    if minor not in built()["tensorflow"]:
        raise _import_errors.unsupported(version, list(built()["tensorflow"]))
    return minor
