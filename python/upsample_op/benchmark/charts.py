"""The pictures of kernels: bars by class of sizes, and heat maps. Matplotlib is loaded lazily."""

import math
import pathlib
import statistics
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from upsample_op._arguments import INTERPOLATIONS
from upsample_op._case import Case
from upsample_op.benchmark import cases, environment, verdict
from upsample_op.benchmark._types import Info, Row

Speedup: TypeAlias = Callable[[Row], float | None]

# The peers whose calls are like the kernel's and the op's, on either back end.
_PEERS = {
    "kernel": ("torch", "torch channels_last", "opencv", "onnxruntime"),
    "op": ("stock op", "jax"),
}
_STOCK = "keras.layers.UpSampling2D"
_SPEEDUPS: dict[str, tuple[str, Speedup]] = {
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


def kernel_figures(info: Info, rows: Sequence[Row]) -> dict[str, Any]:
    """Returns bar charts for each class of sizes, and maps of the speed-ups, by name."""
    from upsample_op.benchmark import bars

    figures = {}
    for name in verdict.SIZE_CLASSES:
        its = [r for r in rows if verdict.size_class(r, info["last_level_cache_bytes"]) == name]
        if its:
            figures[f"bars-{name.replace(' ', '-')}"] = bars.draw(info, its, name)
    for name, (over, speedup) in _SPEEDUPS.items():
        if cells := _cells(info, rows, speedup):
            heading = f"Speed-up over {over}\nGeometric mean of a cell's rows, and (the least)"
            figures[f"speedup-{name}"] = _heat_map(cells, f"{heading}\n{environment.caption(info)}")
    return figures


def _cells(info: Info, rows: Sequence[Row], speedup: Speedup) -> dict[tuple[str, str], list[float]]:
    """Speed-ups by dtype and layout, and by interpolation, direction and class of sizes."""
    cells: dict[tuple[str, str], list[float]] = {}
    # By layout and dtype.
    for row in sorted(rows, key=lambda row: cases.kind(Case.parse(row["case"]))[1:]):
        case = Case.parse(row["case"])
        its_class = verdict.size_class(row, info["last_level_cache_bytes"])
        across = "\n".join((case.interpolation, row["direction"], its_class))
        if (value := speedup(row)) is not None:
            cells.setdefault((f"{case.dtype} {case.layout}", across), []).append(value)
    return cells


def _heat_map(cells: dict[tuple[str, str], list[float]], title: str) -> Any:
    import matplotlib.pyplot as plt
    from matplotlib.colors import Normalize

    downs = list(dict.fromkeys(down for down, _ in cells))
    order = [*INTERPOLATIONS, "forward", "backward", *verdict.SIZE_CLASSES]
    acrosses = sorted(
        {across for _, across in cells},
        key=lambda across: [order.index(part) for part in across.split("\n")],
    )
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
    axis.set_yticks(range(len(downs)), downs)
    axis.set_xticks(range(len(acrosses)), acrosses, fontsize=7)
    bar = figure.colorbar(image, extend="both", label="times as fast (1: level)")
    bar.set_ticks(range(-3, 4), labels=["1/8", "1/4", "1/2", "1", "2", "4", "8"])
    figure.suptitle(title, fontsize=10)
    return figure


def _short(number: float) -> str:
    return f"{number:.{0 if number >= 9.95 else 1 if number >= 0.95 else 2}f}"
