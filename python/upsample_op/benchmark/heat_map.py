"""The heat map: how many times as fast as peers, by kind of row."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
from matplotlib.colors import Normalize

from upsample_op._arguments import INTERPOLATIONS
from upsample_op.benchmark import environment, suites, verdict
from upsample_op._case import Case

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from upsample_op.benchmark._types import Info, Row


def draw(
    info: Info, rows: Sequence[Row], over: str, speedup: Callable[[Row], float | None]
) -> Figure:
    """Returns a figure with cells of dtype and layout by interpolation, direction and size.

    Args:
        info: of `environment.describe`.
        rows: of `rows.measure`, one at least.
        over: what the speed-up is over, in words.
        speedup: function from a row to how many times as long that takes, or None.
    """
    cells: dict[tuple[str, tuple[str, str, str]], list[float]] = {}
    # By layout and dtype.
    for row in sorted(rows, key=lambda row: suites.kind(Case.parse(row["case"]))[1:]):
        case = Case.parse(row["case"])
        its_class = verdict.size_class(row, info["last_level_cache_bytes"])
        key = (f"{case.dtype} {case.layout}", (case.interpolation, row["direction"], its_class))
        if (value := speedup(row)) is not None:
            cells.setdefault(key, []).append(value)
    downs = list(dict.fromkeys(down for down, _ in cells))
    order = [INTERPOLATIONS, ("forward", "backward"), tuple(verdict.SIZE_CLASSES)]
    acrosses = sorted(
        {across for _, across in cells},
        key=lambda across: [names.index(part) for names, part in zip(order, across, strict=True)],
    )
    figure, axis = plt.subplots(
        figsize=(max(7.5, 0.95 * len(acrosses) + 3), 0.62 * len(downs) + 3.3), layout="constrained"
    )
    logs = [[math.nan] * len(acrosses) for _ in downs]
    for (down, across), values in cells.items():
        y, x = downs.index(down), acrosses.index(across)
        logs[y][x] = mean = statistics.fmean(map(math.log2, values))
        text = f"{_short(2**mean)}\n({_short(min(values))})"
        colour = "white" if abs(mean) > 2.2 else "black"
        axis.text(x, y, text, ha="center", va="center", fontsize=9, color=colour)
    image = axis.imshow(logs, cmap="RdBu", norm=Normalize(-3.3, 3.3), aspect="auto")
    axis.set_facecolor("#eeeeee")
    axis.set_yticks(range(len(downs)), downs)
    axis.set_xticks(range(len(acrosses)), ["\n".join(across) for across in acrosses], fontsize=8)
    bar = figure.colorbar(image, extend="both", label="times as fast (1: level)")
    bar.set_ticks(range(-3, 4), labels=["1/8", "1/4", "1/2", "1", "2", "4", "8"])
    figure.suptitle(
        f"Speed-up over {over}\nGeometric mean of a cell's rows, and (the least of them)\n"
        f"{environment.caption(info)}",
        fontsize=10,
    )
    return figure


def _short(number: float) -> str:
    return (
        f"{number:.0f}"
        if number >= 9.95
        else f"{number:.1f}"
        if number >= 0.95
        else f"{number:.2f}"
    )
