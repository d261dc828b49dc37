"""Draws the pictures of docs/interpolation.md with this package's kernels: `make pictures`.

    python docs/pictures/draw.py [folder]

What is drawn of align_corners and of TensorFlow's older grid has a formula here; all else is the
result of a kernel or of a layer.
"""

import pathlib
import sys
from fractions import Fraction

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from matplotlib.patches import Rectangle

import upsample_op
from upsample_op import kernels

IN_COLOUR, OUT_COLOUR, WRONG_COLOUR = "#2b6cb0", "#c05621", "#9b2c2c"
SETTINGS = {
    "figure.constrained_layout.use": True,
    "font.size": 11,
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "upsample_op",  # and the same numbers give the same file
}


def upsample(pixels, size, interpolation="bilinear"):
    """Returns float64 [H, W] upsampled by the kernel; size is (height, width)."""
    x = np.asarray(pixels, np.float64)[None, :, :, None]
    return kernels.upsample2d(x, size, interpolation)[0, :, :, 0]


def upsample_row(pixels, factor, interpolation="bilinear"):
    """Returns float64 [W] upsampled by the kernel."""
    return upsample([pixels], (1, factor), interpolation)[0]


def centres(length, factor):
    """Returns where the centres of a row's outputs lie, in input pixels from the left edge."""
    return (np.arange(length * factor) + 0.5) / factor


def fraction(number):
    """Returns a weight as it is written by hand."""
    return str(Fraction(float(number)).limit_denominator(16))


def draw_grids():
    """Pixel grids of three factors; the weights are the kernel's response to single pixels."""
    length, factors = 4, (2, 3, 4)
    figure, axes = plt.subplots(len(factors), 1, figsize=(9, 6.3))
    for axis, factor in zip(axes, factors, strict=True):
        weights = np.stack([upsample_row(unit, factor) for unit in np.eye(length)])
        for i in range(length):
            axis.add_patch(Rectangle((i, 1), 1, 0.8, facecolor="#ebf4ff", edgecolor=IN_COLOUR))
            axis.text(i + 0.1, 1.6, f"in {i}", color=IN_COLOUR, va="center", fontsize=9)
        axis.plot(np.arange(length) + 0.5, [1.4] * length, "o", color=IN_COLOUR, ms=8)
        for o, x in enumerate(centres(length, factor)):
            box = (o / factor, 0), 1 / factor, 0.8
            axis.add_patch(Rectangle(*box, facecolor="#fffaf0", edgecolor=OUT_COLOUR))
            axis.plot([x, x], [0.65, 1.4], ":", color=OUT_COLOUR, lw=1)
            taps = [f"{fraction(w)}·in {i}" for i, w in enumerate(weights[:, o]) if w]
            axis.text(x, 0.3, "\n".join(taps), ha="center", va="center", fontsize=8)
        axis.plot(centres(length, factor), [0.65] * (length * factor), "o", color=OUT_COLOUR, ms=5)
        axis.set(xlim=(-0.02, length + 0.02), ylim=(-0.05, 1.85))
        axis.set_title(f"by {factor}", loc="left")
        axis.set_axis_off()
    return figure


def draw_rows():
    """A row of pixels and what both interpolations make of it."""
    pixels, factors = [1, 4, 2, 2, 5], (2, 3, 4)
    figure, axes = plt.subplots(1, len(factors), figsize=(9, 3.1), sharey=True)
    for axis, factor in zip(axes, factors, strict=True):
        x = centres(len(pixels), factor)
        edges = np.arange(len(pixels) * factor + 1) / factor
        nearest, bilinear = (
            upsample_row(pixels, factor, interpolation) for interpolation in ("nearest", "bilinear")
        )
        axis.stairs(nearest, edges, color="#718096", lw=1.2, label="nearest")
        axis.plot(x, bilinear, "o-", color=OUT_COLOUR, ms=4, lw=1.2, label="bilinear")
        own = np.arange(len(pixels)) + 0.5, pixels
        axis.plot(*own, "o", color=IN_COLOUR, ms=9, mfc="none", label="input pixels")
        axis.set(title=f"by {factor}", xticks=range(len(pixels) + 1), ylim=(0, 5.6))
    axes[0].legend(loc="lower right", fontsize=9)
    return figure


def resample(pixels, positions):
    """Returns [H, W] linearly interpolated at positions of rows and columns; edges are clamped."""
    taps = np.arange(len(pixels))
    weights = np.stack([np.interp(positions, taps, unit) for unit in np.eye(len(pixels))], axis=1)
    return weights @ pixels @ weights.T


def draw_corners():
    """The same four pixels on three grids."""
    pixels, factor = np.array([[0.0, 4.0], [8.0, 12.0]]), 2
    outputs = np.arange(factor * len(pixels))
    grids = {
        "the input": pixels,
        "half-pixel centres\n(this package, Keras)": upsample(pixels, (factor, factor)),
        "align_corners=True": resample(pixels, outputs / (len(outputs) - 1)),
        "neither (tf.compat.v1's\ndefault): shifted": resample(pixels, outputs / factor),
    }
    figure, axes = plt.subplots(1, len(grids), figsize=(9, 2.9))
    for axis, (title, cells) in zip(axes, grids.items(), strict=True):
        show_cells(axis, cells, vmax=12)
        axis.set_title(title, fontsize=10)
    return figure


def draw_pixel():
    """What one pixel gives to the outputs, which is also what its gradient gathers with."""
    figure, axes = plt.subplots(1, 4, figsize=(9, 2.9))
    shown = [
        ("nearest by 3,\ninner pixel", "nearest", 3, (1, 1), 1),
        ("bilinear by 2,\ninner pixel, in 16ths", "bilinear", 2, (1, 1), 16),
        ("bilinear by 3,\ninner pixel, in 9ths", "bilinear", 3, (1, 1), 9),
        ("bilinear by 3,\ncorner pixel, in 9ths", "bilinear", 3, (0, 0), 9),
    ]
    for axis, (title, interpolation, factor, place, parts) in zip(axes, shown, strict=True):
        pixels = np.zeros((3, 3))
        pixels[place] = 1
        cells = upsample(pixels, (factor, factor), interpolation)
        show_cells(axis, cells * parts, vmax=parts, is_blank=cells == 0)
        axis.set_title(title, fontsize=10)
    return figure


def show_cells(axis, cells, vmax, is_blank=None):
    """Draws [H, W] as coloured squares with their numbers, but for those that are blank."""
    axis.pcolormesh(cells[::-1], cmap="Oranges", vmin=0, vmax=1.6 * vmax, edgecolor="white", lw=1)
    for (y, x), value in np.ndenumerate(cells):
        if is_blank is None or not is_blank[y, x]:
            where = x + 0.5, len(cells) - y - 0.5
            axis.text(*where, f"{value:.3g}", ha="center", va="center", fontsize=9)
    axis.set_aspect("equal")
    axis.set_axis_off()


def draw_jit():
    """A row by 3, through stock's layer and ours, without XLA and with."""
    pixels = np.array([1, 4, 2, 2, 5, 3], np.float32)
    x = tf.reshape(pixels, (1, 1, -1, 1))
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.1), sharey=True)
    layers = {
        "tf.keras.layers.UpSampling2D": tf.keras.layers.UpSampling2D,
        "upsample_op.UpSampling2D": upsample_op.UpSampling2D,
    }
    for axis, (title, layer_class) in zip(axes, layers.items(), strict=True):
        layer = layer_class((1, 3), interpolation="bilinear")
        plain, compiled = (
            np.ravel(tf.function(layer, jit_compile=is_jit)(x)) for is_jit in (False, True)
        )
        where = centres(len(pixels), 3)
        axis.plot(where, plain, "o-", color=OUT_COLOUR, ms=5, lw=1, label="without XLA")
        axis.plot(where, compiled, "x", color=WRONG_COLOUR, ms=7, label="jit_compile=True")
        axis.set_title(title, fontsize=10)
        axis.set_xlabel(f"largest difference {np.max(np.abs(plain - compiled)):.2g}")
        axis.set_xticks(range(len(pixels) + 1))
    axes[0].legend(fontsize=9)
    return figure


DRAWINGS = {
    "grids": draw_grids,
    "rows": draw_rows,
    "corners": draw_corners,
    "pixel": draw_pixel,
    "jit": draw_jit,
}


def main(folder):
    """Writes every picture into a folder, as SVG."""
    for name, draw in DRAWINGS.items():
        with plt.rc_context(SETTINGS):
            figure = draw()
            figure.savefig(folder / f"{name}.svg", metadata={"Date": None})
            plt.close(figure)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]) if sys.argv[1:] else pathlib.Path(__file__).parent)
