"""Upsamples a relief with our layer and with the stock one, and compares values and times."""

import itertools
import pathlib
import sys

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from matplotlib.cbook import get_sample_data
from matplotlib.colors import LightSource
from rich.console import Console
from rich.progress import track
from rich.table import Table

import upsample_op
from upsample_op.benchmark.timing import timed

PICTURE = pathlib.Path("demo/upsample.png")
CASES = list(
    itertools.product(
        ("nearest", "bilinear"),
        (2, 3, 4),
        ("channels_last", "channels_first"),
        ("float32", "bfloat16"),
    )
)
# How far bilinear results may differ. Stock computes positions in float32, and each is off by up to
# the side's length times 2^-23. In bfloat16, results may also be rounded in different directions.
POSITION_ERROR = (344 + 403) * 2**-23
TOLERANCE = {"float32": POSITION_ERROR, "bfloat16": 2**-8 + POSITION_ERROR}


def load_relief() -> np.ndarray:
    """Returns mountains, coloured by height and lit from a side: float32 `[344, 403, 3]` in 0..1.

    The heights come with matplotlib.
    """
    with get_sample_data("jacksboro_fault_dem.npz") as data:
        heights = data["elevation"].astype(np.float64)
    light = LightSource(azdeg=315, altdeg=45)
    colours = light.shade(
        heights,
        cmap=matplotlib.colormaps["gist_earth"],
        vert_exag=0.02,
        blend_mode="soft",
        vmin=heights.min() - 100,
        vmax=heights.max() + 50,
    )
    return colours[..., :3].astype(np.float32)


def upsample(layer_class, relief, interpolation, size, data_format, dtype):
    """Returns the layer's result for a relief, and a call that computes it again.

    Args:
        layer_class: ours or the stock one.
        relief: `[H, W, C]`.
        interpolation: an argument of the layer, like size, data_format and dtype.
        size: see interpolation.
        data_format: see interpolation.
        dtype: see interpolation.

    Returns:
        array `[H * size, W * size, C]`, float64; and a function without arguments.
    """
    images = relief[None] if data_format == "channels_last" else relief.transpose(2, 0, 1)[None]
    images = tf.constant(images, dtype)
    layer = tf.function(layer_class(size, data_format, interpolation, dtype=dtype))
    result = np.asarray(layer(images), np.float64)[0]
    if data_format == "channels_first":
        result = result.transpose(1, 2, 0)
    return result, lambda: layer(images)


def compare(relief, console) -> bool:
    """Prints a table of all cases, and returns whether all results agree."""
    table = Table(title=f"relief {relief.shape}: ours beside tf.keras.layers.UpSampling2D")
    for heading in ("", "", "layout", "dtype"):
        table.add_column(heading, no_wrap=True)
    for heading in ("differ by", "ours ms", "stock ms", "x stock"):
        table.add_column(heading, justify="right", no_wrap=True)
    all_agree = True
    for case in track(CASES, "upsampling", console=console, transient=True):
        interpolation, size, data_format, dtype = case
        ours, run_ours = upsample(upsample_op.UpSampling2D, relief, *case)
        stock, run_stock = upsample(tf.keras.layers.UpSampling2D, relief, *case)
        difference = np.max(np.abs(ours - stock))
        agrees = difference <= (0 if interpolation == "nearest" else TOLERANCE[dtype])
        all_agree &= bool(agrees)
        times = timed({"ours": run_ours, "stock": run_stock}, seconds=0.2)
        seconds = {name: its.median for name, its in times.items()}
        table.add_row(
            *(interpolation, f"x{size}", data_format.removeprefix("channels_"), dtype),
            f"{difference:.1e}" + ("" if agrees else " TOO LARGE"),
            *(f"{seconds[name] * 1e3:.2f}" for name in ("ours", "stock")),
            f"{seconds['stock'] / seconds['ours']:.1f}",
        )
    console.print(table)
    return all_agree


def draw(relief):
    """Writes a crop, our result, stock's and their amplified difference to PICTURE."""
    crop = relief[196:228, 172:220]
    rows = [
        ("nearest", 2, "float32", 1e6),
        ("bilinear", 3, "float32", 1e6),
        ("bilinear", 4, "float32", 1e6),
        ("bilinear", 3, "bfloat16", 1e2),
    ]
    figure, grid = plt.subplots(len(rows), 4, figsize=(15, 11), layout="constrained")
    for axes, (interpolation, size, dtype, amplification) in zip(grid, rows, strict=True):
        arguments = (crop, interpolation, size, "channels_last", dtype)
        ours, _ = upsample(upsample_op.UpSampling2D, *arguments)
        stock, _ = upsample(tf.keras.layers.UpSampling2D, *arguments)
        difference = np.abs(ours - stock)
        name = f"{interpolation} x{size} {dtype}"
        pictures = {
            f"relief, {crop.shape[1]} x {crop.shape[0]}": crop,
            f"ours, {name}, {ours.shape[1]} x {ours.shape[0]}": ours,
            f"stock, {name}": stock,
            f"|ours - stock| times {amplification:g}, largest {difference.max():.1e}": (
                difference * amplification
            ),
        }
        for axis, (title, picture) in zip(axes, pictures.items(), strict=True):
            axis.imshow(np.clip(picture, 0, 1), interpolation="nearest")
            axis.set_title(title, fontsize=9)
            axis.set_axis_off()
    PICTURE.parent.mkdir(exist_ok=True)
    figure.savefig(PICTURE, dpi=90)


def main():
    """Compares, draws, and fails if the results differ."""
    console, relief = Console(), load_relief()
    all_agree = compare(relief, console)
    draw(relief)
    console.print(f"Wrote {PICTURE}.")
    if not all_agree:
        sys.exit("Ours and stock differ by more than rounding.")


if __name__ == "__main__":
    main()
