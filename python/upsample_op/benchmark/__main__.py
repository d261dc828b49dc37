"""Times this package beside its peers and beside a copy of as many bytes; docs/benchmark.md."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import pathlib
import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from upsample_op.benchmark import environment, peers, suites
from upsample_op._case import Case

_STOPPED = 130  # as a shell reports Ctrl-C


def main() -> None:
    """Runs the command line."""
    parser = _parser()
    arguments = parser.parse_args()
    cases = _cases(parser, arguments)
    if arguments.device == "gpu":
        _start_on_gpu(parser, arguments, cases)
    _start_anew(parser, arguments.threads)
    # Rows are long; what is no terminal has no width to keep to.
    console = Console() if sys.stdout.isatty() else Console(width=200)
    if arguments.show:
        content = json.loads(arguments.show.read_text())
        stopped = False
    elif arguments.jit:
        content, stopped = _run_jit(cases, arguments, console)
    elif arguments.suite == "step":
        content, stopped = _run_steps(parser, arguments)
    else:
        content, stopped = _run(cases or suites.suite("quick"), arguments)
    if not arguments.jit:
        _print(content, arguments, console)
    sys.exit(_STOPPED if stopped else 0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m upsample_op.benchmark", description=__doc__)
    add = parser.add_argument
    add(
        "--case",
        nargs="+",
        action="extend",
        default=[],
        help="such as bilinear-NHWC-float32-8x64x64x64-by2x2",
    )
    add("--suite", choices=(*suites.SUITES, "step"), help="default: quick")
    add("--dtype", help="only these of the suite's, with commas between")
    add(
        "--backend",
        default=",".join(peers.BACKENDS),
        help="peers to compare with, with commas between (default: %(default)s)",
    )
    add("--threads", type=int, help="for every contender (default: all)")
    add("--device", choices=("cpu", "gpu"), default="cpu")
    add(
        "--seconds",
        type=float,
        default=0.06,
        help="how long each contender of a row goes on (default: %(default)s)",
    )
    add("--json", type=pathlib.Path, metavar="FILE", help="write the figures to it, row by row")
    add("--plot", metavar="PREFIX", help="draw PREFIX-*.png and PREFIX-*.svg")
    add("--compare", type=pathlib.Path, metavar="FILE", help="print what moved since that --json")
    add("--show", type=pathlib.Path, metavar="FILE", help="time nothing, print that --json")
    add("--jit", action="store_true", help="time programs under jit_compile=True instead")
    return parser


def _cases(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> list[Case]:
    """The cases asked for, none where the default is; those of steps need TensorFlow."""
    if arguments.suite == "step":
        if arguments.device == "gpu" or arguments.jit or arguments.plot:
            parser.error(
                "--suite step has no --device gpu, --jit or --plot; it times both programs"
            )
        return []
    try:
        cases = [Case.parse(text) for text in arguments.case]
    except ValueError as error:
        parser.error(str(error))
    arguments.backend = arguments.backend.split(",") if arguments.backend else []
    if unknown := set(arguments.backend) - set(peers.BACKENDS):
        parser.error(f"no backend: {', '.join(sorted(unknown))}; of {', '.join(peers.BACKENDS)}")
    suite = arguments.suite or ("quick" if arguments.dtype else None)
    if suite:
        dtypes = arguments.dtype.split(",") if arguments.dtype else None
        chosen = [c for c in suites.suite(suite) if dtypes is None or c.dtype in dtypes]
        if not chosen:
            parser.error(f"no case of {arguments.dtype} in {suite}")
        cases += chosen
    return list(dict.fromkeys(cases))


def _start_on_gpu(
    parser: argparse.ArgumentParser, arguments: argparse.Namespace, cases: Sequence[Case]
) -> None:
    if arguments.json or arguments.plot or arguments.compare or arguments.jit:
        parser.error("on a GPU: python -m upsample_op.benchmark.gpu --results FOLDER writes files")
    command = [sys.executable, "-m", "upsample_op.benchmark.gpu", *map(str, cases)]
    os.execv(sys.executable, [*command, "--seconds", str(arguments.seconds)])


def _start_anew(parser: argparse.ArgumentParser, threads: int | None) -> None:
    """Starts the program again with its settings, before any library has read them."""
    available = sorted(os.sched_getaffinity(0))
    threads = len(available) if threads is None else threads
    if not 1 <= threads <= len(available):
        parser.error(f"--threads is between 1 and {len(available)} here, got {threads}")
    settings = environment.settings(threads)
    if len(available) != threads or not settings.items() <= os.environ.items():
        # All libraries take as many threads as there are processors for the process.
        os.sched_setaffinity(0, available[:threads])
        command = [sys.executable, "-m", "upsample_op.benchmark", *sys.argv[1:]]
        os.execve(sys.executable, command, {**os.environ, **settings})


def _run(cases: Sequence[Case], arguments: argparse.Namespace) -> tuple[dict[str, Any], bool]:
    """Times the rows; what is done when Ctrl-C comes is kept, and in the file already."""
    import tensorflow  # noqa: F401 - before `describe`, which tells its GPUs

    from upsample_op.benchmark import memory, rows

    content: dict[str, Any] = {"machine": environment.describe(), "rows": []}
    _write(arguments.json, content)
    wanted = suites.rows(cases)
    with contextlib.suppress(KeyboardInterrupt), memory.Peaks() as peaks, _progress() as progress:
        for case, backward in progress.track(wanted, description="timing"):
            row = rows.measure(case, backward, arguments.seconds, arguments.backend)
            row["peak_bytes"] = peaks.of(case, backward)
            content["rows"].append(row)
            _write(arguments.json, content)
    return content, len(content["rows"]) < len(wanted)


def _progress() -> Progress:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    console = Console(stderr=True)
    return Progress(*columns, TimeRemainingColumn(), console=console, transient=True)


def _write(path: pathlib.Path | None, content: dict[str, Any]) -> None:
    if path is None:
        return
    partial = path.with_name(path.name + ".part")
    partial.write_text(json.dumps(content, indent=1) + "\n")
    partial.replace(path)


def _print(content: dict[str, Any], arguments: argparse.Namespace, console: Console) -> None:
    from upsample_op.benchmark import compare, report, step_table

    is_step = content.get("suite") == "step"
    if is_step:
        step_table.show(content["machine"], content["rows"], console)
    else:
        absent = [] if arguments.show else peers.absent(arguments.backend)
        report.show(content["machine"], content["rows"], absent, console)
    if arguments.compare:
        compare.show(json.loads(arguments.compare.read_text()), content, console)
    if arguments.plot and content["rows"] and not is_step:
        from upsample_op.benchmark import charts

        for path in charts.write(content["machine"], content["rows"], arguments.plot):
            console.print(f"wrote {path}", highlight=False, soft_wrap=True)


def _run_steps(
    parser: argparse.ArgumentParser, arguments: argparse.Namespace
) -> tuple[dict[str, Any], bool]:
    """Times training steps: those that --case names, or the suite's of --dtype."""
    import tensorflow as tf

    from upsample_op.benchmark import steps

    tf.get_logger().setLevel("ERROR")  # it warns of many functions from the same lines
    try:
        cases = [steps.StepCase.parse(text) for text in arguments.case] or steps.suite()
    except ValueError as error:
        parser.error(str(error))
    dtypes = arguments.dtype.split(",") if arguments.dtype else steps.DTYPES
    cases = [case for case in cases if case.dtype in dtypes]
    if not cases:
        parser.error(f"no step of {arguments.dtype}; of {', '.join(steps.DTYPES)}")
    content: dict[str, Any] = {"suite": "step", "machine": environment.describe(), "rows": []}
    with contextlib.suppress(KeyboardInterrupt), _progress() as progress:
        for case in progress.track(cases, description="timing"):
            content["rows"].append(steps.measure(case, arguments.seconds))
            _write(arguments.json, content)
    return content, len(content["rows"]) < len(cases)


def _run_jit(
    cases: Sequence[Case], arguments: argparse.Namespace, console: Console
) -> tuple[dict[str, Any], bool]:
    from upsample_op.benchmark import jit

    asked = [
        (case, backward, program)
        for case, backward in suites.rows(cases)
        for program in ("alone", "bias, relu")
    ]
    content: dict[str, Any] = {"machine": environment.describe(), "rows": []}
    wanted = asked or jit.rows()
    with contextlib.suppress(KeyboardInterrupt), _progress() as progress:
        for row in progress.track(wanted, description="timing"):
            content["rows"].append(jit.measure(*row, arguments.seconds))
            _write(arguments.json, content)
    jit.show(content["machine"], content["rows"], console)
    return content, len(content["rows"]) < len(wanted)


if __name__ == "__main__":
    main()
