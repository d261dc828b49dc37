"""Plants faults, one at a time, and looks whether the tests see them: `make mutate`.

All of them take an hour. So what became of each is kept in build/mutate/outcomes.json: after a test
has been mended, `make mutate ONLY=name RECORD=1` tries that fault again and records all of them.
"""

import argparse
import collections
import dataclasses
import json
import re
import subprocess
import sys
import time

import rich.console
import rich.table

import record
from mutate import (
    faults_core,
    faults_cpu,
    faults_gpu,
    faults_python,
    faults_tensorflow,
    faults_threads,
)
from mutate.fault import Fault
from mutate.scratch import FOLDER, BuildError, Scratch

# In this order the fewest files are compiled: files that others include come last.
TABLES = (faults_python, faults_tensorflow, faults_threads, faults_gpu, faults_core, faults_cpu)
FAULTS = [fault for table in TABLES for fault in table.FAULTS]

# The seconds after which tests count as hanging, unless all of them took longer without a fault.
PATIENCE = 120
KEPT = FOLDER / "outcomes.json"
# Errors that mean that a test could not run, and that say nothing about the fault.
NO_KILLS = r"ImportError|ModuleNotFoundError|SyntaxError|NameError|fixture"

console = rich.console.Console(width=130 if not sys.stdout.isatty() else None)


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What became of a fault: "killed", "survived", "broken" or "not here", and the detail."""

    fault: Fault
    verdict: str
    detail: str
    seconds: float
    commit: str = dataclasses.field(default_factory=record.commit)


def main():
    """Tries the faults that are asked for, and exits with 1 unless all of them were killed."""
    parser = argparse.ArgumentParser(prog="make mutate", description=__doc__)
    parser.add_argument(
        "--only", default="", help="parts of names, or folders such as cpu; with commas"
    )
    parser.add_argument("--record", action="store_true", help="write docs/reliability.md")
    options = parser.parse_args()
    faults = [fault for fault in FAULTS if _is_asked_for(fault, options.only)]
    if not faults:
        parser.error(f"no fault's name has {options.only!r} in it, and there is no such folder")
    begin = time.monotonic()
    scratch = Scratch()
    patience = max(PATIENCE, _time_without_fault(scratch, faults))
    outcomes = []
    for fault in faults:
        outcomes.append(_try(scratch, fault, patience))
        outcome = outcomes[-1]
        console.print(
            f"{outcome.seconds:5.0f} s  {outcome.verdict:9} {fault.name}: {outcome.detail}"
        )
        _keep(outcome)
    _show(outcomes, time.monotonic() - begin)
    if options.record:
        record.record("mutate", "make mutate", _figures(_kept()))
    sys.exit(any(outcome.verdict in ("survived", "broken") for outcome in outcomes))


def _is_asked_for(fault, only):
    """Returns whether one of the words, between commas, is the fault's folder or in its name."""
    return any(word in fault.name or word == fault.folder for word in only.split(","))


def _time_without_fault(scratch, faults):
    """Returns the seconds of all tests, and ends the run if one fails, which would kill faults."""
    named = sorted({test for fault in faults for test in fault.tests})
    begin = time.monotonic()
    code, output = scratch.run_tests(named, timeout=1800)
    if code != 0:
        sys.exit(f"the tests fail without a fault, or there are none:\n{output[-3000:]}")
    seconds = time.monotonic() - begin
    console.print(f"{seconds:5.0f} s  the tests pass without a fault")
    return seconds


def _try(scratch, fault, patience):
    """Plants a fault and runs its tests, for at most so many seconds."""
    isa = fault.isa or scratch.isas[-1]
    if isa not in scratch.isas:
        return Outcome(fault, "not here", f"this processor lacks {isa}", 0)
    begin = time.monotonic()
    try:
        with scratch.planted(fault):
            code, output = scratch.run_tests(fault.tests, patience, isa)
        verdict, detail = _judge(code, output)
    except BuildError as error:
        verdict, detail = "broken", f"it does not compile: {error}"
    except ValueError as error:
        verdict, detail = "broken", str(error)
    except subprocess.TimeoutExpired:
        verdict, detail = "killed", f"hangs for {patience:.0f} s"
    return Outcome(fault, verdict, detail, time.monotonic() - begin)


def _judge(code, output):
    """Returns the verdict and the detail for an exit code and an output."""
    if code == 0:
        return "survived", ""
    if code < 0:
        return "killed", f"ends the process by signal {-code}"
    failed = re.findall(r"^FAILED (.+?)(?: - (.*))?$", output, re.MULTILINE)
    if code == 1 and failed and not re.match(NO_KILLS, failed[0][1]):
        return "killed", failed[0][0].partition("::")[2]
    return "broken", f"pytest ends with {code}: {output[-1000:]}"


def _show(outcomes, seconds):
    table = rich.table.Table(title=f"{len(outcomes)} planted faults, {seconds / 60:.0f} minutes")
    for column in ("folder", "fault", "what a user would meet", "verdict"):
        table.add_column(column)
    for outcome in outcomes:
        style = {"survived": "bold red", "broken": "bold red"}.get(outcome.verdict)
        fault = outcome.fault
        table.add_row(fault.folder, fault.name, fault.why, outcome.verdict, style=style)
    console.print(table)
    for outcome in outcomes:
        if outcome.verdict in ("survived", "broken"):
            console.print(f"[bold red]{outcome.verdict}[/]: {outcome.fault.name} {outcome.detail}")


def _keep(outcome):
    """Records an outcome in place of the fault's last one."""
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    kept[outcome.fault.name] = [outcome.verdict, outcome.detail, outcome.seconds, outcome.commit]
    KEPT.write_text(json.dumps(kept, indent=1))


def _kept():
    """Returns the last outcome of each fault, and ends the program if one was never tried."""
    kept = json.loads(KEPT.read_text())
    if never := [fault.name for fault in FAULTS if fault.name not in kept]:
        sys.exit(f"not recorded: never tried were {', '.join(never)}")
    return [Outcome(fault, *kept[fault.name]) for fault in FAULTS]


def _figures(outcomes):
    """Returns the figures for docs/reliability.md."""
    figures = {"faults": len(outcomes)}
    by_folder = collections.defaultdict(collections.Counter)
    for outcome in outcomes:
        by_folder[outcome.fault.folder][outcome.verdict] += 1
    for folder, verdicts in sorted(by_folder.items()):
        figures[f"faults in {folder}, of which killed"] = (
            f"{verdicts.total()}, {verdicts['killed']}"
        )
    for verdict in ("survived", "broken", "not here"):
        names = [outcome.fault.name for outcome in outcomes if outcome.verdict == verdict]
        figures[verdict] = ", ".join(names) or "none"
    commits = collections.Counter(outcome.commit for outcome in outcomes)
    figures["tried at commit"] = ", ".join(f"{commit}: {n}" for commit, n in commits.items())
    return figures | {"seconds": round(sum(outcome.seconds for outcome in outcomes))}


if __name__ == "__main__":
    main()
