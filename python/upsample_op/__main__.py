"""`python -m upsample_op`: what is installed here and whether it works, to paste into a bug report.

Prints the build, the machine, the TensorFlow found and the libraries chosen, runs a self-test on
each device, and ends with OK or with what to do; the exit code is 0 or 1.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import pathlib
import platform
import sys
from collections.abc import Iterator
from typing import Any

import upsample_op


def main() -> int:
    """Prints the report; returns the exit code."""
    print(f"upsample_op {upsample_op.__version__} in {pathlib.Path(upsample_op.__file__).parent}")
    print(f"Python {platform.python_version()}, {platform.platform()}")
    problems: list[str] = []
    with _noting(problems, "the files"):
        _check_files()
    # A damaged file can end the process that loads it, before anything is printed.
    if not problems:
        with _noting(problems, "the kernels"):
            _print_build()
            _check("kernels on NumPy arrays", "check_numpy", problems)
        with _noting(problems, "TensorFlow"):
            _check_tensorflow(problems)
    for problem in dict.fromkeys(problems):
        print(f"\n{problem}")
    if not problems:
        print("OK")
    return bool(problems)


@contextlib.contextmanager
def _noting(problems: list[str], what: str) -> Iterator[None]:
    """Notes what keeps a part from working; our own ImportErrors say what to do."""
    try:
        yield
    except Exception as error:  # whatever it is, it belongs into the report
        is_ours = isinstance(error, ImportError) and error.name == "upsample_op"
        problems.append(
            str(error) if is_ours else f"{what} can't be used: {type(error).__name__}: {error}"
        )


def _check_files() -> None:
    from upsample_op import _library

    _library.check_sums()


def _print_build() -> None:
    info = upsample_op.build_info()
    cuda = "without CUDA"
    if info["cuda"]:
        cuda = f"CUDA {info['cuda']} for {' '.join(info['cuda_architectures'])}"
    print(f"built by {info['compiler']}, {cuda}, for TensorFlow {' '.join(info['tensorflow'])}")
    print(f"CPU: {info['cpu_isa']} of {' '.join(info['cpu_isas'])}")


def _check_tensorflow(problems: list[str]) -> None:
    from upsample_op import _library

    tf = _library.import_tensorflow()
    prefixes = ("tensorflow", "tf-nightly", "tf_nightly", "keras", "numpy", "ml_dtypes")
    versions = {
        distribution.name: distribution.version
        for distribution in importlib.metadata.distributions()
        if (distribution.name or "").startswith(prefixes)
    }
    print(f"TensorFlow {tf.__version__} in {pathlib.Path(tf.__file__).parent}")
    print(*(f"{name} {version}" for name, version in sorted(versions.items())), sep=", ")
    print(f"op library: {_library.library_path()}")
    _library.load()
    jit = _library.supports_jit()
    print(f"XLA library: {_library.xla_state()}")
    for device in tf.config.list_logical_devices():
        if device.device_type not in ("CPU", "GPU"):
            continue
        name = device.name.removeprefix("/device:")
        _check(_describe(tf, name), "check_tensorflow", problems, name)
        if jit:
            _check(f"{name}, jit_compile=True", "check_tensorflow", problems, name, jit=True)


def _describe(tf: Any, name: str) -> str:
    physical = tf.config.list_physical_devices(name.split(":")[0])[int(name.split(":")[1])]
    details = tf.config.experimental.get_device_details(physical)
    return ", ".join([name, *(str(value) for value in details.values())])


def _check(label: str, check: str, problems: list[str], *arguments: Any, **options: Any) -> None:
    """Runs a check of the self-test and prints how it went."""
    from upsample_op import _self_test

    print(f"self-test, {label}: ", end="", flush=True)
    try:
        print(f"{getattr(_self_test, check)(*arguments, **options)} results right")
    except Exception as error:
        print(f"FAILED: {type(error).__name__}: {error}")
        problems.append(f"upsample_op does not work with: {label}. {_advice(error)}")


def _advice(error: Exception) -> str:
    if "driver" in str(error):
        return "A newer driver is needed, or an upsample_op built with an older CUDA toolkit."
    return "Please report the text above."


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    sys.exit(main())
