"""Peaks of memory, measured in a process of its own.

There every large block is mapped by itself and so goes back to the system at once, unlike in the
process that times.
"""

import importlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import weakref
from typing import Any

from upsample_op.benchmark._types import Call

# glibc maps blocks of so many bytes and more each by itself, and unmaps them when they are freed.
_SETTINGS = {"MALLOC_MMAP_THRESHOLD_": str(2**16), "TF_CPP_MIN_LOG_LEVEL": "3"}


class Peaks:
    """The process that measures; it ends with this object.

    A function of the benchmark, "module:function", makes the call to measure, of texts; of so many
    repeats the median counts. Settings are environment variables for the process.
    """

    def __init__(self, function: str, repeats: int = 1, **settings: str) -> None:
        kept = {key: value for key, value in os.environ.items() if "MALLOC" not in key}
        # A session of its own, so that Ctrl-C doesn't reach it before it has answered.
        self._process: Any = subprocess.Popen(
            [sys.executable, "-m", "upsample_op.benchmark.memory", function, str(repeats)],
            env={**kept, **_SETTINGS, **settings},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        weakref.finalize(self, self._process.kill)

    def of(self, *arguments: str) -> int | None:
        """Returns by how many bytes the call of the function's arguments raises the memory.

        None stands where the system doesn't let the peak be measured, or the call fails.
        """
        print(json.dumps(arguments), file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        return json.loads(answer) if answer else None


def added_at_peak(call: Call) -> int:
    """Returns by how many bytes a call raises the resident memory of this process at its peak.

    OSError says that the system doesn't let it be measured.
    """
    pathlib.Path("/proc/self/clear_refs").write_text("5")  # the peak is now what is resident
    before = _peak_bytes()
    call()
    return _peak_bytes() - before


def _peak_bytes() -> int:
    status = pathlib.Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def _main() -> None:
    module, name = sys.argv[1].split(":")
    make = getattr(importlib.import_module(f"upsample_op.benchmark.{module}"), name)
    for line in sys.stdin:
        try:
            call = make(*json.loads(line))
            peak = statistics.median(added_at_peak(call) for _ in range(int(sys.argv[2])))
        except Exception:
            peak = None
        print(json.dumps(peak), flush=True)


if __name__ == "__main__":
    _main()
