"""The bar chart: rates of useful bytes under the roof that a copy is."""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from upsample_op._case import Case
from upsample_op.benchmark import cases, environment, verdict
from upsample_op.benchmark._types import Info, Row

_PEERS = {
    "torch": ("o", "#d95f02"),
    "torch channels_last": ("D", "#e6ab02"),
    "opencv": ("s", "#7570b3"),
    "onnxruntime": ("^", "#1b9e77"),
}
_COLOURS = {"nearest": "#9ecae1", "bilinear": "#3182bd"}
_ROOF = "#333333"
_BARS_IN_A_COLUMN = 16


def draw(info: Info, rows: Sequence[Row], name: str) -> Any:
    """Returns a figure of one class of sizes, with a panel for each dtype and direction."""
    panels: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: cases.kind(Case.parse(row["case"]))):
        panels.setdefault(f"{Case.parse(row['case']).dtype}, {row['direction']}", []).append(row)
    # Two columns of few bars, or one of many: either can be read in a page's width.
    columns = 2 if max(map(len, panels.values())) <= _BARS_IN_A_COLUMN and len(panels) > 1 else 1
    lines = -(-len(panels) // columns)
    size = (9, 2.6 * lines + 1.2)
    options: Any = {"squeeze": False, "sharey": True, "layout": "constrained"}
    figure, axes = plt.subplots(lines, columns, figsize=size, **options)
    for axis in axes.flat[len(panels) :]:
        axis.axis("off")
    for axis, (title, its) in zip(axes.flat, panels.items(), strict=False):
        _panel(axis, its)
        axis.set_title(title, fontsize=10)
    for axis in axes[:, 0]:
        axis.set_ylabel("useful bytes, GB/s")
    what = f"Kernels alone, {verdict.SIZE_CLASSES[name]}"
    figure.suptitle(f"{what}\n{environment.caption(info)}", fontsize=11)
    handles: list[Any] = [Patch(color=its, label=f"ours, {name}") for name, its in _COLOURS.items()]
    handles.append(Line2D([], [], color=_ROOF, lw=1.5, label="fastest copy of as many bytes"))
    for peer, (mark, colour) in _PEERS.items():
        if any(peer in row["seconds"] for row in rows):
            handles.append(Line2D([], [], marker=mark, color=colour, ls="", label=peer))
    figure.legend(handles=handles, loc="outside lower center", ncols=3, fontsize=9, frameon=False)
    return figure


def _panel(axis: Any, rows: Sequence[Row]) -> None:
    labels = []
    for place, row in enumerate(rows):
        case = Case.parse(row["case"])
        rates = {name: row["useful_bytes"] / its / 1e9 for name, its in row["seconds"].items()}
        axis.bar(place, rates["kernel"], 0.8, color=_COLOURS[case.interpolation])
        roof = rates[verdict.best_copy(row)]
        axis.hlines(roof, place - 0.5, place + 0.5, color=_ROOF, lw=1.5)
        for peer, (mark, colour) in _PEERS.items():
            if peer in rates and not verdict.is_wrong(row, peer):
                axis.plot(place, rates[peer], mark, color=colour, ms=4.5, mec="white", mew=0.5)
        size = "·".join(map(str, dict.fromkeys(case.size)))
        labels.append(f"{case.layout}, C {cases.channels(case)}, x{size}")
    axis.set_xticks(range(len(rows)), labels, rotation=90, fontsize=7.5)
    axis.set_xlim(-1, max(len(rows), 6))
    axis.set_ylim(0)
    axis.grid(axis="y", color="#dddddd", lw=0.6)
    axis.set_axisbelow(True)
    axis.spines[["top", "right"]].set_visible(False)
