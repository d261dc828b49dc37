"""What a time depends on beside the case: machine, settings, versions, commit and date.

Needs no TensorFlow. Holds no host name, no user's name and no absolute path.
"""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import pathlib
import platform
import subprocess
import sys
from typing import TYPE_CHECKING

from upsample_op import _library, kernels
from upsample_op import _hooks

if TYPE_CHECKING:
    from upsample_op.benchmark._types import Info

# Set before any library loads (`__main__` starts the program anew), for all contenders alike.
#
# glibc maps large blocks afresh for each call, and page faults then take longer than any kernel;
# with these settings freed memory is used again. A library's threads, once they have nothing to
# do, would go on spinning into the next contender's turn: they sleep. PyTorch, whose OpenMP it
# concerns, was not slower for it (400 KB bilinear: 20 us, 22 us without; EPYC 9005, 2026-11).
SETTINGS = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": str(2**40),
    "OMP_WAIT_POLICY": "passive",
    "KMP_BLOCKTIME": "0",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}

_DISTRIBUTIONS = {
    "upsample_op": ["upsample_op"],
    "TensorFlow": ["tensorflow", "tensorflow-cpu"],
    "Keras": ["keras"],
    "NumPy": ["numpy"],
    "PyTorch": ["torch"],
    "OpenCV": ["opencv-python-headless", "opencv-python", "opencv-contrib-python"],
    "onnxruntime": ["onnxruntime"],
    "ONNX": ["onnx"],
    "JAX": ["jax"],
    "jaxlib": ["jaxlib"],
}


def settings(threads: int) -> dict[str, str]:
    """Returns the environment variables of a run on so many threads."""
    names = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")
    return {**SETTINGS, **dict.fromkeys(names, str(threads))}


def num_threads() -> int:
    """Returns how many threads each contender may use: as many as the process has processors."""
    return len(os.sched_getaffinity(0))


def processor() -> str:
    """Returns the processor's name, as the system has it."""
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def commit() -> str:
    """Returns the checkout's commit, "-dirty" behind it where files differ, or "unknown"."""
    if given := os.environ.get("COMMIT"):
        return given
    root = pathlib.Path(__file__).parents[3]
    if not (root / ".git").exists():
        return "unknown"
    return output(
        "git", "-C", root, "describe", "--always", "--dirty", "--exclude=*", "--abbrev=40"
    )


def output(*command: str | pathlib.Path) -> str:
    """Returns what a command prints, "unknown" where it fails or isn't there."""
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return found.stdout.strip()


def versions() -> dict[str, str]:
    """Returns the versions of this package and of what it is compared with, where installed."""
    found: dict[str, str] = {}
    for name, distributions in _DISTRIBUTIONS.items():
        for distribution in distributions:
            try:
                found.setdefault(name, importlib.metadata.version(distribution))
            except importlib.metadata.PackageNotFoundError:
                continue
    return found


def _gpus() -> list[str]:
    # Asked only of a TensorFlow that is there for another reason.
    if (tf := sys.modules.get("tensorflow")) is None:
        return []
    details = tf.config.experimental.get_device_details
    return [details(gpu)["device_name"] for gpu in tf.config.list_physical_devices("GPU")]


def describe() -> Info:
    """Returns what to write beside times.

    Returns:
        dict with date (UTC, to the minute), commit, processor, cores (of the machine), threads
        (that each contender may use), isa, last_level_cache_bytes, gpus, python, versions (by
        name), build (what this package was built with) and settings (environment variables).
    """
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": commit(),
        "processor": processor(),
        "cores": os.cpu_count(),
        "threads": num_threads(),
        "isa": kernels.cpu_isa(),
        "last_level_cache_bytes": _hooks.last_level_cache_bytes(),
        "gpus": _gpus(),
        "python": platform.python_version(),
        "versions": versions(),
        "build": {key: _library.built()[key] for key in ("compiler", "cuda", "cpu_isas")},
        "settings": {
            key: value
            for key in settings(num_threads())
            if (value := os.environ.get(key)) is not None
        },
    }


def short_commit(info: Info) -> str:
    """Returns twelve digits of the commit, and whether files differed."""
    return info["commit"][:12] + "-dirty" * info["commit"].endswith("-dirty")


def lines(info: Info) -> list[str]:
    """Returns a description in two lines of text: the machine, and the versions."""
    cache = info["last_level_cache_bytes"] / 2**20
    where = ", ".join([*info["gpus"], info["processor"]])
    return [
        f"{where}, {info['threads']} of {info['cores']} cores, {info['isa']}, {cache:.0f} MiB of "
        f"last-level cache; {info['date']}, commit {short_commit(info)}",
        ", ".join(f"{name} {version}" for name, version in info["versions"].items()),
    ]


def caption(info: Info) -> str:
    """Returns two short lines of it, for pictures."""
    versions = info["versions"]
    names = [
        f"{name} {versions[name]}"
        for name in ("TensorFlow", "Keras", "PyTorch")
        if name in versions
    ]
    return (
        f"{info['processor']} ({info['isa']}), {info['threads']} threads, {info['date']}\n"
        f"{', '.join(names)}; commit {short_commit(info)}"
    )
