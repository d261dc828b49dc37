"""Draws time per element against size, a panel for each kernel and a line for each thread count."""

from __future__ import annotations

import pathlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from upsample_op.benchmark._types import Info, Row

_SIZES = {"K": 2**10, "M": 2**20, "G": 2**30}
_STYLES = [("#0072b2", "o"), ("#d55e00", "s"), ("#009e73", "^"), ("#cc79a7", "D")]


def in_binary_units(count: int) -> str:
    """Returns bytes as text, such as "64 KiB"."""
    power = min(max(count.bit_length() - 1, 0) // 10, 3)
    return f"{count / 2 ** (10 * power):.0f} {('B', 'KiB', 'MiB', 'GiB')[power]}"


def caches(
    root: pathlib.Path = pathlib.Path("/sys/devices/system/cpu/cpu0/cache"),
) -> dict[str, int]:
    """Returns bytes of the data caches that a core reaches by name, such as L2; {} if unknown."""
    found = {}
    for index in sorted(root.glob("index*")):
        kind, level, size = ((index / name).read_text().strip() for name in _FILES)
        if kind != "Instruction":
            found[f"L{level}"] = int(size[:-1]) * _SIZES[size[-1]]
    return found


_FILES = ("type", "level", "size")


def plot(rows: Sequence[Row], threads: Sequence[int], prefix: pathlib.Path, info: Info) -> None:
    """Writes PREFIX.png and PREFIX.svg.

    Args:
        rows: of `upsample_op.benchmark.scale.measure`.
        threads: numbers of threads, of which each row has a time.
        prefix: path without its suffix.
        info: of `environment.describe`, for the title.
    """
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "upsample_op"  # the same picture is the same file
    from matplotlib import pyplot

    kernels = list(dict.fromkeys(row["kernel"] for row in rows))
    columns = min(2, len(kernels))
    lines = -(-len(kernels) // columns)
    figure, axes = pyplot.subplots(
        lines,
        columns,
        figsize=(5.2 * columns, 0.9 + 2.9 * lines),
        sharex=True,
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    for panel, kernel in zip(axes.flat, kernels, strict=False):
        _draw(panel, [row for row in rows if row["kernel"] == kernel], threads)
        panel.set_title(kernel, fontsize=11)
    for panel in axes.flat[len(kernels) :]:
        panel.set_visible(False)
    figure.supxlabel("size of the large tensor")
    figure.supylabel("time per element of the large tensor, ns")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=len(threads), frameon=False)
    figure.suptitle(
        f"Factor 2; {info['processor']}, {info['isa']}, {info['date']}",
        fontsize=10,
        x=0.01,
        ha="left",
    )
    prefix.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(f"{prefix}.png", dpi=150)
    figure.savefig(f"{prefix}.svg", metadata={"Date": None})
    pyplot.close(figure)


def _draw(panel: Axes, rows: Sequence[Row], threads: Sequence[int]) -> None:
    from matplotlib.ticker import FuncFormatter, NullLocator

    sizes = [row["large_bytes"] for row in rows]
    for count, (color, marker) in zip(threads, _STYLES, strict=False):
        times = [row["ns_per_element"][count] for row in rows]
        label = f"{count} thread" + ("s" if count > 1 else "")
        panel.loglog(sizes, times, color=color, marker=marker, markersize=4, label=label)
    for name, size in caches().items():
        panel.axvline(size, color="0.55", linestyle=":", linewidth=1)
        panel.annotate(
            f"{name}, {in_binary_units(size)}",
            (size, 0.97),
            rotation=90,
            fontsize=8,
            color="0.35",
            xycoords=("data", "axes fraction"),
            ha="right",
            va="top",
        )
    panel.set_xticks(sizes[::-2], [in_binary_units(size) for size in sizes[::-2]], fontsize=8)
    panel.xaxis.set_minor_locator(NullLocator())
    panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    panel.grid(alpha=0.25)
