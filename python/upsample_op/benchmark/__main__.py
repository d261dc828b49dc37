"""Runs the command line: times the rows of a suite, or shows what was recorded of one."""

import argparse
import contextlib
import importlib
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from upsample_op.benchmark import charts, environment, options, report, results
from upsample_op.benchmark.suite import Suite

_STOPPED = 130  # as a shell reports Ctrl-C
_WIDTH = 200  # Rows are long; what is no terminal has no width to keep to.


def main() -> None:
    """Runs the command line."""
    parser = options.parser()
    arguments = parser.parse_args()
    try:
        content = json.loads(arguments.show.read_text()) if arguments.show else None
        name = content["suite"] if content else options.suite_name(arguments)
        if content is None and name not in options.ALONE:
            _start_anew(options.num_threads(arguments))
        suite: Suite = importlib.import_module(f"upsample_op.benchmark.{name}").SUITE
        options.check(name, suite, arguments)
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


def _start_anew(threads: int) -> None:
    """Starts the program again with its settings, before any library has read them."""
    available = sorted(os.sched_getaffinity(0))
    settings = environment.settings(threads)
    if len(available) != threads or not settings.items() <= os.environ.items():
        # All libraries take as many threads as there are processors for the process.
        os.sched_setaffinity(0, available[:threads])
        command = [sys.executable, "-m", "upsample_op.benchmark", *sys.argv[1:]]
        os.execve(sys.executable, command, {**os.environ, **settings})


def _run(content: dict[str, Any], plan: Sequence[Any], arguments: argparse.Namespace) -> None:
    """Times the rows; what is done when Ctrl-C comes is kept, and in the files already."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    console = Console(stderr=True)
    progress = Progress(*columns, TimeRemainingColumn(), console=console, transient=True)
    with contextlib.suppress(KeyboardInterrupt), progress:
        for measure in progress.track([None, *plan], description="timing"):
            content["rows"] += [results.rounded(measure())] if measure else []
            for path in _paths(content, arguments, "json"):
                results.write(path, content)


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
    report.show(suite, content, console)
    for path in _paths(content, arguments, "txt"):
        with path.open("w") as file:
            report.show(suite, content, Console(file=file, width=_WIDTH))
    if arguments.compare:
        report.compare(suite, json.loads(arguments.compare.read_text()), content, console)
    if arguments.plot and content["rows"]:
        os.environ["MPLBACKEND"] = "Agg"  # Matplotlib opens no window.
        figures = suite.figures(content["machine"], content["rows"])
        for path in charts.write(figures, arguments.plot):
            console.print(f"wrote {path}", highlight=False, soft_wrap=True)


if __name__ == "__main__":
    main()
