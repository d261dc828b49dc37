"""Rows: every contender of one direction of a case, checked, then timed."""

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any, NamedTuple

from upsample_op._case import Case
from upsample_op.benchmark._types import Call, Row
from upsample_op.benchmark.inputs import Expected
from upsample_op.benchmark.timing import CAPPED, Clock, Times, timed

# What libraries say of a dtype that they have no kernel for.
_NO_KERNEL = ("not implemented", "not_implemented", "overload resolution failed", "func != 0")


class NotSupportedError(Exception):
    """Why a contender can't run a case; its text goes into the row."""


class BackEnd(NamedTuple):
    """Where kernels run; `cpu` and `gpu` make them."""

    inputs: Callable[[Case, bool], Any]  # what one direction of a case reads and writes
    contenders: Mapping[str, Callable[[Any], Call]]  # make calls of these, by name
    bounds: Callable[[Any], dict[str, Call]]  # calls that only read and write as much
    clocks: Mapping[str, Clock]  # of contenders that the host's doesn't suit
    case_to_check: Callable[[Case], Case] = lambda case: case  # on which to compare results


def measure(back_end: BackEnd, case: Case, backward: bool, seconds: float) -> Row:
    """Times one direction of a case, each contender of a back end for about so many seconds."""
    inputs = back_end.inputs(back_end.case_to_check(case), backward)
    expected = Expected(inputs)
    makers = {name: partial(make, inputs) for name, make in back_end.contenders.items()}
    judge = lambda call: expected.judge(inputs.result(call()))  # noqa: E731
    calls, notes = checked(makers, judge, ("kernel", "op", "layer"))
    if inputs.case != case:
        inputs = back_end.inputs(case, backward)
        calls = {name: back_end.contenders[name](inputs) for name in calls}
        for call in calls.values():
            call()
    times = timed({**back_end.bounds(inputs), **calls}, seconds, back_end.clocks)
    return row_of(case, "backward" if backward else "forward", times, notes, **sizes(case))


def sizes(case: Case) -> dict[str, int]:
    """Returns useful_bytes and out_bytes (of the high-resolution tensor), for a row of a case."""
    return {"useful_bytes": case.useful_bytes, "out_bytes": case.useful_bytes - case.in_bytes}


def row_of(
    case: Any, direction: str, times: Mapping[str, Times], notes: Mapping[str, str], **more: Any
) -> Row:
    """Returns a row in the form that all suites share.

    By contender it has seconds (medians), low and high (quartiles, in seconds), turns, and notes:
    why it is missing ("unsupported: ...", "failed: ..."), what is the matter with its result
    ("wrong: ...", "inexact: ...") or that it was timed but once ("capped: ...").
    """
    text = f"capped: timed once, a call takes more than {CAPPED} s"
    capped = {name: text for name, its in times.items() if its.turns == 1 and its.median > CAPPED}
    return {
        "case": str(case),
        "direction": direction,
        **more,
        "seconds": {name: its.median for name, its in times.items()},
        "low": {name: its.low for name, its in times.items()},
        "high": {name: its.high for name, its in times.items()},
        "turns": {name: its.turns for name, its in times.items()},
        "notes": {**capped, **notes},
    }


def checked(
    makers: Mapping[str, Callable[[], Any]], judge: Callable[[Any], str], must_work: Collection[str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Makes contenders and judges each; returns those that run, and notes, by name.

    Args:
        makers: functions that make what `judge` takes, by contender.
        judge: function that runs it, and returns a note on its result, "" where it is right.
        must_work: contenders whose errors are raised, where others' are noted.
    """
    made, notes = {}, {}
    for name, make in makers.items():
        try:
            its = make()
            note = judge(its)
        except Exception as error:  # It is the peer's, whatever it is, and the row should say so.
            if name in must_work:
                raise
            notes[name] = _why_not(error)
        else:
            made[name] = its
            notes |= {name: note} if note else {}
    return made, notes


def _why_not(error: Exception) -> str:
    if isinstance(error, NotSupportedError):
        return f"unsupported: {error}"
    if any(words in str(error).lower() for words in _NO_KERNEL):
        return "unsupported: no kernel for the dtype"
    line = next(iter(str(error).splitlines()), "")
    return f"failed: {type(error).__name__}: {line[:100]}"
