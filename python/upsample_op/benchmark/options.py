"""The options of the command line."""

import argparse
import importlib.util
import os
import pathlib
from collections.abc import Iterable
from typing import Any

from upsample_op.benchmark import cases

# What contenders are of, with the modules that they need.
BACKENDS = {
    "tensorflow": ["tensorflow"],
    "keras": ["tensorflow"],
    "torch": ["torch"],
    "opencv": ["cv2"],
    "onnxruntime": ["onnxruntime", "onnx"],
    "jax": ["jax"],
}

# Suites of other rows than kernels'; each is a module.
_OTHERS = ("jit", "scale", "step")
# Suites that time no other library's calls on the CPU, whose threads and memory need settings.
ALONE = ("gpu", "scale")


def parser() -> argparse.ArgumentParser:
    """Returns the parser of the command line."""
    description = "Times this package beside its peers and beside a copy; docs/benchmark.md."
    result = argparse.ArgumentParser("python -m upsample_op.benchmark", description=description)
    add, backends = result.add_argument, ",".join(BACKENDS)
    example = "such as bilinear-NHWC-float32-8x64x64x64-by2x2"
    add("--case", nargs="+", action="extend", default=[], help=example)
    add("--suite", choices=(*cases.SETS, *_OTHERS), help="default: quick")
    add("--dtype", type=_names, help="only these of the suite's, with commas between")
    add("--backend", type=_names, default=backends, help=f"peers, by default {backends}")
    add("--threads", type=_numbers, help="for every contender (default: all); scale: such as 1,2")
    add("--device", choices=("cpu", "gpu", "torch", "cupy", "emulator"), default="cpu")
    add("--seconds", type=float, help="of each contender of a row (default: 0.06; scale: 0.5)")
    add("--largest", type=int, default=2**32, help="scale: size in bytes (default: 4 GiB)")
    add("--json", type=pathlib.Path, metavar="FILE", help="write the figures to it, row by row")
    add("--plot", metavar="PREFIX", help="draw PREFIX-*.png and PREFIX-*.svg")
    add("--results", type=pathlib.Path, metavar="FOLDER", help="write a .json and a .txt there")
    add("--compare", type=pathlib.Path, metavar="FILE", help="say what moved since that --json")
    add("--show", type=pathlib.Path, metavar="FILE", help="time nothing, print that --json")
    add("--jit", action="store_true", help="time programs under jit_compile=True instead")
    return result


def absent(backends: Iterable[str] = tuple(BACKENDS)) -> list[str]:
    """Returns those of the backends that are not installed."""
    is_there = importlib.util.find_spec
    return [name for name in backends if not all(map(is_there, BACKENDS[name]))]


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


def suite_name(options: argparse.Namespace) -> str:
    """Returns the module of the suite that is asked for; ValueError says why there is none."""
    name = "jit" if options.jit else options.suite
    if name not in _OTHERS:
        return "cpu" if options.device == "cpu" else "gpu"
    if options.device != "cpu":
        raise ValueError(f"--suite {name} has no --device {options.device}")
    return str(name)


def num_threads(options: argparse.Namespace) -> int:
    """Returns the threads for every contender; ValueError says how many there may be."""
    available = len(os.sched_getaffinity(0))
    count, *others = options.threads or [available]
    if others or not 1 <= count <= available:
        given = ",".join(map(str, [count, *others]))
        raise ValueError(f"--threads is between 1 and {available} here, got {given}")
    return count


def check(name: str, suite: Any, options: argparse.Namespace) -> None:
    """Raises ValueError where an option doesn't apply to a suite, or there is no such backend."""
    default = parser().parse_args([])
    for option in suite.lacks:
        if getattr(options, option) != getattr(default, option):
            raise ValueError(f"--suite {name} has no --{option}")
    if unknown := sorted(set(options.backend) - set(BACKENDS)):
        raise ValueError(f"no backend: {', '.join(unknown)}; of {', '.join(BACKENDS)}")
