"""Writes the pictures of a run, as PNG and SVG."""

import pathlib

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt

from upsample_op.benchmark import bars, heat_map, verdict


def write(info, rows, prefix) -> list[pathlib.Path]:
    """Draws a run.

    Args:
        info: of `environment.describe`.
        rows: of `rows.measure`, one at least.
        prefix: of the files' names, folders included.

    Returns:
        the files: a bar chart for each class of sizes, and maps of the speed-up over the best peer
        and over stock's layer.
    """
    pathlib.Path(prefix).parent.mkdir(parents=True, exist_ok=True)
    figures = {}
    for name in verdict.SIZE_CLASSES:
        its = [
            row for row in rows if verdict.size_class(row, info["last_level_cache_bytes"]) == name
        ]
        if its:
            figures[f"bars-{name.replace(' ', '-')}"] = bars.draw(info, its, name)
    figures["speedup-best-peer"] = heat_map.draw(info, rows, "the best peer", _over_best_peer)
    figures["speedup-stock"] = heat_map.draw(info, rows, "keras.layers.UpSampling2D", _over_stock)
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


def _over_best_peer(row):
    return min(verdict.speedups(row).values(), default=None)


def _over_stock(row):
    times = row["seconds"]
    if not {"layer", "stock layer"} <= set(times):
        return None
    return times["stock layer"] / times["layer"]
