"""The resident memory of this process. Imports the standard library only."""

from __future__ import annotations

import os
import pathlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from upsample_op.benchmark._types import Call

# glibc maps blocks of so many bytes and more each by itself, and unmaps them when they are freed.
_OWN_MAPPING = 2**16


def environment(**settings: str) -> dict[str, str]:
    """Returns environment variables for a process in which freed memory goes back to the system.

    Args:
        **settings: further ones.
    """
    kept = {key: value for key, value in os.environ.items() if "MALLOC" not in key}
    own = {"MALLOC_MMAP_THRESHOLD_": str(_OWN_MAPPING), "TF_CPP_MIN_LOG_LEVEL": "3"}
    return {**kept, **own, **settings}


def added_at_peak(call: Call) -> int | None:
    """Returns by how many bytes a call raises the resident memory at its peak.

    None where the system doesn't let the peak be measured.
    """
    try:
        pathlib.Path("/proc/self/clear_refs").write_text("5")  # the peak is now what is resident
    except OSError:
        return None
    before = _status_bytes("VmHWM")
    call()
    return _status_bytes("VmHWM") - before


def _status_bytes(key: str) -> int:
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1]) * 1024
    raise KeyError(key)
