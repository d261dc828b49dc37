"""Ends of processes: daemon threads, sub-interpreters, Ctrl-C. Each must soon exit with 0."""

import collections
import signal
import subprocess
import sys

# How often each program of soak/programs.py runs, in full and in brief. The first one depends on
# chance.
_RUNS = {
    "daemon_thread": (20, 6),
    "sub_interpreter_first": (3, 1),
    "sub_interpreter_second": (3, 1),
    "interrupt_numpy": (10, 2),
    "interrupt_tensorflow": (3, 1),
}
# The seconds until a program counts as hung. Loading TensorFlow takes long.
_PATIENCE = 30
_PATIENCE_WITH_TENSORFLOW = 150


def ends(seed, brief=False, **_):
    """Runs each program several times and tallies how they end."""
    counts = collections.Counter()
    failures = collections.Counter()
    print("begin", flush=True)
    for name, (in_full, in_brief) in _RUNS.items():
        for run in range(in_brief if brief else in_full):
            counts["processes"] += 1
            outcome = _outcome(name, seed + run)
            if outcome != "exit code 0":
                failures[f"{name}: {outcome}"] += 1
    return {
        **counts,
        "ended well": counts["processes"] - failures.total(),
        "failures": [f"{count} runs of {what}" for what, count in failures.items()],
    }


def _outcome(name, seed):
    command = [sys.executable, "-m", "soak.programs", name, str(seed)]
    patience = _PATIENCE_WITH_TENSORFLOW if "tensorflow" in name else _PATIENCE
    try:
        found = subprocess.run(command, capture_output=True, text=True, timeout=patience)
    except subprocess.TimeoutExpired:
        return f"no end after {patience} s"
    code = found.returncode
    outcome = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    if code == 0:
        return outcome
    # C++'s message is in the first line, and Python's exception in the last.
    lines = found.stderr.strip().splitlines() or ["silent"]
    return f"{outcome} ({lines[0 if code < 0 else -1][:200]})"
