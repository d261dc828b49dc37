"""The ops under jit_compile=True: what XLA makes of them, and what it asks the driver for."""

import re

import numpy as np
import pytest
from driver_calls import bodies_of, launches_of_ours
from test_gpu_launches import BACKWARD, FORWARD, check_is_one_launch

from upsample_op._case import Case

BOTH_WAYS = [*((case, False) for case in FORWARD), *((case, True) for case in BACKWARD)]


@pytest.fixture
def compiled(tf, raw_ops):
    """Returns a function that makes a program of one op, which XLA compiles."""

    def make(case, backward):
        op = raw_ops.upsample_op_upsample2d_grad if backward else raw_ops.upsample_op_upsample2d
        attributes = {"interpolation": case.interpolation, "data_format": case.layout}

        @tf.function(jit_compile=True, autograph=False)
        def program(images):
            return op(images, size=case.size, **attributes)

        return program

    return make


@pytest.fixture
def instructions_of(compiled, on_gpu):
    """Returns a function that lists an op's instructions in a GPU program, as opcode and line."""

    def read(interpolation, backward):
        case = Case(interpolation, "NHWC", "bfloat16", (2, 3, 5, 4), (2, 3))
        images = on_gpu(case.out_shape if backward else case.shape, case.dtype)
        compile_to = compiled(case, backward).experimental_get_compiler_ir(images)
        lines = compile_to(stage="hlo", platform_name="GPU").splitlines()
        return [
            (re.search(r" = \S+ ([\w-]+)\(", line)[1], line)
            for line in lines
            if 'op_type="UpsampleOp>' in line
        ]

    return read


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
@pytest.mark.parametrize(
    ("interpolation", "forced"), [("bilinear", ""), ("nearest", "custom_call")]
)
def test_bilinear_is_a_call_of_our_kernel_and_nearest_can_be(
    instructions_of, monkeypatch, interpolation, forced, backward
):
    monkeypatch.setenv("UPSAMPLE_XLA_LOWERING", forced)
    ((opcode, line),) = instructions_of(interpolation, backward)
    assert opcode == "custom-call"
    assert 'custom_call_target="upsample_op.upsample2d"' in line
    assert "api_version=API_VERSION_TYPED_FFI" in line
    numbers = rf"{int(backward)}, \d+, 2, 3, {int(interpolation == 'bilinear')}, 0"
    assert re.search(rf"spec = array<i64: {numbers}>", line)


def test_nearest_is_a_broadcast(instructions_of):
    assert [opcode for opcode, _ in instructions_of("nearest", False)] == ["broadcast", "reshape"]


def test_the_gradient_of_nearest_is_one_sum(instructions_of):
    opcodes = [opcode for opcode, _ in instructions_of("nearest", True)]
    assert opcodes.count("reduce") == 1
    assert set(opcodes) == {"convert", "reshape", "constant", "reduce"}


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
def test_bilinear_can_be_operations_of_xla(instructions_of, monkeypatch, backward):
    monkeypatch.setenv("UPSAMPLE_XLA_LOWERING", "hlo")
    opcodes = {opcode for opcode, _ in instructions_of("bilinear", backward)}
    assert opcodes >= {"multiply", "add", "slice", "concatenate"}
    assert not opcodes & {"custom-call", "gather", "scatter", "dot"}


@pytest.mark.parametrize(("case", "backward"), BOTH_WAYS, ids=str)
def test_a_custom_call_is_one_launch_as_planned(
    driver, compiled, on_gpu, compute_stream, monkeypatch, case, backward
):
    monkeypatch.setenv("UPSAMPLE_XLA_LOWERING", "custom_call")
    images = on_gpu(case.out_shape if backward else case.shape, case.dtype)
    program = compiled(case, backward)
    program(images)
    result, calls = driver.calls_of(lambda: program(images))
    check_is_one_launch(calls, result, compute_stream, case, backward)


def test_a_custom_call_runs_on_the_gpu_that_holds_its_input(driver, tf, compiled, on_gpu):
    images = on_gpu((2, 3, 5, 4), device="GPU:1")
    program = compiled(Case("bilinear", "NHWC", "float32", (2, 3, 5, 4), (2, 2)), False)
    with tf.device("GPU:1"):
        _, theirs = driver.calls_of(lambda: tf.nn.relu(images))
        program(images)
        _, (launch,) = driver.calls_of(lambda: program(images))
    assert (launch.device, launch.stream) == ("1", theirs[-1].stream)


def test_a_gradient_tape_makes_one_launch_each_way(driver, tf, upsample_op, on_gpu, compute_stream):
    @tf.function(jit_compile=True, autograph=False)
    def both_ways(images, upstream):
        with tf.GradientTape() as tape:
            tape.watch(images)
            result = upsample_op.upsample2d(images, 2, "bilinear")
        return result, tape.gradient(result, images, upstream)

    arguments = on_gpu((2, 3, 5, 4)), on_gpu((2, 6, 10, 4))
    both_ways(*arguments)
    _, calls = driver.calls_of(lambda: both_ways(*arguments))
    assert bodies_of(calls) == ["BilinearBackward", "BilinearForward"]
    assert [call.stream for call in calls] == [compute_stream] * 2


def test_a_longer_program_is_a_cuda_graph(driver, tf, raw_ops, on_gpu, compute_stream):
    """XLA records the launches of five operations or more, and again if buffers have moved."""
    attributes = {"size": (2, 2), "interpolation": "bilinear", "data_format": "NHWC"}

    @tf.function(jit_compile=True, autograph=False)
    def program(images):
        for _ in range(3):
            images = raw_ops.upsample_op_upsample2d(images, **attributes)
            images = raw_ops.upsample_op_upsample2d_grad(images, **attributes)
        return images

    images = on_gpu((2, 3, 5, 4))
    kept, calls = driver.calls_of(lambda: program(images))
    launches = launches_of_ours(calls)
    assert bodies_of(calls) == ["BilinearBackward"] * 3 + ["BilinearForward"] * 3
    assert {launch.recorded for launch in launches} == {"1"}
    assert (calls[-1].name, calls[-1].stream) == ("cuGraphLaunch", compute_stream)

    _, calls = driver.calls_of(lambda: program(images))
    assert launches_of_ours(calls)[-1].output != launches[-1].output
    assert {launch.recorded for launch in launches_of_ours(calls)} == {"1"}
    assert (calls[-1].name, calls[-1].stream) == ("cuGraphLaunch", compute_stream)
    del kept  # its memory was in use until here


def test_keras_compiles_a_model_with_the_layer_unasked(driver, tf, upsample_op, compute_stream):
    """The training step is long enough for a graph, and the prediction step is not."""
    model = tf.keras.Sequential(
        [tf.keras.layers.PReLU(), upsample_op.UpSampling2D(2, interpolation="bilinear")]
    )
    model.compile("sgd", "mse")
    assert model.jit_compile is True
    small, large = np.zeros((2, 3, 5, 4), "float32"), np.zeros((2, 6, 10, 4), "float32")
    _, calls = driver.calls_of(lambda: model.train_on_batch(small, large))
    assert bodies_of(calls) == ["BilinearBackward", "BilinearForward"]
    assert {launch.recorded for launch in launches_of_ours(calls)} == {"1"}
    _, calls = driver.calls_of(lambda: model.train_on_batch(small, large))
    assert [c.stream for c in calls if c.name == "cuGraphLaunch"] == [compute_stream]
    _, calls = driver.calls_of(lambda: model.predict(small, verbose=0))
    (launch,) = launches_of_ours(calls)
    assert (launch.recorded, launch.stream) == ("0", compute_stream)
