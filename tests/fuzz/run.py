"""Runs the fuzzing targets, two at a time, and says what each did. `make fuzz` builds them first.

    python tests/fuzz/run.py --seconds 60 [--record] [--keep] [TARGET ...]

What a run learns about libFuzzer's targets is in build/fuzz/<target>, and the next run starts from
that and from tests/fuzz/seeds. Findings are in build/fuzz/findings.
"""

import argparse
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).parents[2]
SEEDS = ROOT / "tests/fuzz/seeds"
BUILD = ROOT / "build/fuzz"
FINDINGS = BUILD / "findings"
LIBFUZZER = ("cpu", "gpu_bodies", "validate")
TARGETS = (*LIBFUZZER, "tensorflow")
# An input is some numbers of one or two bytes each. Numbers behind the last byte are zeros.
LONGEST_INPUT = 48


@dataclasses.dataclass
class Outcome:
    """What a target did.

    Attributes:
        target: the target's name.
        executions: the number of inputs, or of comparisons in TensorFlow.
        reached: in words, how much of the program they reached.
        seconds: how long it took.
        finding: what was wrong and how to see it again; "" if nothing was.
    """

    target: str
    executions: int
    reached: str
    seconds: float
    finding: str

    def __str__(self):
        return (
            f"{self.executions:,} executions, {self.reached}, {self.seconds:.0f} s, "
            f"{'1 finding' if self.finding else 'no findings'}"
        )


def program_of(target):
    """Returns the path of a libFuzzer target's program, from the checkout's root."""
    return (BUILD / "build" / f"fuzz_{target}").relative_to(ROOT)


def run_libfuzzer(target, seconds):
    """Runs a target of libFuzzer from its seeds and from what earlier runs learnt."""
    corpus = BUILD / target
    corpus.mkdir(parents=True, exist_ok=True)
    command = [
        *(program_of(target), corpus, SEEDS / target),
        *(f"-max_total_time={seconds}", f"-max_len={LONGEST_INPUT}", "-timeout=60"),
        *("-rss_limit_mb=4096", "-print_final_stats=1", f"-artifact_prefix={FINDINGS}/{target}-"),
    ]
    begin = time.monotonic()
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace")
    took = time.monotonic() - begin
    numbers = [int(number) for number in re.findall(r"^#(\d+)\s", found.stderr, re.MULTILINE)]
    edges = [int(number) for number in re.findall(r" cov: (\d+) ", found.stderr)]
    finding = ""
    if found.returncode != 0:
        FINDINGS.joinpath(f"{target}.log").write_text(found.stderr)
        kept = re.search(r"Test unit written to (\S+)", found.stderr)
        kept = os.path.relpath(kept[1], ROOT) if kept else f"{corpus}  # ended without an input"
        finding = f"{_what(found.stderr)}\n  again: {program_of(target)} {kept}"
    return Outcome(
        target, max(numbers, default=0), f"{max(edges, default=0):,} edges", took, finding
    )


def _what(log):
    """Returns the line of a log that says what was wrong: ours, or a sanitizer's."""
    found = re.search(r"^(FOUND: .*|.*runtime error: .*|.*ERROR: .*)$", log, re.MULTILINE)
    return found[1] if found else log[-500:]


def run_tensorflow(target, seconds):
    """Runs the TensorFlow programs in a process of their own, which a fault may end."""
    command = [sys.executable, ROOT / "tests/fuzz/tensorflow_target.py", f"--seconds={seconds}"]
    begin = time.monotonic()
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace")
    took = time.monotonic() - begin
    lines = found.stdout.splitlines()
    figures = json.loads(lines[-1]) if found.returncode == 0 else {}
    finding = ""
    if found.returncode != 0:
        FINDINGS.joinpath(f"{target}.log").write_text(found.stdout + found.stderr)
        at = next((line for line in reversed(lines) if line.startswith("at ")), "at no case")
        finding = (
            f"{_what(found.stdout + found.stderr)}\n"
            f"  again: .venv/bin/python tests/fuzz/tensorflow_target.py --case {at[3:]}"
        )
    reached = f"{figures.get('cases', 0):,} cases, {figures.get('programs', 0):,} compiled programs"
    return Outcome(target, figures.get("checks", 0), reached, took, finding)


def keep(target):
    """Replaces a target's seeds by the fewest inputs that reach as much as all known inputs."""
    with tempfile.TemporaryDirectory() as fewest:
        command = [program_of(target), "-set_cover_merge=1", f"-max_len={LONGEST_INPUT}", fewest]
        subprocess.run(
            [*command, SEEDS / target, BUILD / target], cwd=ROOT, check=True, capture_output=True
        )
        for old in (SEEDS / target).iterdir():
            old.unlink()
        for new in pathlib.Path(fewest).iterdir():
            (SEEDS / target / new.name[:12]).write_bytes(new.read_bytes())


def main():
    """Runs the named targets, or all, and exits with 1 if any found something."""
    parser = argparse.ArgumentParser()
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], default=[])
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--record", action="store_true", help="in docs/reliability.md")
    parser.add_argument("--keep", action="store_true", help="what is new as seeds")
    options = parser.parse_args()
    FINDINGS.mkdir(parents=True, exist_ok=True)
    targets = options.targets or TARGETS

    def run(target):
        function = run_libfuzzer if target in LIBFUZZER else run_tensorflow
        outcome = function(target, options.seconds)
        print(f"{target:<11} {outcome}", flush=True)
        if outcome.finding:
            print(outcome.finding, flush=True)
        return outcome

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(run, targets))
    if options.keep:
        for target in set(targets) & {*LIBFUZZER}:
            keep(target)
    if options.record:
        sys.path.insert(0, str(ROOT / "tests"))
        from record import record

        figures = {outcome.target: str(outcome) for outcome in outcomes}
        record("fuzz", f"make fuzz SECONDS={options.seconds}", figures)
    return any(outcome.finding for outcome in outcomes)


if __name__ == "__main__":
    sys.exit(main())
