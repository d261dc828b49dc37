"""The pictures: heat maps of speed-ups, lines of times. Matplotlib is loaded where one is drawn."""

import math
import pathlib
import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from upsample_op._arguments import INTERPOLATIONS
from upsample_op._case import Case
from upsample_op.benchmark import cases, environment, verdict
from upsample_op.benchmark._types import Info, Row
from upsample_op.benchmark.table import binary

# Speed-ups by layout and dtype, and by interpolation, direction and class of sizes.
Cells: TypeAlias = dict[tuple[tuple[str, ...], tuple[str, ...]], list[float]]

# The peers whose calls are like the kernel's and the op's, on either back end.
_PEERS = {
    "kernel": ("torch", "torch channels_last", "opencv", "onnxruntime"),
    "op": ("stock op", "jax"),
}
_STOCK = "keras.layers.UpSampling2D"
# Over what, and the function of a row.
_SPEEDUPS: dict[str, tuple[str, Callable[[Row], float | None]]] = {
    "best-peer": (
        "the best of TensorFlow's raw op, PyTorch and the others",
        lambda row: min(verdict.speedups(row, _PEERS).values(), default=None),
    ),
    "stock": (
        f"{_STOCK}, in a tf.function",
        lambda row: verdict.ratio(row, "stock layer", "layer"),
    ),
    "stock-jit": (
        f"{_STOCK}, with jit_compile=True",
        lambda row: verdict.ratio(row, "stock layer jit", "layer jit"),
    ),
}
# Of a heat map's lines and columns.
_ORDER = (
    *(*cases.LAYOUTS, *cases.FLOATS, "float64", "uint8"),
    *(*INTERPOLATIONS, "forward", "backward", *verdict.SIZE_CLASSES),
)


def write(figures: dict[str, Any], prefix: str) -> list[pathlib.Path]:
    """Writes figures as PREFIX-NAME.png and .svg, and returns the paths."""
    import matplotlib.pyplot as plt

    pathlib.Path(prefix).parent.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, figure in figures.items():
        for suffix in ("png", "svg"):
            paths.append(pathlib.Path(f"{prefix}-{name}.{suffix}"))
            # Text stays text, and the same run gives the same file.
            with plt.rc_context({"svg.fonttype": "none", "svg.hashsalt": "upsample_op"}):
                metadata = {"Date": None} if suffix == "svg" else None
                figure.savefig(paths[-1], dpi=110, metadata=metadata)
        plt.close(figure)
    return paths


def speedup_maps(info: Info, rows: Sequence[Row]) -> dict[str, Any]:
    """Returns heat maps of how many times as fast ours is, by name."""
    figures = {}
    for name, (over, speedup) in _SPEEDUPS.items():
        cells: Cells = {}
        for row in rows:
            case = Case.parse(row["case"])
            its_class = verdict.size_class(row, info["last_level_cache_bytes"])
            key = (case.layout, case.dtype), (case.interpolation, row["direction"], its_class)
            if (value := speedup(row)) is not None:
                cells.setdefault(key, []).append(value)
        if cells:
            heading = f"Speed-up over {over}\nGeometric mean of a cell's rows, and (the least)"
            figures[f"speedup-{name}"] = _heat_map(cells, f"{heading}\n{environment.caption(info)}")
    return figures


def _place(names: Sequence[str]) -> list[int]:
    return [_ORDER.index(name) if name in _ORDER else len(_ORDER) for name in names]


def _heat_map(cells: Cells, title: str) -> Any:
    import matplotlib.pyplot as plt
    from matplotlib.colors import Normalize

    downs = sorted({down for down, _ in cells}, key=_place)
    acrosses = sorted({across for _, across in cells}, key=_place)
    size = (max(7.5, 0.68 * len(acrosses) + 2.2), 0.5 * len(downs) + 2.6)
    figure, axis = plt.subplots(figsize=size, layout="constrained")
    logs = [[math.nan] * len(acrosses) for _ in downs]
    for (down, across), values in cells.items():
        y, x = downs.index(down), acrosses.index(across)
        logs[y][x] = mean = statistics.fmean(map(math.log2, values))
        text = f"{_short(2**mean)}\n({_short(min(values))})"
        colour = "white" if abs(mean) > 2.2 else "black"
        axis.text(x, y, text, ha="center", va="center", fontsize=8, color=colour)
    image = axis.imshow(logs, cmap="RdBu", norm=Normalize(-3.3, 3.3), aspect="auto")
    axis.set_facecolor("#eeeeee")
    axis.set_yticks(range(len(downs)), [f"{dtype} {layout}" for layout, dtype in downs])
    axis.set_xticks(range(len(acrosses)), map("\n".join, acrosses), fontsize=7)
    bar = figure.colorbar(image, extend="both", label="times as fast (1: level)")
    bar.set_ticks(range(-3, 4), labels=["1/8", "1/4", "1/2", "1", "2", "4", "8"])
    figure.suptitle(title, fontsize=10)
    return figure


def _short(number: float) -> str:
    return f"{number:.{0 if number >= 9.95 else 1 if number >= 0.95 else 2}f}"


def lines(points: Mapping[tuple[str, str], Sequence[tuple[int, float]]], title: str) -> Any:
    """Returns a figure of bytes with nanoseconds, by kernel and number of threads."""
    import matplotlib.pyplot as plt

    figure, axis = plt.subplots(figsize=(10, 6), layout="constrained")
    kernels = list(dict.fromkeys(kernel for kernel, _ in points))
    for (kernel, threads), its in points.items():
        large, times = zip(*its, strict=True)
        colour, style = f"C{kernels.index(kernel)}", "o--" if threads == "1" else "s-"
        axis.loglog(large, times, style, color=colour, ms=4, label=f"{kernel}, threads: {threads}")
        axis.set_xticks(large[::-2], map(binary, large[::-2]))
    axis.minorticks_off()
    axis.set_xlabel("size of the large tensor")
    axis.set_ylabel("time per element of the large tensor, ns")
    axis.grid(alpha=0.25)
    axis.legend(fontsize=8)
    figure.suptitle(title, fontsize=10)
    return figure
