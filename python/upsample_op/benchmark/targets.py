"""The project's targets on the CPU, beside peers, a copy and stock TensorFlow."""

import re
import statistics
from collections.abc import Sequence
from typing import NamedTuple

from upsample_op._case import Case
from upsample_op.benchmark import verdict
from upsample_op.benchmark._types import Info, Row
from upsample_op.benchmark.verdict import Finding, title

# The peers that are called like ours: into memory that is there (kernel), eagerly with a result of
# its own (op, layer eager), in a tf.function, and compiled by XLA.
RIVALS = {
    "kernel": ("torch", "opencv", "onnxruntime"),
    "op": ("stock op", "jax"),
    "layer eager": ("stock layer eager",),
    "layer": ("stock layer",),
    "layer jit": ("stock layer jit",),
}
# The parts of the copy's rate to reach beyond the last-level cache, by factors of 2 and by others.
_OF_COPY, _OF_COPY_OTHERS = 0.9, 0.8


class Target(NamedTuple):
    """How many times as long stock should take as ours at least, and in which cases."""

    what: str
    cases: str  # a regular expression, of the beginning of their names
    ours: str
    times: float


TARGETS = (
    Target("bilinear NHWC float32, raw op", "bilinear-NHWC-float32-", "op", 2),
    Target("NCHW, layer", r"\w+-NCHW-", "layer", 5),
    Target("bilinear bfloat16 and float16, layer", r"bilinear-\w+-b?float16-", "layer", 8),
    Target("bilinear, layer under jit", r"bilinear-\w+-(float32|b?float16)-", "layer jit", 20),
)


def judge(info: Info, rows: Sequence[Row]) -> list[Finding]:
    """Returns whether a peer is ahead, and whether rows reach the copy's rate and the targets."""
    beyond = [row for row in rows if row["out_bytes"] > info["last_level_cache_bytes"]]
    within = [row for row in rows if row["out_bytes"] <= info["last_level_cache_bytes"]]
    found = [verdict.peers_ahead(rows, RIVALS)]
    if beyond:
        found.append(below_copy(beyond))
    for target in TARGETS:
        found += reached(beyond, target, "beyond") + reached(within, target, "within")
    return found


def of_bound(row: Row) -> float | None:
    """Returns the kernel's rate over that of reading and writing as much."""
    return verdict.ratio(row, "traffic", "kernel")


def below_copy(rows: Sequence[Row]) -> Finding:
    """Returns which rows beyond the cache are short of their part of the copy's rate."""
    below, explained = [], 0
    for row in rows:
        target = _OF_COPY if Case.parse(row["case"]).size == (2, 2) else _OF_COPY_OTHERS
        part, bound = verdict.of_copy(row), of_bound(row)
        if part < target:
            of_it = "" if bound is None else f", {bound:.2f} of bound"
            below.append((part, f"{title(row)}: {part:.2f} of {target}{of_it}"))
            explained += (bound or 0) >= _OF_COPY
    heading = (
        f"{_OF_COPY} (by 2) or {_OF_COPY_OTHERS} of the copy's rate, beyond the cache; "
        f"{len(below)} of {len(rows)} are below, {explained} of them at {_OF_COPY} or more of what "
        "reading and writing as much allows"
    )
    return Finding(not below, heading, [text for _, text in sorted(below)])


def reached(rows: Sequence[Row], target: Target, where: str) -> list[Finding]:
    """Returns how the rows of a target do; nothing where none applies. Wrong results count."""
    found = sorted(
        (times, title(row))
        for row in rows
        if re.match(target.cases, row["case"])
        and (times := verdict.ratio(row, f"stock {target.ours}", target.ours)) is not None
    )
    if not found:
        return []
    count = sum(times >= target.times for times, _ in found)
    median, (lowest, name) = statistics.median(times for times, _ in found), found[0]
    heading = (
        f"stock takes {target.times} times as long or longer, {where} the cache, {target.what}; it "
        f"does in {count} of {len(found)}; median {median:.1f}, lowest {lowest:.1f} ({name})"
    )
    return [Finding(count == len(found), heading, [])]
