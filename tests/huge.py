"""Helps tests of more than 2^31 elements, by memory for one at a time and values for places."""

import contextlib
import fcntl
import pathlib
import re
import tempfile

import numpy as np
import pytest

# This is a prime, so places that are 2^31 or 2^32 apart, which 32 bits would mix up, have different
# values.
PERIOD = 65521


@contextlib.contextmanager
def memory_for(n_bytes):
    """Skips the test if the machine lacks the memory. One test at a time may have it."""
    with open(pathlib.Path(tempfile.gettempdir(), "upsample_op_huge.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        meminfo = pathlib.Path("/proc/meminfo").read_text()
        available = 1024 * int(re.search(r"MemAvailable: *(\d+) kB", meminfo)[1])
        if available < n_bytes + 2**30:
            pytest.skip(
                f"needs {n_bytes / 2**30:.1f} GiB of memory, and has {available / 2**30:.1f}"
            )
        yield


def numbers_by_place(shape, dtype):
    """Returns an array whose values recur after PERIOD elements, and no sooner."""
    rng = np.random.default_rng(0)
    if np.dtype(dtype).kind == "u":
        period = rng.integers(0, 256, PERIOD).astype(dtype)
    else:
        period = (1 + rng.random(PERIOD, np.float32)).astype(dtype)
    numbers = np.empty(shape, dtype)
    flat = numbers.reshape(-1)
    whole = flat.size // PERIOD * PERIOD
    flat[:whole].reshape(-1, PERIOD)[...] = period
    flat[whole:] = period[: flat.size - whole]
    return numbers
