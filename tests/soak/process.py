"""Runs stages in a process and watches it from outside: its memory, its lines, its end."""

import dataclasses
import json
import os
import pathlib
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time

from soak import memory

_TESTS = pathlib.Path(__file__).parents[1]
_SECONDS_BETWEEN_SAMPLES = 0.05


@dataclasses.dataclass
class Outcome:
    """What became of a stage.

    Attributes:
        seconds: the time from the end of its preparations to its end.
        figures: what it counted.
        failures: what went wrong, in words; empty if nothing did.
        samples: [(seconds, resident bytes)].
    """

    seconds: float = 0
    figures: dict = dataclasses.field(default_factory=dict)
    failures: list = dataclasses.field(default_factory=list)
    samples: list = dataclasses.field(default_factory=list)


def run_stages(stages, patience, environment):
    """Runs stages in a process of their own, and yields (name, Outcome) when each is done.

    If one ends the process, the stages after it are failures too.

    Args:
        stages: {name: arguments}, for soak/worker.py.
        patience: seconds after which a stage counts as hung, its preparations included.
        environment: variables to add.
    """
    with tempfile.TemporaryFile("w+") as errors:
        command = [sys.executable, "-m", "soak.worker", json.dumps(stages)]
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=_environment(environment),
        )
        lines = queue.Queue()
        reader = threading.Thread(target=_read, args=(process.stdout, lines), daemon=True)
        reader.start()
        names = list(stages)
        while names and (outcome := _watch(process, lines, patience)).figures:
            yield names.pop(0), outcome
        process.wait()
        reader.join()
        if names or process.returncode != 0:
            errors.seek(0)
            text = "\n".join(errors.read().strip().splitlines()[-8:])
            end = f"its process ended with {_name_of(process.returncode)}:\n{text}"
            # If the process dies after all stages, the last one is blamed.
            yield names.pop(0) if names else list(stages)[-1], Outcome(failures=[end])
        for name in names:
            yield name, Outcome(failures=["not run: a stage before it ended the process"])


def _read(stream, lines):
    for line in stream:
        lines.put((time.monotonic(), line.strip()))
    lines.put((time.monotonic(), None))


def _watch(process, lines, patience):
    """Follows a stage to its figures, and returns an Outcome without figures if none come."""
    outcome = Outcome()
    began = None
    give_up = time.monotonic() + patience
    while True:
        try:
            at, line = lines.get(timeout=_SECONDS_BETWEEN_SAMPLES)
        except queue.Empty:
            size = memory.resident_bytes(process.pid)
            if began is not None and size is not None:
                outcome.samples.append((time.monotonic(), size))
            if time.monotonic() > give_up:
                process.send_signal(signal.SIGABRT)  # PYTHONFAULTHANDLER prints where it hangs
                give_up += patience
            continue
        if line is None:
            return outcome
        if line == "begin":
            began = at
        elif line.startswith("{"):
            outcome.figures = json.loads(line)
            outcome.failures = outcome.figures.pop("failures", [])
            outcome.seconds = at - (began or at)
            return outcome


def _name_of(code):
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def _environment(more):
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(_TESTS), os.environ.get("PYTHONPATH", "")]),
        "PYTHONFAULTHANDLER": "1",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        # Large tensors go back to the system at once, so resident memory is live memory.
        "MALLOC_MMAP_THRESHOLD_": "262144",
        **more,
    }
