"""What a user reads when a kernel can't be launched."""

import pytest
from driver_calls import launches_of_ours, parse

import emulation
from upsample_op._case import Case

TOO_MANY_RESOURCES = 701  # CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES


@pytest.fixture
def failing_launches(driver):
    """Yields a function that makes launches fail until the test is over."""
    yield lambda: driver.set_launch_result(TOO_MANY_RESOURCES)
    driver.set_launch_result(0)


@pytest.mark.parametrize("mode", ["eager", "in a function", "compiled by XLA"])
@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
def test_a_failed_launch_names_the_kernel_and_the_images(
    driver, tf, raw_ops, on_gpu, failing_launches, interpolation, backward, mode, monkeypatch
):
    monkeypatch.setenv("UPSAMPLE_XLA_LOWERING", "custom_call")
    case = Case(interpolation, "NHWC", "float32", (2, 3, 5, 4), (2, 2))
    op = raw_ops.upsample_op_upsample2d_grad if backward else raw_ops.upsample_op_upsample2d
    images = on_gpu(case.out_shape if backward else case.shape)

    def call():
        return op(images, size=(2, 2), interpolation=interpolation, data_format="NHWC")

    if mode != "eager":
        call = tf.function(call, jit_compile=mode == "compiled by XLA")
    failing_launches()
    with pytest.raises(tf.errors.InternalError) as failure:
        call()
    assert (
        f"the kernel for {emulation.plan(case, backward)['description']} failed to launch: "
        "too many resources requested for launch (cudaErrorLaunchOutOfResources), "
        "for 2 x 4 images of 3 x 5 pixels"
    ) in failure.value.message

    driver.set_launch_result(0)
    _, calls = driver.calls_of(call)
    assert [launch.result for launch in launches_of_ours(calls)] == ["0"]


def test_the_library_as_built_has_a_cuda_runtime_of_its_own(tf, run_python, tmp_path):
    """It is NVIDIA's, which wants a newer driver than the pretend one seems to be, and says so.

    If its calls were bound to the CUDA runtime that TensorFlow loads, which is the pretend one
    here, the launch would reach the driver. XLA takes the kernels from this library too. It knows
    the ops, although TensorFlow has run before they were loaded.
    """
    log = tmp_path / "calls"
    messages = run_python(
        """
        import tensorflow as tf

        with tf.device("GPU:0"):
            images = tf.ones((2, 3, 5, 4))

        from upsample_op import upsample2d

        for call in upsample2d, tf.function(upsample2d, jit_compile=True):
            try:
                call(images, 2, "bilinear")
            except tf.errors.InternalError as error:
                print(error.message)
        """,
        PRETEND_CUDA_LOG=str(log),
        PYTHONPATH="python",  # the package with NVIDIA's runtime
    )
    assert messages.count("the kernel for bilinear forward") == 2
    failure = "failed to launch: CUDA driver version is insufficient for CUDA runtime"
    assert messages.count(failure) == 2
    assert messages.count("(cudaErrorInsufficientDriver)") == 2
    ours = [call for call in parse(log.read_text()) if call.library == "libupsample_kernels.so"]
    assert {call.name for call in ours} == {"cuGetProcAddress_v2"}
