"""Makes calls with too little memory, which must give the right result or a MemoryError.

Each is made in a forked child, so a call that ends the process is counted and doesn't end the
stage.
"""

import collections
import ctypes
import itertools
import os
import pathlib
import resource
import signal
import subprocess
import threading

from soak import workload
from upsample_op._case import Case

LIBRARY = pathlib.Path(__file__).parents[2] / "build/soak/fail_malloc.so"

# Which call lacks memory: one of a thread that has called before, with or without a pool of
# threads, or a thread's first call. A first call needs memory that glibc gives to each thread for
# each library at its first use (for libstdc++ at its first exception). If there is none, glibc can
# only end the process. Only those ends are counted rather than failures.
_NO_POOL, _POOL_IS_THERE, _FIRST_CALL = "no pool yet", "pool there", "first call of a thread"
_STATES = (_NO_POOL, _POOL_IS_THERE, _FIRST_CALL)
_ENDED_BY_GLIBC = 127

# How a child ends. All exit codes that are not named here are deaths.
_OUTCOMES = {
    0: "right untouched",
    10: "right",
    11: "MemoryError",
    12: "wrong result",
    13: "other exception",
    14: "right or MemoryError, but not the next call",
    -signal.SIGALRM: "hung",
    _ENDED_BY_GLIBC: "ended by glibc (exit code 127)",
    _FIRST_CALL: "first call of a thread ended by glibc",
}
_GOOD = {0, 10, 11, _FIRST_CALL}
_MOST_FAILURES = 5000  # no call allocates that often

# One share of work; several shares, with rows that the threads keep for themselves; several shares
# of copies.
_CASES = ("bilinear-NHWC-float32-1x3x5x7-by2x2", "bilinear-NHWC-float16-2x64x60x33-by2x3")
_CASES += ("nearest-NCHW-int8-2x33x64x60-by4x3",)


def build_library():
    """Compiles the library for LD_PRELOAD that makes allocations fail, and returns its path."""
    LIBRARY.parent.mkdir(parents=True, exist_ok=True)
    source = pathlib.Path(__file__).with_name("fail_malloc.c")
    compiler = os.environ.get("CC", "cc")
    command = [compiler, "-shared", "-fPIC", "-O1", "-Wall", "-o", LIBRARY, source, "-ldl"]
    subprocess.run(command, check=True)
    return LIBRARY


class _Failing:
    """Makes allocations fail within its block. `touched` says afterwards whether any did."""

    def __init__(self, n, only_one):
        self._library = ctypes.CDLL(None)
        self._at = ctypes.c_long.in_dll(self._library, "fail_malloc_at")
        self._arm = self._library.fail_malloc_arm
        self._arguments = ctypes.c_long(n), ctypes.c_int(only_one)

    def __enter__(self):
        self._arm(*self._arguments)

    def __exit__(self, *_):
        self._at.value = 0

    def touched(self):
        """Returns whether an allocation failed."""
        return self._library.fail_malloc_failed() > 0


class _Limited:
    """Limits the growth of the address space to so many bytes within its block."""

    def __init__(self, spare_bytes):
        pages = int(pathlib.Path("/proc/self/statm").read_text().split()[0])
        self._limit = pages * resource.getpagesize() + spare_bytes

    def __enter__(self):
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (self._limit, hard))

    def __exit__(self, *_):
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))

    def touched(self):
        """Returns True, since nothing shows whether the limit had an effect."""
        return True


def _attempt(item, backward, num_threads, state, make_trouble):
    """Makes a call that lacks memory in a child of its own, and then one that doesn't.

    Returns:
        (exit code, or _FIRST_CALL; what the child said).
    """
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reads)
        signal.alarm(20)
        code = 13
        try:
            code = _try_twice(item, backward, num_threads, state, make_trouble, writes)
        except BaseException as error:
            os.write(writes, f"{error!r}".encode())
        finally:
            os._exit(code)
    os.close(writes)
    with open(reads, errors="replace") as pipe:
        said = pipe.read()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return _FIRST_CALL if (state, code) == (_FIRST_CALL, _ENDED_BY_GLIBC) else code, said


def _try_twice(item, backward, num_threads, state, make_trouble, writes):
    """Returns the child's exit code."""
    codes = []

    def attempt():
        codes.append(_try(item, backward, num_threads, make_trouble(), writes))

    if state == _FIRST_CALL:
        thread = threading.Thread(target=attempt)
        thread.start()
        thread.join()
    else:
        _call(item, backward, num_threads if state == _POOL_IS_THERE else 1)
        attempt()
    try:
        item.check(_call(item, backward, num_threads), backward)
    except BaseException as error:
        os.write(writes, f"the next call: {error!r}".encode())
        return 14
    return codes[0]


def _call(item, backward, num_threads):
    x = item.grad_out if backward else item.x
    return item.case.run_kernel(x, backward, num_threads=num_threads)


def _try(item, backward, num_threads, trouble, writes):
    """Returns the exit code of a call that lacks memory."""
    result = error = None
    with trouble:
        try:
            result = _call(item, backward, num_threads)
        except BaseException as found:
            error = found
    if isinstance(error, MemoryError) and trouble.touched():
        return 11
    if error is not None:
        os.write(writes, f"{error!r}".encode())
        return 13
    try:
        item.check(result, backward)
    except workload.WrongResultError as wrong:
        os.write(writes, str(wrong).encode())
        return 12
    return 10 if trouble.touched() else 0


class _Tally:
    """Counts outcomes, and keeps the first of each bad kind."""

    def __init__(self):
        self.counts = collections.Counter()
        self._bad = {}

    def add(self, code, said, name):
        """Counts an exit code, and keeps what the child said if it is bad."""
        outcome = _OUTCOMES.get(code)
        if outcome is None:
            outcome = f"ended by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        self.counts[outcome] += 1
        if code not in _GOOD:
            self._bad.setdefault(outcome, f"{name}: {said[:300]}" if said else name)

    def figures(self):
        """Returns the stage's figures, with its failures if there are any."""
        failures = [
            f"{self.counts[outcome]} calls: {outcome}, the first: {name}"
            for outcome, name in self._bad.items()
        ]
        return {"calls": sum(self.counts.values()), **self.counts, "failures": failures}


def _situations(seed, brief):
    directions = (True,) if brief else (False, True)
    names = _CASES[:2] if brief else _CASES
    for name, backward, num_threads, state in itertools.product(names, directions, (1, 4), _STATES):
        if not (backward and "int8" in name):
            yield workload.Item.of(Case.parse(name), seed), backward, num_threads, state


def allocations(seed, brief=False, **_):
    """Makes a call's n-th allocation fail, or all from the n-th on, for every n."""
    tally = _Tally()
    injected = 0
    print("begin", flush=True)
    for item, backward, threads, state in _situations(seed, brief):
        for only_one in (False, True):
            for n in range(1, _MOST_FAILURES):
                code, said = _attempt(
                    item, backward, threads, state, lambda n=n, one=only_one: _Failing(n, one)
                )
                where = f"n {n}, {'the n-th alone' if only_one else 'all from the n-th on'}"
                direction = "backward" if backward else "forward"
                tally.add(
                    code, said, f"{item.case} {direction}, {threads} threads, {state}, {where}"
                )
                if code == 0:
                    break
                injected += 1
            else:
                raise AssertionError(f"{item.case}: allocations fail without end")
    return {**tally.figures(), "injected": injected, "threads": 4}


def address_space(seed, brief=False, **_):
    """Lets the address space grow by less than a call needs, then by more and more."""
    tally = _Tally()
    print("begin", flush=True)
    for item, backward, threads, state in _situations(seed, brief):
        for spare in range(0, 24 << 20, (4 << 20) if brief else (512 << 10)):
            code, said = _attempt(item, backward, threads, state, lambda s=spare: _Limited(s))
            where = f"{spare} bytes more, {state}"
            tally.add(code, said, f"{item.case} {'backward' if backward else 'forward'}, {where}")
    return {**tally.figures(), "threads": 4}
