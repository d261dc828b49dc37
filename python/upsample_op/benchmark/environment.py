"""What a time depends on beside the case: machine, settings, versions, commit and date.

Needs no TensorFlow. Holds no host name, no user's name and no absolute path.
"""

import contextlib
import datetime
import importlib.metadata
import os
import pathlib
import platform
import re
import subprocess
import sys

from upsample_op import _hooks, _library, kernels
from upsample_op.benchmark._types import Info

# Set before any library loads (`__main__` starts the program anew), for all contenders alike.
#
# glibc maps large blocks afresh for each call, and page faults then take longer than any kernel;
# with these settings freed memory is used again. A library's threads, once they have nothing to
# do, would go on spinning into the next contender's turn: they sleep. PyTorch, whose OpenMP it
# concerns, was not slower for it (400 KB bilinear: 20 us, 22 us without; EPYC 9005, 2026-11).
_SETTINGS = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": str(2**40),
    "OMP_WAIT_POLICY": "passive",
    "KMP_BLOCKTIME": "0",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}
_DISTRIBUTIONS = (
    *(("upsample_op", "upsample_op"), ("TensorFlow", "tensorflow"), ("Keras", "keras")),
    *(("TensorFlow", "tensorflow-cpu"), ("NumPy", "numpy"), ("PyTorch", "torch")),
    *(("OpenCV", "opencv-python-headless"), ("OpenCV", "opencv-python")),
    *(("onnxruntime", "onnxruntime"), ("ONNX", "onnx"), ("JAX", "jax"), ("jaxlib", "jaxlib")),
)


def settings(threads: int) -> dict[str, str]:
    """Returns the environment variables of a run on so many threads."""
    names = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")
    return {**_SETTINGS, **dict.fromkeys(names, str(threads))}


def num_threads() -> int:
    """Returns how many threads each contender may use: as many as the process has processors."""
    return len(os.sched_getaffinity(0))


def output(*command: str | pathlib.Path) -> str:
    """Returns what a command prints, "unknown" where it fails or isn't there."""
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return found.stdout.strip()


def describe() -> Info:
    """Returns what to write beside times; threads are those that each contender may use."""
    cpu = re.search(r"^model name\s*: (.*\S)", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    versions = {}
    for name, distribution in _DISTRIBUTIONS:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions[name] = importlib.metadata.version(distribution)
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": _commit(),
        "processor": cpu[1] if cpu else platform.machine(),
        "cores": os.cpu_count(),
        "threads": num_threads(),
        "isa": kernels.cpu_isa(),
        "last_level_cache_bytes": _hooks.last_level_cache_bytes(),
        "gpus": _gpus(),
        "python": platform.python_version(),
        "versions": versions,
        "build": {key: _library.built()[key] for key in ("compiler", "cuda", "cpu_isas")},
        "settings": {key: os.environ[key] for key in settings(1) if key in os.environ},
    }


def _commit() -> str:
    """The checkout's commit, "-dirty" behind it where files differ, or "unknown"."""
    root = pathlib.Path(__file__).parents[3]
    if "COMMIT" in os.environ or not (root / ".git").exists():
        return os.environ.get("COMMIT", "unknown")
    how = ("describe", "--always", "--dirty", "--exclude=*", "--abbrev=40")
    return output("git", "-C", root, *how)


def _gpus() -> list[str]:
    # Asked only of a TensorFlow that is there for another reason.
    if (tf := sys.modules.get("tensorflow")) is None:
        return []
    details = tf.config.experimental.get_device_details
    return [details(gpu)["device_name"] for gpu in tf.config.list_physical_devices("GPU")]


def lines(info: Info) -> list[str]:
    """Returns a description in lines of text: the machine, and the versions."""
    on_gpu = ("device", "driver", "library", "cuda", "cuda_architectures")
    where = ", ".join([*info["gpus"], info["processor"]])
    cache = info["last_level_cache_bytes"] / 2**20
    found = [
        ", ".join(f"{key} {info[key]}" for key in on_gpu if key in info),
        f"{where}, {info['threads']} of {info['cores']} cores, {info['isa']}, {cache:.0f} MiB of "
        f"last-level cache; {info['date']}, commit {_short_commit(info)}",
        ", ".join(f"{name} {version}" for name, version in info["versions"].items()),
    ]
    if absent := ", ".join(info.get("absent", [])):
        found.append(f"Not installed, and so not compared with: {absent} (make peers)")
    return [line for line in found if line]


def caption(info: Info) -> str:
    """Returns two short lines of it, for pictures."""
    where = info.get("device") or f"{info['processor']} ({info['isa']}), {info['threads']} threads"
    names = ("TensorFlow", "Keras", "PyTorch")
    versions = [f"{name} {info['versions'][name]}" for name in names if name in info["versions"]]
    return f"{where}, {info['date']}\n{', '.join(versions)}; commit {_short_commit(info)}"


def file_name(info: Info) -> str:
    """Returns what to name a machine's files by, such as "gpu-nvidia-h200"."""
    where = info.get("device") or f"{info['processor']} {info['threads']} cores"
    words = re.sub(r"[^a-z0-9]+", "-", re.sub(r"\((r|tm)\)", "", where.lower())).strip("-")
    return f"{'gpu' if 'device' in info else 'cpu'}-{words}"


def _short_commit(info: Info) -> str:
    return info["commit"][:12] + "-dirty" * info["commit"].endswith("-dirty")
