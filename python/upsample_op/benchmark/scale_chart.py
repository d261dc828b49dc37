"""Time per element against size: a panel for each kernel, and a line for each number of threads."""

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.ticker import FuncFormatter, NullLocator

from upsample_op.benchmark.table import binary

_SIZES = {"K": 2**10, "M": 2**20, "G": 2**30}
_STYLES = {"1": ("#0072b2", "o"), "2": ("#d55e00", "s"), "4": ("#009e73", "^")}


def draw(lines: Mapping[tuple[str, str], Sequence[tuple[int, float]]], title: str) -> Any:
    """Returns a figure of bytes with nanoseconds, by kernel and number of threads."""
    kernels = list(dict.fromkeys(kernel for kernel, _ in lines)) or [""]
    height = -(-len(kernels) // 2)
    size = (9, 0.9 + 2.6 * height)
    options: Any = {"sharex": True, "sharey": True, "squeeze": False, "layout": "constrained"}
    figure, axes = plt.subplots(height, 2, figsize=size, **options)
    for (kernel, threads), points in lines.items():
        panel, (color, marker) = axes.flat[kernels.index(kernel)], _STYLES.get(threads, ("0", "D"))
        large, times = zip(*points, strict=True)
        label = f"{threads} thread" + "s" * (threads != "1")
        panel.loglog(large, times, color=color, marker=marker, markersize=4, label=label)
        panel.set_xticks(large[::-2], [binary(its) for its in large[::-2]], fontsize=8)
    for panel in axes.flat[len(kernels) :]:
        panel.set_visible(False)
    for panel, kernel in zip(axes.flat, kernels, strict=False):
        _mark(panel, kernel)
    figure.supxlabel("size of the large tensor")
    figure.supylabel("time per element of the large tensor, ns")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=4, frameon=False)
    figure.suptitle(title, fontsize=10, x=0.01, ha="left")
    return figure


def _mark(panel: Any, kernel: str) -> None:
    """Adds the caches and the axes' marks to a panel."""
    for name, size in caches().items():
        panel.axvline(size, color="0.55", linestyle=":", linewidth=1)
        place: Any = {"xycoords": ("data", "axes fraction"), "ha": "right", "va": "top"}
        text = f"{name}, {binary(size)}"
        panel.annotate(text, (size, 0.97), rotation=90, fontsize=8, color="0.35", **place)
    panel.set_title(kernel, fontsize=10)
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
