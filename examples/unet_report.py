"""Writes and reads the losses of a run of train_unet.py, and draws its pictures."""

import csv

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from matplotlib.colors import ListedColormap
from rich.table import Table
from shapes import CLASSES

_COLORS = ListedColormap(["#f0f0f0", "#1f77b4", "#ff7f0e"])
_LINES = {"stock": {"linewidth": 4, "color": "silver"}, "ours": {"linewidth": 1, "color": "black"}}


class Log:
    """Logs the losses and seconds of all steps, in a table and for TensorBoard, by the chief alone.

    Args:
        folder: the folder to write to, or None for the other workers.
        names: the trainees' names.
        first_step: how many steps of an earlier run are kept.
    """

    _SCALAR = tf.compat.v1.SummaryMetadata(
        data_class="DATA_CLASS_SCALAR",
        plugin_data=tf.compat.v1.SummaryMetadata.PluginData(plugin_name="scalars"),
    )

    def __init__(self, folder, names, first_step):
        self._file = self._board = None
        if folder is None:
            return
        path, rows = folder / "losses.csv", []
        if path.exists() and first_step:
            rows = list(csv.reader(path.open()))[1 : first_step + 1]
        self._file = path.open("w", buffering=1)
        self._writer = csv.writer(self._file, lineterminator="\n")
        self._writer.writerow(["step", *(f"{n} {what}" for n in names for what in ("loss", "s"))])
        self._writer.writerows(rows)
        self._board = tf.summary.create_file_writer(str(folder / "tensorboard"))

    def add(self, step, results):
        """Appends a step's results, a dict from names to losses and seconds."""
        if self._file is None:
            return
        self._writer.writerow(
            [step, *(f"{value:.17g}" for pair in results.values() for value in pair)]
        )
        # tf.summary.scalar asks for TensorBoard's package, which is needed only to look at the log.
        with self._board.as_default():
            for name, (loss, _) in results.items():
                tf.summary.write(f"loss/{name}", loss, step, metadata=self._SCALAR)

    def flush(self):
        """Writes all that was added to files, so that it outlives the process."""
        if self._board is not None:
            self._board.flush()


def read_losses(folder, names):
    """Returns two dicts from the names of the trainees to an array with a number for each step.

    Args:
        folder: a `Log`'s folder.
        names: the trainees' names.

    Returns:
        the losses, and the seconds that the steps took.
    """
    with (folder / "losses.csv").open() as file:
        rows = list(csv.DictReader(file))
    return tuple(
        {name: np.array([float(row[f"{name} {what}"]) for row in rows]) for name in names}
        for what in ("loss", "s")
    )


def overlap(found, masks) -> float:
    """Returns the mean, over the classes, of intersection over union of two arrays of classes."""
    ratios = []
    for number in range(len(CLASSES)):
        here, there = found == number, masks == number
        ratios.append(np.sum(here & there) / max(1, np.sum(here | there)))
    return float(np.mean(ratios))


def print_results(console, losses, seconds, found, masks):
    """Prints a row for each trainee: losses, overlap on held-out pictures, time of a step."""
    table = Table()
    for heading in ("", "first loss", "last loss", "overlap", "ms a step"):
        table.add_column(heading, justify="right")
    for name, values in losses.items():
        table.add_row(
            name,
            f"{values[0]:.4f}",
            f"{values[-1]:.4f}",
            f"{overlap(found[name], masks):.3f}",
            f"{np.median(seconds[name]) * 1e3:.1f}",
        )
    console.print(table)


def draw_losses(folder, losses):
    """Writes the curves of the losses, and of their difference if there are two."""
    count = len(losses)
    figure, axes = plt.subplots(
        count,
        figsize=(7, 4 + 2 * (count - 1)),
        layout="constrained",
        sharex=True,
        squeeze=False,
        height_ratios=[2, 1][:count],
    )
    for name, values in losses.items():
        axes[0, 0].plot(values, label=name, **_LINES[name])
    axes[0, 0].set(ylabel="cross-entropy", yscale="log", title="loss of each step")
    axes[0, 0].legend()
    if count == 2:
        stock, ours = losses["stock"], losses["ours"]
        axes[1, 0].plot(np.abs(ours - stock) / stock, linewidth=1, color="black")
        axes[1, 0].set(ylabel="|ours - stock| / stock", yscale="log")
    axes[-1, 0].set(xlabel="step")
    figure.savefig(folder / "losses.png", dpi=90)
    plt.close(figure)


def draw_predictions(folder, images, masks, found, count=6):
    """Writes some pictures with what is to be found in them, and what was found."""
    rows = {"picture": images, "to be found": masks, **found}
    figure, grid = plt.subplots(
        len(rows), count, figsize=(1.7 * count, 1.75 * len(rows)), layout="constrained"
    )
    for axes, (title, row) in zip(grid, rows.items(), strict=True):
        axes[0].set_ylabel(title)
        for axis, picture in zip(axes, row, strict=False):
            is_mask = picture.ndim == 2
            style = {"cmap": _COLORS, "vmin": 0, "vmax": len(CLASSES) - 1} if is_mask else {}
            axis.imshow(picture if is_mask else np.clip(picture, 0, 1), **style)
            axis.set(xticks=[], yticks=[])
    figure.savefig(folder / "predictions.png", dpi=90)
    plt.close(figure)
