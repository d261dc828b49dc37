"""Runs the command line: times the rows of a suite, or shows what was recorded of one."""

import argparse
import contextlib
import importlib
import json
import os
import pathlib
import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.progress import track

from upsample_op.benchmark import cases, charts, environment, peers
from upsample_op.benchmark.suite import Suite, compare, rounded, show, write

# Suites of other rows than kernels'; each is a module.
_OTHERS = ("jit", "scale", "step")
# Suites that time no other library's calls on the CPU, whose threads and memory need settings.
_ALONE = ("gpu", "scale")
_STOPPED = 130  # as a shell reports Ctrl-C
_WIDTH = 200  # Rows are long; what is no terminal has no width to keep to.


def main() -> None:
    """Runs the command line."""
    parser = _parser()
    arguments = parser.parse_args()
    try:
        content = json.loads(arguments.show.read_text()) if arguments.show else None
        name = content["suite"] if content else _suite_name(arguments)
        if content is None and name not in _ALONE:
            _start_anew(arguments.threads)
        suite: Suite = importlib.import_module(f"upsample_op.benchmark.{name}").SUITE
        for option in suite.lacks:
            if getattr(arguments, option) != parser.get_default(option):
                raise ValueError(f"--suite {name} has no --{option}")
        arguments.seconds = arguments.seconds or suite.seconds
        plan = [] if content else suite.plan(arguments)
    except (ValueError, RuntimeError, OSError) as error:
        parser.error(str(error))
    if content is None:
        machine = environment.describe() | suite.describe(arguments)
        content = {"suite": name, "machine": machine, "rows": []}
        _run(content, plan, arguments)
    _show(suite, content, arguments)
    is_stopped = len(content["rows"]) < len(plan)
    sys.exit(_STOPPED if is_stopped else suite.status(content["machine"], content["rows"]))


def _parser() -> argparse.ArgumentParser:
    description = "Times this package beside its peers and beside a copy; docs/benchmark.md."
    result = argparse.ArgumentParser("python -m upsample_op.benchmark", description=description)
    add, backends = result.add_argument, list(peers.BACKENDS)
    example = "such as bilinear-NHWC-float32-8x64x64x64-by2x2"
    peers_help = f"peers, by default {','.join(backends)}"
    add("--case", nargs="+", action="extend", default=[], help=example)
    add("--suite", choices=(*cases.SETS, *_OTHERS), help="default: quick")
    add("--dtype", type=_names, help="only these of the suite's, with commas between")
    add("--backend", type=_names, default=backends, help=peers_help)
    add("--threads", type=_numbers, help="for every contender (default: all); scale: such as 1,2")
    add("--device", choices=("cpu", "gpu", "torch", "cupy", "emulator"), default="cpu")
    add("--seconds", type=float, help="of each contender of a row (default: 0.06; scale: 0.5)")
    add("--largest", type=int, default=2**32, help="scale: size in bytes (default: 4 GiB)")
    add("--json", type=pathlib.Path, metavar="FILE", help="write the figures to it, row by row")
    add("--plot", metavar="PREFIX", help="draw heat maps (scale: lines), PREFIX-*.png and .svg")
    add("--results", type=pathlib.Path, metavar="FOLDER", help="write a .json and a .txt there")
    add("--compare", type=pathlib.Path, metavar="FILE", help="say what moved since that --json")
    add("--show", type=pathlib.Path, metavar="FILE", help="time nothing, print that --json")
    add("--jit", action="store_true", help="time programs under jit_compile=True instead")
    return result


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


def _suite_name(arguments: argparse.Namespace) -> str:
    """The module of the suite that is asked for."""
    name = "jit" if arguments.jit else arguments.suite
    if name not in _OTHERS:
        return "cpu" if arguments.device == "cpu" else "gpu"
    if arguments.device != "cpu":
        raise ValueError(f"--suite {name} has no --device {arguments.device}")
    return str(name)


def _start_anew(threads: Sequence[int] | None) -> None:
    """Starts the program again with its settings, before any library has read them."""
    available = sorted(os.sched_getaffinity(0))
    count, *others = threads or [len(available)]
    if others or not 1 <= count <= len(available):
        given = ",".join(map(str, [count, *others]))
        raise ValueError(f"--threads is between 1 and {len(available)} here, got {given}")
    settings = environment.settings(count)
    if len(available) != count or not settings.items() <= os.environ.items():
        # All libraries take as many threads as there are processors for the process.
        os.sched_setaffinity(0, available[:count])
        command = [sys.executable, "-m", "upsample_op.benchmark", *sys.argv[1:]]
        os.execve(sys.executable, command, {**os.environ, **settings})


def _run(content: dict[str, Any], plan: Sequence[Any], arguments: argparse.Namespace) -> None:
    """Times the rows; what is done when Ctrl-C comes is kept, and in the files already."""
    console = Console(stderr=True)
    with contextlib.suppress(KeyboardInterrupt):
        for measure in track([None, *plan], "timing", console=console, transient=True):
            content["rows"] += [rounded(measure())] if measure else []
            for path in _paths(content, arguments, "json"):
                write(path, content)


def _paths(content: dict[str, Any], arguments: argparse.Namespace, suffix: str) -> list[Any]:
    """The files to write: those of --json and, named by machine and suite, --results."""
    paths = [arguments.json] if arguments.json and suffix == "json" else []
    if arguments.results:
        arguments.results.mkdir(parents=True, exist_ok=True)
        its = "" if content["suite"] in ("cpu", "gpu") else f"-{content['suite']}"
        stem = environment.file_name(content["machine"]) + its
        paths.append(arguments.results / f"{stem}.{suffix}")
    return paths


def _show(suite: Suite, content: dict[str, Any], arguments: argparse.Namespace) -> None:
    console = Console() if sys.stdout.isatty() else Console(width=_WIDTH)
    show(suite, content, console)
    for path in _paths(content, arguments, "txt"):
        with path.open("w") as file:
            show(suite, content, Console(file=file, width=_WIDTH))
    if arguments.compare:
        compare(suite, json.loads(arguments.compare.read_text()), content, console)
    if arguments.plot and content["rows"]:
        os.environ["MPLBACKEND"] = "Agg"  # Matplotlib opens no window.
        figures = suite.figures(content["machine"], content["rows"])
        for path in charts.write(figures, arguments.plot):
            console.print(f"wrote {path}", highlight=False, soft_wrap=True)


if __name__ == "__main__":
    main()
