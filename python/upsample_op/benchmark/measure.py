"""Times of calls that take turns."""

from __future__ import annotations

import dataclasses
import random
import statistics
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from upsample_op.benchmark._types import Call, Name

# Calls in one turn go on for about this long, so that a short one is not timed with caches that its
# rivals have just filled.
_TURN_SECONDS = 5e-3
_MIN_TURNS = 5
# Calls of more seconds have so many turns, or one of them could take most of a suite's time.
CAPPED = 0.3
_FEW_TURNS = ((CAPPED, 1), (0.05, 3))


@dataclasses.dataclass(frozen=True)
class Times:
    """What turns of one contender took, in seconds for each call.

    Attributes:
        median: of the turns.
        low: the lower quartile.
        high: the upper quartile.
        turns: how many there were; each is the mean of the calls that fit in 5 ms.
    """

    median: float
    low: float
    high: float
    turns: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Times:
        """Sums up the values of the turns."""
        if len(values) == 1:
            return cls(values[0], values[0], values[0], 1)
        low, median, high = statistics.quantiles(values, n=4, method="inclusive")
        return cls(median, low, high, len(values))


def timed(
    calls: Mapping[Name, Call], seconds: float = 0.06, sync: Call | None = None, least: int = 1
) -> dict[Name, Times]:
    """Times several calls in turn, so that a noisy moment of the machine meets them all.

    Turns of a contender that has fewer of them than others are spread over the whole run.

    Args:
        calls: dict from a name to a function without arguments, which has run once.
        seconds: about how long each goes on; five turns at least, but calls of more than 0.05
            seconds have three, and of more than `CAPPED` one.
        sync: waits for what the calls may have left running.
        least: so many turns each contender has, however slow it is.
    """
    first = {name: _probe(call, sync) for name, call in calls.items()}
    calls_per_turn = {name: 1 + int(_TURN_SECONDS / value) for name, value in first.items()}
    # A slow call's probe is its first turn.
    values = {name: [value] if value > _FEW_TURNS[-1][0] else [] for name, value in first.items()}
    wanted = {
        name: max(least, _turns(value, value * calls_per_turn[name], seconds)) - len(values[name])
        for name, value in first.items()
    }
    rounds = max(wanted.values())
    for number in range(rounds):
        for name in random.sample(list(calls), len(calls)):
            # Where k turns of r are wanted, the rounds in which number * k / r passes an integer.
            if (number + 1) * wanted[name] // rounds > number * wanted[name] // rounds:
                values[name].append(_time(calls[name], calls_per_turn[name], sync))
    return {name: Times.of(its) for name, its in values.items()}


def interleaved(
    calls: Mapping[Name, Call], seconds: float = 0.12, sync: Call | None = None
) -> dict[Name, float]:
    """Returns the medians of `timed`, of calls that need not have run, in seconds."""
    for call in calls.values():
        call()
    return {name: times.median for name, times in timed(calls, seconds, sync).items()}


def _turns(call: float, turn: float, seconds: float) -> int:
    few = next((turns for limit, turns in _FEW_TURNS if call > limit), None)
    return few or max(_MIN_TURNS, int(seconds / turn))


def _probe(call: Call, sync: Call | None) -> float:
    first = _time(call, 1, sync)
    if first > 2 * _TURN_SECONDS:
        return first
    return min(first, *(_time(call, 1, sync) for _ in range(2)))


def _time(call: Call, repeats: int, sync: Call | None) -> float:
    begin = time.perf_counter()
    for _ in range(repeats):
        call()
    if sync is not None:
        sync()
    return (time.perf_counter() - begin) / repeats
