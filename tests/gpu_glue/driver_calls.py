"""Reads the pretend driver's log of calls."""

import ctypes
import re
import subprocess
import types


class Driver:
    """The pretend driver of this process."""

    def __init__(self, log):
        self._log = log
        self._library = ctypes.CDLL("libcuda.so.1")

    def calls_of(self, action):
        """Runs `action` and returns what it returns, and the driver calls made meanwhile."""
        start = self._log.stat().st_size
        result = action()
        return result, parse(self._log.read_text()[start:])

    def set_launch_result(self, error):
        """Makes all launches return a CUresult from now on."""
        self._library.PretendCudaSetLaunchResult(error)


def parse(log):
    """Returns the calls of a log: name, library (whose code called) and what else was logged."""
    calls = []
    for line in log.splitlines():
        name, *pairs = line.split()
        calls.append(types.SimpleNamespace(name=name, **dict(p.split("=", 1) for p in pairs)))
    return calls


def launches_of_ours(calls):
    """Returns the launches of our kernels."""
    ours = [call for call in calls if call.library == "libupsample_kernels.so"]
    return [call for call in ours if call.name == "cuLaunchKernel"]


def copies_of(calls):
    """Returns the calls that copy memory."""
    return [c for c in calls if c.name.startswith("cuMemcpy")]


def variant_of(launch):
    """Reads a launch's kernel from its name: the body, and the variant as a plan describes it."""
    name = subprocess.run(["c++filt", launch.kernel], check=True, capture_output=True, text=True)
    *numbers, is_wide = re.match(
        r"void upsample::UpsampleKernel<\(upsample::Direction\)(\d), "
        r"\(upsample::Interpolation\)(\d), \(upsample::Element\)(\d), "
        r"(\d+), (\d), (\d), (\d), (true|false)>",
        name.stdout,
    ).groups()
    direction, interpolation, element, vector, row_pixel, *unrolled = map(int, numbers)
    return {
        "body": ["Nearest", "Bilinear"][interpolation] + ["Forward", "Backward"][direction],
        "vector_bytes": vector * [1, 2, 4, 8, 16, 2, 2, 4, 8][element],
        "row_pixel": row_pixel,
        "unrolled": tuple(unrolled),
        "wide_index": is_wide == "true",
    }


def bodies_of(calls):
    """Returns the bodies of our kernels that were launched, sorted."""
    return sorted(variant_of(launch)["body"] for launch in launches_of_ours(calls))
