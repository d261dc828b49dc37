"""Nearest upsampling and the convolution behind it as one transposed convolution.

Along one axis of `n` inputs `x`, with factor `s`, a kernel `k` of `t` taps and `p` zeros padded
before, the pair computes

    y[o] = sum over j of k[j] * u[o + j - p],  where u[m] = x[m // s] for 0 <= m < s * n, else 0.

Input `i` fills u[s * i] to u[s * i + s - 1], so its weight in y[o] is the sum over r = 0 .. s - 1
of k[s * i + r - o + p]. With d = o - s * i + (t - 1 - p) that is

    w[d] = sum over r of k[t - 1 - d + r],  for d = 0 .. t + s - 2,

the reversed kernel convolved with `s` ones. So y is the transposed convolution of stride `s` with
the kernel `w`, without its first t - 1 - p elements. The transposed convolution has s * n + t - 1
elements. "same" pads p = (t - 1) // 2 before, so t // 2 elements are cut before and (t - 1) // 2
after. "valid" has p = 0 and cuts t - 1 on each side.

TensorFlow's transposed convolution can cut such elements itself, but with explicit paddings it
doesn't run in oneDNN: a training step in bfloat16 took 30 times as long as with "SAME". "SAME"
there cuts (t - 1) // 2 before and t // 2 after, which is right for an odd `t`. An even `t` becomes
odd by a zero in front, with p + 1 zeros padded before. For "valid" the whole result is made, and
cut.

XLA compiles another form of the same for a CPU, see _phases.py.

An output costs (t + s - 1) / s multiplications along the axis instead of `t`. If t is 1, `w` gains
nothing, so the convolution runs first, and its result is upsampled.

`w` is made by one multiplication with a matrix of zeros and ones. If the images are few and small,
that takes longer than the convolution saves; `pays` decides. This table has the times of a training
step of the pair, 3 x 3 and factor 2, on 2 cores of a Xeon with AMX, and how many times as fast as
unfolded it is:

    images, filters            pixels  float32         bfloat16
    [2, 2, 2, 512], 256             8   6.9 ms, 0.60   11.0 ms, 0.49
    [2, 8, 8, 256], 128           128   4.4 ms, 1.27    5.1 ms, 0.71
    [4, 16, 16, 256], 128        1024  18.2 ms, 1.96   11.4 ms, 1.34
    [16, 8, 8, 512], 256         1024  72.4 ms, 1.74   44.7 ms, 0.88
    [8, 16, 16, 256], 128        2048  37.6 ms, 2.16   14.4 ms, 1.53
    [4, 64, 64, 64], 32         16384  20.0 ms, 1.85   10.8 ms, 1.53

The pixels are those of the small images. `w` grows with the factor, and so does what is saved for
each pixel: [8, 4, 4, 256] to 128 filters by 3, 4, 5 and 8, float32, is 1.19, 1.41, 1.48 and 1.53
times as fast. With fewer pixels large factors take very long: [8, 1, 1, 256] by 32 is 0.01 times as
fast.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from upsample_op import _phases
from upsample_op._arguments import check_size, layout_of
from upsample_op.ops import upsample2d

if TYPE_CHECKING:
    import numpy.typing as npt

    from upsample_op._types import DataFormat, Layout, Size, Tensor

# Kernels of these dtypes are summed in float32, and rounded once instead of at each addition.
_SUMMED_IN_FLOAT32 = (tf.float16, tf.bfloat16)

# The least number of pixels of a batch's small images for which folding pays, and the batch size
# that is assumed if it is known at run time only.
_LEAST_PIXELS = {2: 2048, 4: 128, 8: 128}  # by the bytes of an element
_USUAL_BATCH = 8


def pays(images: Tensor, data_format: DataFormat = "channels_last") -> bool:
    """Returns whether folding makes a convolution of nearest-upsampled images faster.

    Args:
        images: the images from before, tensor `[N, H, W, C]`, or `[N, C, H, W]` for channels_first,
            of floats. A batch of unknown size counts as 8 images, and images of unknown size as
            large ones.
        data_format: "channels_last" or "channels_first".
    """
    layout = layout_of(data_format)
    batch, height, width = (images.shape[layout.index(axis)] for axis in "NHW")
    if height is None or width is None:
        return True
    pixels = (_USUAL_BATCH if batch is None else batch) * height * width
    return pixels >= _LEAST_PIXELS[images.dtype.size]


def widen(kernel: Tensor, size: Size) -> Tensor:
    """Returns a kernel convolved with ones, one for each copy that upsampling makes of a pixel.

    Args:
        kernel: tensor `[kernel_h, kernel_w, in_channels, filters]` of floats.
        size: factors of height and width, an integer or a pair of integers.

    Returns:
        tensor `[kernel_h + size[0] - 1, kernel_w + size[1] - 1, in_channels, filters]`, dtype of
        kernel. Half and bfloat16 are summed in float32 and rounded once. The function is linear, so
        its gradient is the sum of the widened kernel's gradient over the same windows.

    Raises:
        ValueError: size is neither an integer nor a pair of integers.
    """
    kernel = tf.convert_to_tensor(kernel)
    pairs = zip(kernel.shape[:2], check_size(size), strict=True)
    return _combined(kernel, [_windows(taps, factor) for taps, factor in pairs])


def _windows(taps: int, factor: int) -> npt.NDArray[np.bool_]:
    """Returns the matrix of zeros and ones that convolves so many taps with so many ones."""
    place, tap = np.ogrid[: taps + factor - 1, :taps]
    return (tap <= place) & (place < tap + factor)


def _combined(kernel: Tensor, matrices: Sequence[npt.NDArray[np.bool_]]) -> Tensor:
    """Returns a kernel whose rows and columns are sums of another's, as the two matrices say."""
    height, width, *channels = kernel.shape
    wide = tf.cast(kernel, tf.float32) if kernel.dtype in _SUMMED_IN_FLOAT32 else kernel
    weights = tf.constant(np.kron(*matrices), wide.dtype)
    sums = tf.matmul(weights, tf.reshape(wide, (height * width, -1)))
    shape = (*map(len, matrices), *channels)
    return tf.reshape(tf.cast(sums, kernel.dtype), shape)


def upsample_conv2d(
    inputs: Tensor,
    kernel: Tensor,
    size: Size = (2, 2),
    padding: str = "same",
    data_format: DataFormat = "channels_last",
) -> Tensor:
    """Convolves images that are upsampled by repetition, without making the upsampled images.

    The result is that of `tf.nn.conv2d(upsample2d(inputs, size), kernel, 1, padding)` up to
    rounding: sums of kernel elements take the place of sums of products. In half and bfloat16 they
    are rounded once more, as kernels are when they are cast from float32. Gradients of every order
    exist as far as those of TensorFlow's convolutions do. If the kernel is even or the padding is
    "valid", a NaN or an infinity may reach one row and one column more, by a weight of 0.

    TensorFlow has transposed convolutions of channels_first only for GPUs and in XLA. So on a
    machine without a GPU the images are transposed before and after.

    Args:
        inputs: tensor `[N, H, W, C]`, or `[N, C, H, W]` for channels_first, of floats. Height and
            width may be unknown.
        kernel: tensor `[kernel_h, kernel_w, C, filters]` of the same dtype and of known size.
        size: factors of height and width, an integer or a pair of integers.
        padding: "same" or "valid", in any case.
        data_format: "channels_last" or "channels_first".

    Returns:
        tensor `[N, H', W', filters]`, or its channels_first form, dtype of inputs. H' is `H *
        size[0]`, and for "valid" `kernel_h - 1` less. W' is computed likewise.

    Raises:
        ValueError: padding, size or data_format is not as above, or padding is "valid" and the
            kernel is larger than the upsampled images. If their size is known at run time only, the
            result is empty instead.
    """
    inputs, kernel = tf.convert_to_tensor(inputs), tf.convert_to_tensor(kernel)
    layout = layout_of(data_format)
    padding = padding.lower()
    if padding not in ("same", "valid"):
        raise ValueError(f'`padding` must be "same" or "valid", got {padding!r}')
    if layout == "NCHW" and not tf.config.list_physical_devices("GPU"):
        inputs = tf.transpose(inputs, (0, 2, 3, 1))
        result = upsample_conv2d(inputs, kernel, size, padding)
        return tf.transpose(result, (0, 3, 1, 2))
    pairs = list(zip(check_size(size), kernel.shape[:2], strict=True))
    lengths = (inputs.shape[layout.index(axis)] for axis in "HW")
    for length, (factor, taps) in zip(lengths, pairs, strict=True):
        if padding == "valid" and taps > 1 and length is not None and length * factor < taps:
            raise ValueError(f"a kernel of {taps} for {length * factor} upsampled pixels")
    folded = [factor if taps > 1 else 1 for factor, taps in pairs]
    later = [1 if taps > 1 else factor for factor, taps in pairs]
    if folded == [1, 1]:
        result = tf.nn.conv2d(inputs, kernel, 1, padding.upper(), data_format=layout)
    elif layout == "NHWC" and _phases.is_compiled_for_cpu():
        result = _phases.conv2d(inputs, kernel, folded, padding)
    else:
        result = _transposed(inputs, kernel, folded, padding, layout)
    return result if later == [1, 1] else upsample2d(result, later, "nearest", data_format)


def add_bias(images: Tensor, bias: Tensor, data_format: DataFormat = "channels_last") -> Tensor:
    """Does `tf.nn.bias_add`, with a gradient that is right in half and bfloat16 too.

    On a CPU TensorFlow sums the gradient of a bfloat16 bias in bfloat16, where a large sum stops
    growing: for `[8, 128, 128, 64]` numbers around 0.01 the result was 0.02 of what it should be.
    For a plain convolution oneDNN sums it in float32, but not for a folded one. Here it is a
    product with ones, which is summed in float32 (and takes a third of the time).

    Args:
        images: tensor `[N, H, W, C]`, or `[N, C, H, W]` for channels_first, of floats.
        bias: tensor `[C]` of the same dtype and of known size.
        data_format: "channels_last" or "channels_first".

    Returns:
        tensor of the shape and dtype of images.
    """
    layout = layout_of(data_format)
    bias = tf.convert_to_tensor(bias)
    if bias.dtype not in _SUMMED_IN_FLOAT32:
        return tf.nn.bias_add(images, bias, layout)

    @tf.custom_gradient
    def added(
        images: Tensor, bias: Tensor
    ) -> tuple[Tensor, Callable[[Tensor], tuple[Tensor, Tensor]]]:
        def gradient(grad_out: Tensor) -> tuple[Tensor, Tensor]:
            return grad_out, _summed(grad_out, bias.shape[0], layout)

        return tf.nn.bias_add(images, bias, layout), gradient

    return added(images, bias)


def _summed(images: Tensor, channels: int, layout: Layout) -> Tensor:
    """Returns the sums of all pixels, `[channels]`, of half or bfloat16, rounded once or twice."""
    if layout == "NHWC":
        pixels = tf.reshape(images, (-1, channels))
        return tf.matmul(tf.ones((1, tf.shape(pixels)[0]), images.dtype), pixels)[0]
    batch = tf.shape(images)[0]
    of_image = tf.reshape(images, (batch, channels, -1))
    sums = tf.matmul(of_image, tf.ones((batch, tf.shape(of_image)[2], 1), images.dtype))
    return tf.cast(tf.reduce_sum(tf.cast(sums, tf.float32), (0, 2)), images.dtype)


def _transposed(
    inputs: Tensor, kernel: Tensor, size: Sequence[int], padding: str, layout: Layout
) -> Tensor:
    """Returns the transposed convolution that the module's text derives."""
    # For "same", an even number of taps gets another tap in front, which is zero.
    zeros = [1 - taps % 2 if padding == "same" else 0 for taps in kernel.shape[:2]]
    cuts = [0 if padding == "same" else taps - 1 for taps in kernel.shape[:2]]
    axes = (1, 2) if layout == "NHWC" else (2, 3)
    static, dynamic = inputs.shape.as_list(), tf.shape(inputs)
    shape = [dynamic[axis] if known is None else known for axis, known in enumerate(static)]
    shape[3 if layout == "NHWC" else 1] = kernel.shape[3]
    strides, kept = [1] * 4, [slice(None)] * 4
    for axis, factor, cut in zip(axes, size, cuts, strict=True):
        shape[axis] = shape[axis] * factor + cut
        strides[axis], kept[axis] = factor, slice(cut, shape[axis] - cut)
    # TensorFlow's kernel of a transposed convolution is reversed, and has its channels the other
    # way round. Channels are transposed first, while the kernel is small.
    matrices = [
        _windows(taps + before, factor)[::-1, before:]
        for taps, before, factor in zip(kernel.shape[:2], zeros, size, strict=True)
    ]
    scattered = _combined(tf.transpose(kernel, (0, 1, 3, 2)), matrices)
    result = tf.nn.conv2d_transpose(inputs, scattered, shape, strides, padding.upper(), layout)
    if None in static:
        result.set_shape([None if tf.is_tensor(length) else length for length in shape])
    return result if padding == "same" else result[tuple(kept)]
