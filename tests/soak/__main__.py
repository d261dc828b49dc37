"""Runs the stages and prints what became of them: `python -m soak --minutes 5`, from tests/."""

import argparse
import pathlib
import sys
import time

from rich.console import Console
from rich.table import Table

import record
from soak import memory, process, want_of_memory, worker

_PICTURE = pathlib.Path(__file__).parents[2] / "build/soak/memory.png"
_CALLS_PER_MINUTE = 200_000  # for many_calls: a million in five minutes

# The stages of each process. Processes whose length is a count rather than a time come first.
_PROCESSES = (
    ("allocations",),
    ("address_space",),
    ("ends",),
    ("numpy_threads",),
    ("many_calls", "eager", "function", "data", "jit"),
)
# How the remaining time is divided among the stages that run by time.
_WEIGHTS = {"numpy_threads": 3, "eager": 3, "function": 2, "data": 2, "jit": 2}
_LEAST_SECONDS = 3


def main():
    """Runs the stages that the command line names, and returns the exit code."""
    arguments = _parse()
    begin = time.monotonic()
    console = Console(width=150, highlight=False)
    outcomes = {}
    for names in _PROCESSES:
        names = [name for name in names if name in arguments.stages]
        if not names:
            continue
        # On a slow machine the stages that run by count still leave half of the time to the others,
        # and the whole takes longer.
        whole = arguments.minutes * 60
        left = max(whole - (time.monotonic() - begin), whole / 2)
        stages = _stages(names, arguments, left)
        patience = 300 + 3 * 60 * arguments.minutes
        for name, outcome in process.run_stages(stages, patience, _environment(names)):
            quarters = memory.Quarters(outcome.samples)
            if not quarters.is_flat():
                outcome.failures.append(f"memory grows: {quarters}")
            outcome.failures += outcomes[name].failures if name in outcomes else []
            outcomes[name] = outcome
            console.print(_line(name, outcome, quarters), markup=False)
    console.print(_table(outcomes))
    sampled = {name: outcome.samples for name, outcome in outcomes.items() if outcome.samples}
    if sampled:
        memory.plot(sampled, _PICTURE)
    if arguments.record:
        record.record("soak", arguments.record, _figures(outcomes))
    failed = [name for name, outcome in outcomes.items() if outcome.failures]
    if failed:
        again = f"--minutes {arguments.minutes:g} --seed {arguments.seed}"
        console.print(f"FAILED: {', '.join(failed)}; again: {again} --stages STAGE ...")
    return 1 if failed else 0


def _parse():
    parser = argparse.ArgumentParser(prog="python -m soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5, help="how long, about, in all")
    parser.add_argument("--seed", type=int, default=0, help="of shapes, values and choices")
    parser.add_argument(
        "--stages", nargs="+", choices=worker.MODULES, default=list(worker.MODULES), metavar="STAGE"
    )
    parser.add_argument("--brief", action="store_true", help="trim the stages that run by count")
    parser.add_argument(
        "--record", metavar="COMMAND", help="put the figures, as COMMAND's, in docs"
    )
    return parser.parse_args()


def _stages(names, arguments, left):
    """Returns {name: arguments} for a process, where `left` are the seconds until the end."""
    common = {"seed": arguments.seed, "brief": arguments.brief}
    timed = [name for name in _WEIGHTS if name in arguments.stages]
    if "numpy_threads" not in names:  # it is done by now
        timed = [name for name in timed if name != "numpy_threads"]
    in_all = sum(_WEIGHTS[name] for name in timed) or 1
    stages = {}
    for name in names:
        stages[name] = dict(common)
        if name == "many_calls":
            stages[name]["calls"] = int(_CALLS_PER_MINUTE * arguments.minutes)
        if name in timed:
            stages[name]["seconds"] = max(_LEAST_SECONDS, left * _WEIGHTS[name] / in_all)
        if name == "jit" and arguments.brief:
            stages[name]["programs"] = 4
    return stages


def _environment(names):
    if "allocations" in names:
        return {"LD_PRELOAD": str(want_of_memory.build_library())} | _ONE_THREAD
    return _ONE_THREAD if "address_space" in names else {}


# A process that forks for each call must not have threads of NumPy's.
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}


def _line(name, outcome, quarters):
    counts = ", ".join(f"{what} {count}" for what, count in outcome.figures.items())
    words = [f"{name}: {outcome.seconds:.0f} s, {counts}"]
    if outcome.samples:
        words.append(f"memory {quarters}")
    words += [f"FAILED: {failure}" for failure in outcome.failures]
    return "; ".join(words[:2]) + "".join(f"\n  {failure}" for failure in words[2:])


def _table(outcomes):
    table = Table("stage", "seconds", "calls", "threads", "more", "memory", "verdict")
    for name, outcome in outcomes.items():
        more = {k: v for k, v in outcome.figures.items() if k not in ("calls", "threads")}
        table.add_row(
            name,
            f"{outcome.seconds:.0f}",
            f"{outcome.figures.get('calls', '')}",
            f"{outcome.figures.get('threads', '')}",
            ", ".join(f"{what} {count}" for what, count in more.items()),
            str(memory.Quarters(outcome.samples)) if outcome.samples else "",
            "[red]failed[/]" if outcome.failures else "right",
        )
    return table


def _figures(outcomes):
    """Returns the figures for docs/reliability.md."""
    calls = sum(outcome.figures.get("calls", 0) for outcome in outcomes.values())
    figures = {"calls in all": f"{calls:,}"}
    for name, outcome in outcomes.items():
        counts = [f"{what} {count:,}" for what, count in outcome.figures.items()]
        if outcome.samples:
            counts.append(f"memory {memory.Quarters(outcome.samples)}")
        if outcome.failures:
            counts.append("FAILED: " + "; ".join(outcome.failures))
        figures[name] = f"{outcome.seconds:.0f} s: {', '.join(counts)}"
    return figures


if __name__ == "__main__":
    sys.exit(main())
