"""Peak memory of the layer and of the stock layer, measured in a process of its own.

TensorFlow's oneDNN, which none of them uses, would bring an allocator that gives nothing back and
so hides what a call needs. It is off in that process, where every large block is mapped by itself
and so goes back to the system at once.
"""

import json
import os
import pathlib
import subprocess
import sys

from upsample_op.benchmark.case import Case

_NAMES = ("layer", "stock layer")


def peaks_in_a_fresh_process(cases) -> dict:
    """Returns the peaks of several cases.

    Returns:
        dict from (case's name, direction) to a dict from "layer" and "stock layer" to bytes, or to
        None where the system doesn't let the peak be measured.
    """
    settings = {
        "MALLOC_MMAP_THRESHOLD_": str(2**16),
        "TF_ENABLE_ONEDNN_OPTS": "0",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    environment = {key: value for key, value in os.environ.items() if "MALLOC" not in key}
    command = [sys.executable, "-m", "upsample_op.benchmark.memory", *map(str, cases)]
    found = subprocess.run(
        command,
        env={**environment, **settings},
        stdout=subprocess.PIPE,
        check=True,
    )
    return {(case, direction): peaks for case, direction, peaks in json.loads(found.stdout)}


def _peak_bytes(call):
    """By how much a call raises the resident memory at its peak, its result included."""
    call()
    try:
        pathlib.Path("/proc/self/clear_refs").write_text("5")  # resets the peak
    except OSError:
        return None
    before = _status_bytes("VmRSS")
    call()
    return max(0, _status_bytes("VmHWM") - before)


def _status_bytes(key):
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1]) * 1024
    raise KeyError(key)


def _main():
    from upsample_op.benchmark.contenders import contenders

    rows = []
    for case in map(Case.parse, sys.argv[1:]):
        for direction in ("forward", "backward"):
            calls = contenders(case, direction == "backward")
            rows.append((str(case), direction, {name: _peak_bytes(calls[name]) for name in _NAMES}))
    print(json.dumps(rows))


if __name__ == "__main__":
    _main()
