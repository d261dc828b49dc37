"""Time per element against size: a panel for each kernel, and a line for each number of threads."""

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import matplotlib.pyplot as plt
from matplotlib.ticker import FuncFormatter, NullLocator

from upsample_op.benchmark.table import binary

# By number of threads: sizes in bytes, with nanoseconds per element.
Lines: TypeAlias = Mapping[str, Sequence[tuple[int, float]]]

_SIZES = {"K": 2**10, "M": 2**20, "G": 2**30}
_STYLES = [("#0072b2", "o"), ("#d55e00", "s"), ("#009e73", "^"), ("#cc79a7", "D")]


def draw(kernels: Mapping[str, Lines], title: str) -> Any:
    """Returns a figure of lines by kernel."""
    height = -(-len(kernels) // 2)
    size = (9, 0.9 + 2.6 * height)
    options: Any = {"sharex": True, "sharey": True, "squeeze": False, "layout": "constrained"}
    figure, axes = plt.subplots(height, 2, figsize=size, **options)
    for panel in axes.flat[len(kernels) :]:
        panel.set_visible(False)
    for panel, (kernel, lines) in zip(axes.flat, kernels.items(), strict=False):
        _draw(panel, lines)
        panel.set_title(kernel, fontsize=10)
    figure.supxlabel("size of the large tensor")
    figure.supylabel("time per element of the large tensor, ns")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=len(labels), frameon=False)
    figure.suptitle(title, fontsize=10, x=0.01, ha="left")
    return figure


def _draw(panel: Any, lines: Lines) -> None:
    for (count, points), (color, marker) in zip(lines.items(), _STYLES, strict=False):
        label = f"{count} thread" + "s" * (count != "1")
        sizes, times = zip(*points, strict=True)
        panel.loglog(sizes, times, color=color, marker=marker, markersize=4, label=label)
    for name, size in caches().items():
        panel.axvline(size, color="0.55", linestyle=":", linewidth=1)
        place: Any = {"xycoords": ("data", "axes fraction"), "ha": "right", "va": "top"}
        text = f"{name}, {binary(size)}"
        panel.annotate(text, (size, 0.97), rotation=90, fontsize=8, color="0.35", **place)
    panel.set_xticks(sizes[::-2], [binary(size) for size in sizes[::-2]], fontsize=8)
    panel.xaxis.set_minor_locator(NullLocator())
    panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    panel.grid(alpha=0.25)


def caches(
    root: pathlib.Path = pathlib.Path("/sys/devices/system/cpu/cpu0/cache"),
) -> dict[str, int]:
    """Returns bytes of the data caches that a core reaches by name, such as L2; {} if unknown."""
    found = {}
    for index in sorted(root.glob("index*")):
        kind, level, size = ((index / its).read_text().strip() for its in ("type", "level", "size"))
        if kind != "Instruction":
            found[f"L{level}"] = int(size[:-1]) * _SIZES[size[-1]]
    return found
