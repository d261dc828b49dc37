"""Writes the pictures of a run, as PNG and SVG."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import matplotlib

if TYPE_CHECKING:
    from upsample_op.benchmark._types import Info, Row

matplotlib.use("Agg")

import matplotlib.pyplot as plt

from upsample_op.benchmark import bars, heat_map, verdict


def write(info: Info, rows: Sequence[Row], prefix: str) -> list[pathlib.Path]:
    """Draws a run.

    Args:
        info: of `environment.describe`.
        rows: of `rows.measure`, one at least.
        prefix: of the files' names, folders included.

    Returns:
        the files: a bar chart for each class of sizes, and maps of the speed-up over the best peer
        and over stock's layer, without and with XLA.
    """
    pathlib.Path(prefix).parent.mkdir(parents=True, exist_ok=True)
    figures = {}
    for name in verdict.SIZE_CLASSES:
        its = [
            row for row in rows if verdict.size_class(row, info["last_level_cache_bytes"]) == name
        ]
        if its:
            figures[f"bars-{name.replace(' ', '-')}"] = bars.draw(info, its, name)
    for name, (over, speedup) in _SPEEDUPS.items():
        if any(speedup(row) is not None for row in rows):
            figures[f"speedup-{name}"] = heat_map.draw(info, rows, over, speedup)
    paths = []
    for name, figure in figures.items():
        for suffix in ("png", "svg"):
            path = pathlib.Path(f"{prefix}-{name}.{suffix}")
            # Text stays text, and the same run gives the same file.
            with plt.rc_context({"svg.fonttype": "none", "svg.hashsalt": "upsample_op"}):
                figure.savefig(path, dpi=110, metadata={"Date": None} if suffix == "svg" else None)
            paths.append(path)
        plt.close(figure)
    return paths


def _over_best_peer(row: Row) -> float | None:
    """The least of the kernel's and of the op's speed-ups."""
    return min(
        (ratio for (ours, _), ratio in verdict.speedups(row).items() if ours in ("kernel", "op")),
        default=None,
    )


def _over(ours: str, stock: str) -> Callable[[Row], float | None]:
    def speedup(row: Row) -> float | None:
        times = row["seconds"]
        return times[stock] / times[ours] if {ours, stock} <= set(times) else None

    return speedup


_SPEEDUPS = {
    "best-peer": ("the best of TensorFlow's raw op, PyTorch and the others", _over_best_peer),
    "stock": ("keras.layers.UpSampling2D, in a tf.function", _over("layer", "stock layer")),
    "stock-jit": (
        "keras.layers.UpSampling2D, with jit_compile=True",
        _over("layer jit", "stock layer jit"),
    ),
}
