"""One row of the benchmark: every contender of one direction of a case, checked, then timed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from upsample_op.benchmark import verdict
from upsample_op.benchmark.agreement import Expected
from upsample_op.benchmark.contenders import copies, ours, traffic
from upsample_op.benchmark.inputs import Inputs, NotSupportedError
from upsample_op.benchmark.measure import CAPPED, timed
from upsample_op.benchmark.peers import BACKENDS, peers

if TYPE_CHECKING:
    from upsample_op.benchmark._types import Call, Row
    from upsample_op._case import Case

# What libraries say of a dtype that they have no kernel for.
_NO_KERNEL = ("not implemented", "not_implemented", "overload resolution failed", "func != 0")

_CAPPED = f"capped: timed once, a call takes more than {CAPPED} s"


def measure(case: Case, backward: bool, seconds: float, backends: Iterable[str] = BACKENDS) -> Row:
    """Times one direction of a case.

    Args:
        case: the Case.
        backward: whether its gradient.
        seconds: about how long each contender goes on.
        backends: names of the peers to compare with, of `peers.BACKENDS`.

    Returns:
        dict with case, direction, useful_bytes and out_bytes; by contender seconds (medians),
        quartiles (pairs, in seconds) and turns; and notes: by contender why it is missing
        ("unsupported: ...", "failed: ..."), what is the matter with its result ("wrong: ...",
        "inexact: ...") or that it was timed but once ("capped: ...").
    """
    inputs = Inputs(case, backward)
    calls, notes = _checked(inputs, {**ours(inputs), **peers(inputs, backends)})
    bounds = {**copies(case.useful_bytes // 2), verdict.BOUND: traffic(inputs)}
    times = timed({**bounds, **calls}, seconds)
    capped = {name: _CAPPED for name, its in times.items() if its.median > CAPPED}
    return {
        "case": str(case),
        "direction": "backward" if backward else "forward",
        "useful_bytes": case.useful_bytes,
        "out_bytes": case.useful_bytes - case.in_bytes,
        "seconds": {name: its.median for name, its in times.items()},
        "quartiles": {name: [its.low, its.high] for name, its in times.items()},
        "turns": {name: its.turns for name, its in times.items()},
        "notes": {**capped, **notes},
    }


def _checked(
    inputs: Inputs, makers: Mapping[str, Callable[[], Call]]
) -> tuple[dict[str, Call], dict[str, str]]:
    """The calls that run, warmed up, and notes on the others and on wrong results."""
    case, expected = inputs.case, Expected(inputs)
    calls, notes = {}, {}
    for name, make in makers.items():
        try:
            call = make()
            if note := expected.judge(call()):
                notes[name] = note
        except NotSupportedError as reason:
            notes[name] = f"unsupported: {reason}"
        except Exception as error:
            # It is the peer's, whatever it is, and the row should say so. Ours must work.
            if name in ("kernel", "op", "layer"):
                raise
            notes[name] = _why_not(error, case)
        else:
            calls[name] = call
    return calls, notes


def _why_not(error: Exception, case: Case) -> str:
    if any(words in str(error).lower() for words in _NO_KERNEL):
        return f"unsupported: no {case.interpolation} of {case.dtype}"
    line = next(iter(str(error).splitlines()), "")
    return f"failed: {type(error).__name__}: {line[:100]}"
