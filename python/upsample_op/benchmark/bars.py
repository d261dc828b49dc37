"""The bar chart: rates of useful bytes under the roof that a copy is."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from upsample_op._arguments import INTERPOLATIONS
from upsample_op.benchmark import environment, suites, verdict
from upsample_op._case import Case

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from upsample_op.benchmark._types import Info, Row

_PEER_MARKS = {
    "torch": ("o", "#d95f02"),
    "opencv": ("s", "#7570b3"),
    "onnxruntime": ("^", "#1b9e77"),
}
_DIRECTIONS = ("forward", "backward")
_BARS_IN_A_COLUMN = 16
_COLOURS = {"nearest": "#9ecae1", "bilinear": "#3182bd"}


def draw(info: Info, rows: Sequence[Row], name: str) -> Figure:
    """Returns a figure with a panel for each dtype and direction.

    Args:
        info: of `environment.describe`.
        rows: of one class of sizes, one at least.
        name: of the class.
    """
    by_dtype = sorted(rows, key=lambda row: _kind(row)[2])
    dtypes = dict.fromkeys(Case.parse(row["case"]).dtype for row in by_dtype)
    panels = {}
    for title in (f"{dtype}, {direction}" for dtype in dtypes for direction in _DIRECTIONS):
        if its := [row for row in rows if _title(row) == title]:
            panels[title] = its
    # Two columns of few bars, or one of many: either can be read in a page's width.
    widest = max(map(len, panels.values()))
    columns = 2 if widest <= _BARS_IN_A_COLUMN and len(panels) > 1 else 1
    lines = -(-len(panels) // columns)
    figure, axes = plt.subplots(
        lines,
        columns,
        figsize=(11, 2.6 * lines + 1.2),
        squeeze=False,
        sharey=True,
        layout="constrained",
    )
    for axis in axes.flat[len(panels) :]:
        axis.axis("off")
    for axis, (title, its) in zip(axes.flat, panels.items(), strict=False):
        _panel(axis, its, max(widest, 6))
        axis.set_title(title, fontsize=10)
    for line in axes:
        line[0].set_ylabel("useful bytes, GB/s")
    figure.suptitle(
        f"Kernels alone, {verdict.SIZE_CLASSES[name]}\n{environment.caption(info)}",
        fontsize=11,
    )
    figure.legend(
        handles=_legend(rows), loc="outside lower center", ncols=6, fontsize=9, frameon=False
    )
    return figure


def _title(row: Row) -> str:
    return f"{Case.parse(row['case']).dtype}, {row['direction']}"


def _panel(axis: Axes, rows: Sequence[Row], width: int) -> None:
    rows = sorted(rows, key=_kind)
    labels = [_label(row, rows) for row in rows]
    rates, roofs = [], []
    for row in rows:
        rates.append(row["useful_bytes"] / row["seconds"]["kernel"] / 1e9)
        roofs.append(row["useful_bytes"] / row["seconds"][verdict.best_copy(row)] / 1e9)
    # A gap between groups of one interpolation and layout.
    places: list[float] = []
    groups: list[tuple[int, int]] = []
    for row in rows:
        group = _kind(row)[:2]
        if groups and groups[-1] != group:
            places.append(places[-1] + 1.8)
        else:
            places.append(places[-1] + 1 if places else 0)
        groups.append(group)
    axis.bar(places, rates, 0.8, color=[_COLOURS[INTERPOLATIONS[group[0]]] for group in groups])
    axis.hlines(
        roofs, [p - 0.5 for p in places], [p + 0.5 for p in places], colors="#333333", lw=1.5
    )
    for peer, (mark, colour) in _PEER_MARKS.items():
        found = [
            (place, row["useful_bytes"] / row["seconds"][peer] / 1e9)
            for place, row in zip(places, rows, strict=True)
            if peer in row["seconds"] and not verdict.is_wrong(row, peer)
        ]
        if found:
            axis.plot(*zip(*found, strict=True), mark, color=colour, ms=4.5, mec="white", mew=0.5)
    axis.set_xticks(places, labels, rotation=90, fontsize=7.5)
    axis.set_xlim(-1, max(places[-1] + 1, width))
    axis.grid(axis="y", color="#dddddd", lw=0.6)
    axis.set_axisbelow(True)
    axis.spines[["top", "right"]].set_visible(False)
    _name_groups(axis, groups, places)


def _name_groups(axis: Axes, groups: Sequence[tuple[int, int]], places: Sequence[float]) -> None:
    for group in dict.fromkeys(groups):
        its = [place for place, other in zip(places, groups, strict=True) if other == group]
        axis.annotate(
            f"{INTERPOLATIONS[group[0]]}\n{suites.LAYOUTS[group[1]]}",
            (statistics.mean((its[0], its[-1])), 1),
            xycoords=("data", "axes fraction"),
            ha="center",
            va="top",
            fontsize=8,
            bbox={"color": "white", "pad": 1},
            annotation_clip=False,
        )
    axis.margins(y=0)
    axis.set_ylim(0, 1.28 * max(axis.get_ylim()[1] / 1.28, axis.dataLim.y1))


def _kind(row: Row) -> tuple[Any, ...]:
    return suites.kind(Case.parse(row["case"]))


def _label(row: Row, rows: Sequence[Row]) -> str:
    """The channels and factors where they tell rows apart, else the shape."""
    case = Case.parse(row["case"])
    kinds = [_kind(other)[:5] for other in rows]
    factor = f"x{case.size[0]}" if case.size[0] == case.size[1] else "x{}·{}".format(*case.size)
    if len(kinds) == len(set(kinds)):
        return f"C {suites.channels(case)}, {factor}"
    return f"{'·'.join(map(str, case.shape))} {factor}"


def _legend(rows: Sequence[Row]) -> list[Artist]:
    handles: list[Artist] = [
        Patch(color=colour, label=f"ours, {name}") for name, colour in _COLOURS.items()
    ]
    handles.append(Line2D([], [], color="#333333", lw=1.5, label="fastest copy of as many bytes"))
    for peer, (mark, colour) in _PEER_MARKS.items():
        if any(peer in row["seconds"] for row in rows):
            handles.append(Line2D([], [], marker=mark, color=colour, ls="", label=peer))
    return handles
