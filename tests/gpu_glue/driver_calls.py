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
    body, element, vector, row_pixel, unrolled_h, unrolled_w, index = re.match(
        r"void upsample::UpsampleKernel<upsample::(\w+)<upsample::Variant<(?:upsample::)?"
        r"(\w+(?:<\d+>)?), (\d+), (\d+), (\d+), (\d+), (\w+)> >",
        name.stdout,
    ).groups()
    raw = re.match(r"Raw<(\d+)>", element)
    bytes_of = {"Half": 2, "BFloat16": 2, "float": 4, "double": 8}
    return {
        "body": body,
        "vector_bytes": int(vector) * (int(raw[1]) if raw else bytes_of[element]),
        "row_pixel": int(row_pixel),
        "unrolled": (int(unrolled_h), int(unrolled_w)),
        "wide_index": index != "int",
    }


def bodies_of(calls):
    """Returns the bodies of our kernels that were launched, sorted."""
    return sorted(variant_of(launch)["body"] for launch in launches_of_ours(calls))
