"""Times of calls that take turns."""

import random
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

import numpy as np

from upsample_op.benchmark._types import Call

# From a call and a count to the seconds that one of so many calls in a row takes.
Clock: TypeAlias = Callable[[Call, int], float]

# Calls in one turn go on for about this long, so that a short one is not timed with caches that its
# rivals have just filled.
_TURN_SECONDS = 5e-3
_MIN_TURNS = 5
# Calls of more seconds have so many turns, or one of them could take most of a suite's time.
CAPPED = 0.3
_FEW_TURNS = ((CAPPED, 1), (0.05, 3))


class Times(NamedTuple):
    """The quartiles of a contender's turns, in seconds for each call, and how many these are."""

    low: float
    median: float
    high: float
    turns: int


def host_clock(call: Call, repeats: int, sync: Call = lambda: None) -> float:
    """Returns the seconds of a call by the host's clock; `sync` waits for what is still running."""
    begin = time.perf_counter()
    for _ in range(repeats):
        call()
    sync()
    return (time.perf_counter() - begin) / repeats


def timed(
    calls: Mapping[str, Call],
    seconds: float = 0.06,
    clocks: Mapping[str, Clock] | None = None,
    least: int = 1,
) -> dict[str, Times]:
    """Times several calls in turn, so that a noisy moment of the machine meets them all.

    Args:
        calls: by name; each has run once. The order is random in each round.
        seconds: about how long each goes on; it has five turns at least, but see `_FEW_TURNS`.
        clocks: by name, for calls that the host's clock doesn't suit.
        least: so many turns each contender has, however slow it is.
    """
    clock = {name: (clocks or {}).get(name, host_clock) for name in calls}
    plans = {name: _plan(call, clock[name], seconds, least) for name, call in calls.items()}
    rounds = max((wanted for _, wanted, _ in plans.values()), default=0)
    for number in range(rounds):
        for name in random.sample(list(calls), len(calls)):
            repeats, wanted, values = plans[name]
            # Where k turns of r are wanted, the rounds in which number * k / r passes an integer.
            if (number + 1) * wanted // rounds > number * wanted // rounds:
                values.append(clock[name](calls[name], repeats))
    times = {}
    for name, (_, _, values) in plans.items():
        low, median, high = np.percentile(values, (25, 50, 75)).tolist()
        times[name] = Times(low, median, high, len(values))
    return times


def _plan(call: Call, clock: Clock, seconds: float, least: int) -> tuple[int, int, list[float]]:
    """Calls in a turn, turns that are still wanted, and times that are known already."""
    first, whole = _probe(call, clock)
    if first <= 2 * _TURN_SECONDS:
        first, whole = map(min, (first, whole), *(_probe(call, clock) for _ in range(2)))
    repeats = 1 + int(_TURN_SECONDS / first)
    turns = next((turns for limit, turns in _FEW_TURNS if first > limit), None)
    turns = turns or max(_MIN_TURNS, int(seconds / max(whole, first * repeats)))
    # A slow call's probe is its first turn.
    values = [first] if first > _FEW_TURNS[-1][0] else []
    return repeats, max(least, turns) - len(values), values


def _probe(call: Call, clock: Clock) -> tuple[float, float]:
    """The seconds of a call, and those that its clock takes to tell."""
    begin = time.perf_counter()
    return clock(call, 1), time.perf_counter() - begin
