"""Peak memory of the layer and of the stock layer, measured in a process of its own.

TensorFlow's oneDNN, which none of them uses, would bring an allocator that gives nothing back and
so hides what a call needs. It is off in that process, where every large block is mapped by itself
and so goes back to the system at once.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from upsample_op._case import Case
from upsample_op.benchmark.contenders import layer
from upsample_op.benchmark.inputs import Inputs
from upsample_op.benchmark.resident import added_at_peak, environment

_NAMES = ("layer", "stock layer")


class Peaks:
    """The process that measures; a context manager. It sleeps while it isn't asked."""

    _process: Any  # a Popen, all of whose pipes are there

    def __enter__(self) -> Peaks:
        # A session of its own, so that Ctrl-C doesn't reach it before it has answered.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "upsample_op.benchmark.memory"],
            env=environment(TF_ENABLE_ONEDNN_OPTS="0"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        self._process.stdout.readline()  # it is ready, and so won't disturb the first row
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()

    def of(self, case: Case, backward: bool) -> dict[str, int | None]:
        """Returns the peaks of one direction of a case.

        Returns:
            dict from "layer" and "stock layer" to bytes, or to None where the system doesn't let
            the peak be measured, or stock fails.
        """
        print(case, int(backward), file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())


def _peak_bytes(inputs: Inputs, stock: bool) -> int | None:
    """By how much a call of a layer raises the resident memory at its peak, its result included."""
    try:
        call = layer(inputs, "function", stock)
        call()
    except Exception:
        return None
    return added_at_peak(call)


def _main() -> None:
    import tensorflow  # noqa: F401

    print("ready", flush=True)
    for line in sys.stdin:
        name, backward = line.split()
        inputs = Inputs(Case.parse(name), bool(int(backward)))
        peaks = {which: _peak_bytes(inputs, which == "stock layer") for which in _NAMES}
        print(json.dumps(peaks), flush=True)


if __name__ == "__main__":
    _main()
