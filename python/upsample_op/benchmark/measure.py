"""Times of calls that take turns."""

import random
import statistics
import time

# Calls in one turn go on for about this long, so that a short one is not timed with caches that its
# rivals have just filled.
_TURN_SECONDS = 5e-3


def interleaved(calls, seconds=0.5, min_turns=7, sync=None) -> dict[str, float]:
    """Times several calls in turn, so that a noisy moment of the machine meets them all.

    Args:
        calls: dict from a name to a function without arguments.
        seconds: how long to go on, if that makes at least min_turns turns of each.
        min_turns: see seconds.
        sync: waits for what the calls may have left running.

    Returns:
        dict from the names to the median time of a call, in seconds.
    """
    # The first call may trace or allocate.
    calls_per_turn = {
        name: 1 + int(_TURN_SECONDS / min(_time(call, 1, sync) for _ in range(3)))
        for name, call in calls.items()
    }
    times = {name: [] for name in calls}
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or min(map(len, times.values())) < min_turns:
        for name in random.sample(list(calls), len(calls)):
            times[name].append(_time(calls[name], calls_per_turn[name], sync))
    return {name: statistics.median(values) for name, values in times.items()}


def _time(call, repeats, sync):
    begin = time.perf_counter()
    for _ in range(repeats):
        call()
    if sync is not None:
        sync()
    return (time.perf_counter() - begin) / repeats
