"""Trains a small convolutional autoencoder twice: with our layer and with the stock one."""

import pathlib
import sys

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from relief import load_relief
from rich.console import Console
from rich.progress import track
from rich.table import Table

import upsample_op

PICTURE = pathlib.Path("demo/autoencoder.png")
STEPS, BATCH, SIDE = 300, 32, 32
LAYERS = {"ours": upsample_op.UpSampling2D, "stock": tf.keras.layers.UpSampling2D}
# The two models sum their gradients in different orders, and training amplifies the rounding.
RELATIVE_TOLERANCE = 0.02


def make_model(upsampling):
    """Returns an autoencoder of images `[SIDE, SIDE, 3]`, always from the same seed.

    Args:
        upsampling: the class of its upsampling layers.
    """
    tf.keras.utils.set_random_seed(1)
    conv = tf.keras.layers.Conv2D
    model = tf.keras.Sequential(
        [
            tf.keras.Input((SIDE, SIDE, 3)),
            conv(16, 3, strides=2, padding="same", activation="relu"),
            conv(8, 3, strides=2, padding="same", activation="relu"),
            upsampling(2, interpolation="bilinear"),
            conv(16, 3, padding="same", activation="relu"),
            upsampling(2, interpolation="nearest"),
            conv(3, 3, padding="same"),
        ]
    )
    model.compile(tf.keras.optimizers.Adam(1e-3), "mse")
    return model


def random_patches(relief, rng):
    """Returns BATCH crops of the relief, `[BATCH, SIDE, SIDE, 3]`."""
    corners = rng.integers(0, np.subtract(relief.shape[:2], SIDE) + 1, (BATCH, 2))
    return np.stack([relief[y : y + SIDE, x : x + SIDE] for y, x in corners])


def train(relief, console) -> dict[str, list[float]]:
    """Trains both models on the same batches, and returns their losses, one for each step."""
    models = {name: make_model(layer) for name, layer in LAYERS.items()}
    losses = {name: [] for name in LAYERS}
    rng = np.random.default_rng(1)
    for _ in track(range(STEPS), "training both models", console=console, transient=True):
        patches = random_patches(relief, rng)
        for name, model in models.items():
            # Keras returns the mean loss since its metrics were last reset.
            model.reset_metrics()
            losses[name].append(float(model.train_on_batch(patches, patches)))
    return losses


def main():
    """Trains, shows both curves, and fails if they differ."""
    console = Console()
    losses = train(load_relief(), console)
    console.print(f"Autoencoder of {SIDE} x {SIDE} patches, {BATCH} a step: mean squared error.")
    table = Table()
    for heading in ("step", "ours", "stock"):
        table.add_column(heading, justify="right")
    for step in range(0, STEPS, STEPS // 6):
        table.add_row(str(step + 1), *(f"{losses[name][step]:.5f}" for name in LAYERS))
    table.add_row(str(STEPS), *(f"{losses[name][-1]:.5f}" for name in LAYERS))
    console.print(table)

    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    axes.plot(losses["stock"], label="stock", linewidth=4, color="silver")
    axes.plot(losses["ours"], label="ours", linewidth=1, color="black")
    axes.set(xlabel="step", ylabel="mean squared error", yscale="log", title="autoencoder")
    axes.legend()
    PICTURE.parent.mkdir(exist_ok=True)
    figure.savefig(PICTURE, dpi=90)

    ours, stock = (np.asarray(losses[name]) for name in LAYERS)
    difference = np.max(np.abs(ours - stock) / stock)
    console.print(f"Largest relative difference of the curves: {difference:.1e}. Wrote {PICTURE}.")
    if difference > RELATIVE_TOLERANCE or ours[-1] > ours[0] / 4:
        sys.exit("The curves differ, or the loss did not fall.")


if __name__ == "__main__":
    main()
