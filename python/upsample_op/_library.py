"""Finds, checks and loads the op library, and the one for `jit_compile=True` beside it."""

import functools
import importlib.metadata
import json
import pathlib
import sys
import threading

_FOLDER = pathlib.Path(__file__).parent
_lock = threading.Lock()


def library_path() -> str:
    """Returns the path of the op library.

    For `tf.load_op_library`, and for whatever else runs a SavedModel that uses the ops.
    """
    return str(_FOLDER / "libupsample_op.so")


def build_info() -> dict:
    """Returns how this copy was built, and what it runs.

    Returns:
        dict with the keys version (of this package), tensorflow (the version that it was built
        for), compiler, cuda (the toolkit's version, None for a CPU-only build),
        cuda_architectures, cpu_isas (instruction sets that kernels were compiled for), cpu_isa
        (the one in use on this machine) and xla ("loaded", or why `jit_compile=True` isn't
        supported; TensorFlow has to be imported for the one or the other).
    """
    from upsample_op import kernels

    return {
        "version": importlib.metadata.version("upsample_op"),
        **built(),
        "cpu_isa": kernels.cpu_isa(),
        "xla": _xla(),
    }


def load():
    """Loads the op library into TensorFlow, once, and the one for XLA where that is possible.

    Returns:
        the module of the ops' generated wrappers.

    Raises:
        ImportError: the library was built for a TensorFlow with another C++ interface, or isn't
            there.
    """
    # Two threads that load at once would both run the library's registrations.
    with _lock:
        return _load_once()


@functools.cache
def _load_once():
    import tensorflow as tf

    try:
        check_version(built()["tensorflow"], tf.__version__)
        raw_ops = tf.load_op_library(library_path())
    except (FileNotFoundError, tf.errors.NotFoundError) as error:
        raise ImportError(f"upsample_op could not load its op library: {error}") from error
    _load_xla()
    return raw_ops


@functools.cache
def _load_xla():
    """Returns None, or why the library for XLA can't be had; the ops work without it."""
    import tensorflow as tf

    if reason := built()["xla"]:
        return f"not built: {reason}"
    try:
        tf.load_library(str(_FOLDER / "libupsample_op_xla.so"))
    except (OSError, tf.errors.OpError) as error:
        return f"not loaded: {error}"
    return None


def supports_jit() -> bool:
    """Returns whether the ops run under `jit_compile=True`; loads the libraries."""
    load()
    return _load_xla() is None


def _xla() -> str:
    if "tensorflow" not in sys.modules:
        return "not loaded: TensorFlow is not imported yet"
    try:
        load()
    except ImportError as error:
        return f"not loaded: {error}"
    return _load_xla() or "loaded"


def built() -> dict:
    """Returns what the build wrote down of itself, without importing anything compiled."""
    return json.loads((_FOLDER / "build_info.json").read_text())


def check_version(built_for: str, found: str) -> None:
    """Compares two TensorFlow versions; TensorFlow's C++ interface changes with each minor one.

    Raises:
        ImportError: a library built for the one can't be loaded into the other.
    """
    if found.split(".")[:2] == built_for.split(".")[:2]:
        return
    minor = ".".join(built_for.split(".")[:2])
    raise ImportError(
        f"upsample_op was built for TensorFlow {built_for}, but TensorFlow {found} is installed, "
        "whose C++ interface differs. Rebuild it in its source folder with `pip install "
        "--no-build-isolation --force-reinstall --no-deps .`, or go back with "
        f"`pip install 'tensorflow=={minor}.*'`."
    )
