"""The op gives what the kernels give, eagerly and in graphs, for known and unknown shapes."""

import os
import pathlib
import time

import numpy as np
import pytest
import tensorflow as tf

from cases import ALL_DTYPES, CASES, FEW_CASES, INTERPOLATIONS, LAYOUTS
from upsample_op import kernels, upsample2d
from upsample_op._case import Case
from upsample_op.ops import raw_ops


def gradient_op(grad_out, case):
    return raw_ops.upsample_op_upsample2d_grad(
        grad_out, size=case.size, interpolation=case.interpolation, data_format=case.layout
    )


@pytest.mark.parametrize("case", CASES[::3], ids=str)
def test_op_equals_the_kernel_to_the_bit(case):
    x = case.random()
    y = upsample2d(x, *case.arguments).numpy()
    assert (y.dtype, y.shape) == (x.dtype, case.out_shape)
    assert y.tobytes() == case.run_kernel(x).tobytes()
    grad_out = case.random(backward=True)
    grad_in = gradient_op(grad_out, case).numpy()
    assert grad_in.shape == case.shape
    assert grad_in.tobytes() == case.run_kernel(grad_out, backward=True).tobytes()


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", ALL_DTYPES)
def test_nearest_takes_every_dtype(dtype, layout):
    case = Case("nearest", layout, dtype, (2, 3, 4, 5), (2, 3))
    x = case.random()
    y = upsample2d(x, *case.arguments)
    assert y.dtype == tf.as_dtype(dtype)
    assert y.numpy().tobytes() == case.run_kernel(x).tobytes()


@pytest.mark.parametrize("case", FEW_CASES, ids=str)
@pytest.mark.parametrize("shape", ["all known", "batch", "sides", "channels", "all", "rank"])
def test_shapes_are_inferred_as_far_as_they_are_known(case, shape):
    height = 1 if case.layout == "NHWC" else 2
    channels = 3 if case.layout == "NHWC" else 1
    hidden = {
        "all known": [],
        "batch": [0],
        "sides": [height, height + 1],
        "channels": [channels],
        "all": [0, 1, 2, 3],
        "rank": [0, 1, 2, 3],
    }[shape]

    def hide(full):
        return [None if axis in hidden else dim for axis, dim in enumerate(full)]

    signature = None if shape == "rank" else hide(case.shape)
    dtype = tf.as_dtype(case.dtype)

    @tf.function(input_signature=[tf.TensorSpec(signature, dtype)])
    def forward(x):
        y = upsample2d(x, *case.arguments)
        grad_in = gradient_op(y, case)
        assert y.shape.as_list() == hide(case.out_shape)
        assert grad_in.shape.as_list() == hide(case.shape)
        return y

    x = case.random()
    assert forward(x).numpy().tobytes() == case.run_kernel(x).tobytes()


def test_unknown_dimensions_are_bounded_by_the_known_ones():
    @tf.function(input_signature=[tf.TensorSpec([None, None, 2**40, 2**20], tf.uint8)])
    def forward(x):
        return upsample2d(x, (1, 2**10))

    with pytest.raises(ValueError, match=r"fewer than 2\^63 elements, got shape \[\?,\?,"):
        forward.get_concrete_function()


def test_v1_graph_and_session():
    case = FEW_CASES[2]
    x = case.random()
    with tf.Graph().as_default():
        placeholder = tf.compat.v1.placeholder(tf.float32, [None, None, None, 7])
        y = upsample2d(placeholder, *case.arguments)
        (gradient,) = tf.gradients(y, placeholder)
        with tf.compat.v1.Session() as session:
            found, found_gradient = session.run([y, gradient], {placeholder: x})
    np.testing.assert_array_equal(found, case.run_kernel(x))
    ones = np.ones(case.out_shape, np.float32)
    np.testing.assert_array_equal(found_gradient, case.run_kernel(ones, backward=True))


def test_factor_1_shares_the_buffer():
    x = tf.random.normal((2, 3, 4, 5))
    if not hasattr(x, "__dlpack__"):
        pytest.skip("NumPy can't share the tensors of this TensorFlow")
    for y in (
        upsample2d(x, 1, "bilinear"),
        gradient_op(x, Case("nearest", "NHWC", "", (), (1, 1))),
    ):
        assert np.shares_memory(np.from_dlpack(x), np.from_dlpack(y))


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs two cores")
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@pytest.mark.parametrize(("height", "is_shared"), [(2, False), (20_000, True)])
def test_work_is_shared_between_threads_where_it_pays(interpolation, height, is_shared):
    x = tf.ones((1, height, 1, 64))
    before = _ticks_of_threads()
    end = time.monotonic() + 1
    while time.monotonic() < end:
        upsample2d(x, 2, interpolation)
    worked = [tid for tid, ticks in _ticks_of_threads().items() if ticks - before.get(tid, 0) > 4]
    assert (len(worked) > 1) == is_shared


def _ticks_of_threads():
    """Returns the processor time of each thread of this process, in ticks of 10 ms."""
    ticks = {}
    for stat in pathlib.Path("/proc/self/task").glob("*/stat"):
        fields = stat.read_text().rsplit(")", 1)[1].split()
        ticks[stat.parent.name] = int(fields[11]) + int(fields[12])
    return ticks


def test_no_autograph_warning(capfd):
    tf.autograph.set_verbosity(0)

    @tf.function
    def forward(x):
        return upsample2d(x, 2)

    forward(tf.ones((1, 2, 2, 1)))
    captured = capfd.readouterr()
    assert "AutoGraph could not transform" not in captured.out + captured.err


def test_name_names_the_operation():
    with tf.Graph().as_default():
        y = upsample2d(tf.zeros((1, 2, 2, 1)), 2, name="up")
        assert (y.op.name, y.op.type) == ("up", "UpsampleOp>Upsample2D")
        y = upsample2d(tf.zeros((1, 2, 2, 1), tf.uint8), 2, "bilinear", name="whole")
        assert y.op.name.startswith("whole")


def test_subnormal_half_survives_in_threads_that_flush_subnormal_floats(run_after_tensorflow):
    # 21 columns are whole vectors and a tail, which scalar code converts.
    program = """
        import numpy as np, tensorflow as tf
        from upsample_op import kernels, upsample2d
        tiny = np.float16(3e-6)
        x = tf.constant(np.full((1, 2, 21, 1), tiny))
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = upsample2d(x, 2, "bilinear")
        np.testing.assert_array_equal(y, np.full((1, 4, 42, 1), tiny))
        gradient = tape.gradient(y, x, np.full((1, 4, 42, 1), tiny))
        np.testing.assert_array_equal(gradient, np.full(x.shape, 4 * tiny))
        """
    for isa in kernels.cpu_isas():
        run_after_tensorflow(program, UPSAMPLE_CPU_ISA=isa)


def test_runs_under_op_determinism(run_after_tensorflow):
    run_after_tensorflow(
        """
        import tensorflow as tf, upsample_op
        tf.keras.utils.set_random_seed(1)
        tf.config.experimental.enable_op_determinism()
        x = tf.random.normal((2, 4, 4, 3))
        for interpolation in ("nearest", "bilinear"):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = upsample_op.upsample2d(x, 3, interpolation)
            assert tape.gradient(y, x).shape == x.shape
        """
    )
