"""What one call of an op asks the driver for: a launch as planned, on TensorFlow's stream."""

import pytest
from driver_calls import copies_of, launches_of_ours, variant_of

import emulation
from upsample_op._case import Case

# These have vectors inside a pixel and along a row, of 16 bytes and of one element, several blocks,
# and factors for which no kernel is unrolled.
IMAGES = [
    ((2, 3, 5, 4), (2, 2)),
    ((2, 9, 16, 1), (2, 2)),
    ((1, 37, 41, 3), (3, 2)),
    ((2, 16, 8, 64), (4, 4)),
    ((1, 5, 7, 2), (5, 6)),
]


def cases(interpolation, *dtypes):
    return [
        Case(interpolation, layout, dtype, (n, h, w, c) if layout == "NHWC" else (n, c, h, w), size)
        for dtype in dtypes
        for layout in ("NHWC", "NCHW")
        for (n, h, w, c), size in IMAGES
    ]


FORWARD = [
    *cases("nearest", "bool", "uint8", "int32", "float16", "float32", "complex64"),
    *cases("bilinear", "float16", "bfloat16", "float32", "float64"),
]
BACKWARD = [
    *cases("nearest", "bfloat16", "float32", "complex128"),
    *cases("bilinear", "bfloat16", "float32"),
]


def check_is_one_launch(calls, result, stream, case, backward):
    """Checks all that the driver was asked for, against the plan.

    The list has TensorFlow's calls too. So no memory was copied, filled or allocated between the
    op's input and its output, and nothing was waited for.
    """
    assert [call.name for call in calls] == ["cuLaunchKernel"]
    (launch,) = launches_of_ours(calls)
    assert result.device.endswith("GPU:0")
    assert result.backing_device == result.device
    assert (launch.device, launch.stream) == ("0", stream)
    addresses = int(launch.input, 16), int(launch.output, 16)
    assert all(address % 16 == 0 for address in addresses)
    plan = emulation.plan(case, backward, *addresses)
    assert launch.grid == f"{plan['blocks']},1,1"
    assert launch.block == f"{plan['threads_per_block']},1,1"
    assert launch.shared == "0"
    variant = variant_of(launch)
    direction = "Backward" if backward else "Forward"
    assert variant.pop("body") == case.interpolation.title() + direction
    assert variant == {key: plan[key] for key in variant}


@pytest.mark.parametrize("case", FORWARD, ids=str)
def test_the_op_is_one_launch_as_planned(driver, upsample_op, on_gpu, compute_stream, case):
    images = on_gpu(case.shape, case.dtype)
    result, calls = driver.calls_of(lambda: upsample_op.upsample2d(images, *case.arguments))
    check_is_one_launch(calls, result, compute_stream, case, backward=False)


@pytest.mark.parametrize("case", BACKWARD, ids=str)
def test_the_gradient_is_one_launch_as_planned(driver, raw_ops, on_gpu, compute_stream, case):
    gradient = on_gpu(case.out_shape, case.dtype)
    attributes = {"interpolation": case.interpolation, "data_format": case.layout}
    result, calls = driver.calls_of(
        lambda: raw_ops.upsample_op_upsample2d_grad(gradient, size=case.size, **attributes)
    )
    check_is_one_launch(calls, result, compute_stream, case, backward=True)


def test_an_op_reads_the_buffer_that_another_wrote(driver, upsample_op, on_gpu):
    images = on_gpu((2, 3, 5, 4))
    once, (first,) = driver.calls_of(lambda: upsample_op.upsample2d(images))
    _, (second,) = driver.calls_of(lambda: upsample_op.upsample2d(once, 2, "bilinear"))
    assert second.input == first.output


@pytest.mark.parametrize("device", ["GPU:0", "GPU:1"])
def test_the_stream_is_that_of_tensorflows_own_kernels(driver, tf, upsample_op, on_gpu, device):
    """TensorFlow has a stream for kernels on each GPU, and others for copies.

    Its kernels reach the driver in two ways: TensorFlow itself launches those that MLIR generated,
    and the CUDA runtime that it loads launches those that nvcc compiled. Our launch has to go to
    the same stream, with the GPU's context current in the thread, by which a CUDA runtime tells
    GPUs apart.
    """
    images = on_gpu((2, 3, 5, 4), device=device)
    with tf.device(device):
        _, generated = driver.calls_of(lambda: tf.nn.relu(images))
        _, compiled = driver.calls_of(lambda: tf.image.resize(images, (6, 10)))
        _, copied = driver.calls_of(lambda: tf.identity(images + 1).numpy())
        _, ours = driver.calls_of(lambda: upsample_op.upsample2d(images))
    generated, compiled = generated[-1], compiled[-1]
    assert generated.library.startswith("libtensorflow")
    assert compiled.library.startswith("libcudart")
    assert "ResizeBilinear" in compiled.kernel
    (ours,) = ours
    assert ours.stream == generated.stream == compiled.stream
    assert ours.device == generated.device == compiled.device == device[-1]
    assert ours.stream not in {call.stream for call in copies_of(copied)}


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
@pytest.mark.parametrize("shape", [(0, 3, 5, 4), (2, 0, 5, 4), (2, 3, 5, 0)], ids=str)
def test_nothing_is_launched_for_an_empty_batch(
    driver, tf, upsample_op, on_gpu, interpolation, shape
):
    images = on_gpu(shape)
    result, calls = driver.calls_of(lambda: upsample_op.upsample2d(images, 2, interpolation))
    assert not calls
    assert result.device.endswith("GPU:0")
    with tf.GradientTape() as tape:
        tape.watch(images)
        result = upsample_op.upsample2d(images, 2, interpolation)
    _, calls = driver.calls_of(lambda: tape.gradient(result, images))
    assert not launches_of_ours(calls)


def test_nothing_is_launched_for_factors_of_one(driver, upsample_op, on_gpu):
    images = on_gpu((2, 3, 5, 4))
    result, calls = driver.calls_of(lambda: upsample_op.upsample2d(images, 1))
    assert not calls
    assert result.device.endswith("GPU:0")
