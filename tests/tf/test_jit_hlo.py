"""What XLA is given and what it makes of that, read from the compiler's own text."""

import re

import numpy as np
import pytest
import tensorflow as tf

from cases import INTERPOLATIONS, LAYOUTS
from upsample_op import upsample2d
from upsample_op._case import Case
from upsample_op.ops import raw_ops

ARITHMETIC = ("add", "multiply", "reduce")
CUSTOM_CALL = 'custom_call_target="upsample_op.upsample2d"'


def program(function, *shapes_and_dtypes, stage="hlo"):
    """Returns the text of a program, as given to XLA (stage "hlo") or optimized."""
    tensors = [tf.zeros(shape, dtype) for shape, dtype in shapes_and_dtypes]
    return tf.function(function, jit_compile=True).experimental_get_compiler_ir(*tensors)(stage)


def instructions(text):
    """Returns (name, dtype, number of elements, opcode) of each line that is an instruction."""
    found = re.findall(
        r"^\s*(?:ROOT )?%(\S+) = (\w+)\[([\d,]*)\]\S* ([\w-]+)\(", text, re.MULTILINE
    )
    return [
        (name, dtype, int(np.prod([int(dim) for dim in dims.split(",") if dim])), opcode)
        for name, dtype, dims, opcode in found
    ]


def opcodes(found):
    return {opcode for *_, opcode in found}


def emitted(text):
    """Returns the instructions that the ops put into a program that isn't optimized yet."""
    return [found for found in instructions(text) if found[0].startswith("UpsampleOp_")]


def buffers(text):
    """Returns the entry computation's instructions, each of which is a buffer, even a fusion."""
    return instructions(text[text.index("\nENTRY ") :])


def forward(case):
    return lambda x: upsample2d(x, *case.arguments)


def backward(case):
    return lambda grad_out: raw_ops.upsample_op_upsample2d_grad(
        grad_out, size=case.size, interpolation=case.interpolation, data_format=case.layout
    )


def case_of(interpolation, layout="NHWC", dtype="float32", size=(2, 2)):
    return Case(interpolation, layout, dtype, (2, 8, 16, 32), size)


both_directions = pytest.mark.parametrize("is_backward", [False, True], ids=["", "gradient"])


def text_of(case, is_backward, stage="hlo"):
    if is_backward:
        return program(backward(case), (case.out_shape, case.dtype), stage=stage)
    return program(forward(case), (case.shape, case.dtype), stage=stage)


@both_directions
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_the_choice_on_the_cpu(interpolation, dtype, is_backward, monkeypatch):
    """It is what lowering.h says. A kernel that is no longer chosen would show here."""
    monkeypatch.delenv("UPSAMPLE_XLA_LOWERING", raising=False)
    text = text_of(case_of(interpolation, dtype=dtype), is_backward)
    assert (CUSTOM_CALL in text) == (interpolation == "bilinear" or is_backward)


@both_directions
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_either_lowering_can_be_asked_for(interpolation, is_backward, lowering):
    text = text_of(case_of(interpolation), is_backward)
    if lowering != "chosen":
        assert (CUSTOM_CALL in text) == (lowering == "custom_call")
    if CUSTOM_CALL in text:
        assert opcodes(emitted(text)) == {"custom-call"}
        assert "api_version=API_VERSION_TYPED_FFI" in text


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("size", [(2, 2), (3, 5)], ids=str)
def test_nearest_is_a_broadcast_and_a_reshape(size, layout):
    text = text_of(case_of("nearest", layout, size=size), is_backward=False)
    assert opcodes(emitted(text)) == {"broadcast", "reshape"}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_gradient_of_nearest_may_be_a_reduction(layout, monkeypatch):
    monkeypatch.setenv("UPSAMPLE_XLA_LOWERING", "hlo")
    text = text_of(case_of("nearest", layout), is_backward=True)
    assert opcodes(emitted(text)) == {"reshape", "constant", "reduce", "convert"}


@both_directions
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("size", [(2, 2), (3, 5), (4, 9)], ids=str)
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_xlas_operations_gather_and_scatter_nothing(
    interpolation, size, layout, is_backward, monkeypatch
):
    monkeypatch.setenv("UPSAMPLE_XLA_LOWERING", "hlo")
    case = case_of(interpolation, layout, size=size)
    for stage in ("hlo", "optimized_hlo"):
        found = opcodes(instructions(text_of(case, is_backward, stage)))
        assert not found & {"gather", "scatter", "dot", "convolution", "custom-call", "while"}
        assert found & {"broadcast", "reduce", "fusion"}


@both_directions
@pytest.mark.parametrize(("size", "larger"), [((4, 4), (8, 6)), ((5, 5), (7, 9))], ids=str)
def test_the_program_is_as_long_for_any_factor(size, larger, is_backward, monkeypatch):
    monkeypatch.setenv("UPSAMPLE_XLA_LOWERING", "hlo")
    lengths = {
        len(emitted(text_of(case_of("bilinear", size=factors), is_backward)))
        for factors in (size, larger)
    }
    assert len(lengths) == 1
    assert min(lengths) > 10


@both_directions
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("size", [(2, 2), (3, 3), (3, 4)], ids=str)
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_16_bit_tensors_have_no_copy_in_float32(
    interpolation, size, layout, dtype, is_backward, lowering
):
    case = case_of(interpolation, layout, dtype, size)
    elements = np.prod(case.out_shape)
    found = buffers(text_of(case, is_backward, "optimized_hlo"))
    assert found
    assert [buffer for buffer in found if buffer[1] == "f32" and buffer[2] >= elements] == []


@both_directions
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_16_bit_tensors_are_computed_in_float32(interpolation, dtype, is_backward, monkeypatch):
    """The program asks for that, rather than leave it to what a device does with 16-bit sums."""
    monkeypatch.setenv("UPSAMPLE_XLA_LOWERING", "hlo")
    found = emitted(text_of(case_of(interpolation, dtype=dtype, size=(2, 3)), is_backward))
    computed = {found_dtype for _, found_dtype, _, opcode in found if opcode in ARITHMETIC}
    is_copy = interpolation == "nearest" and not is_backward
    assert computed == (set() if is_copy else {"f32"})


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_an_elementwise_consumer_is_fused(interpolation, monkeypatch):
    monkeypatch.setenv("UPSAMPLE_XLA_LOWERING", "hlo")
    case = case_of(interpolation)
    alone = buffers(text_of(case, False, "optimized_hlo"))
    fused = program(
        lambda x: tf.nn.relu(forward(case)(x) * 1.5 + 1),
        (case.shape, case.dtype),
        stage="optimized_hlo",
    )
    assert "maximum" in opcodes(instructions(fused))
    assert opcodes(buffers(fused)) == opcodes(alone) == {"parameter", "fusion"}
    assert len(buffers(fused)) == len(alone)


def test_an_elementwise_producer_of_the_gradient_is_fused(monkeypatch):
    monkeypatch.setenv("UPSAMPLE_XLA_LOWERING", "hlo")
    case = case_of("nearest")
    fused = program(
        lambda grad_out: backward(case)(tf.nn.relu(grad_out * 1.5)),
        (case.out_shape, case.dtype),
        stage="optimized_hlo",
    )
    assert "maximum" in opcodes(instructions(fused))
    assert [opcode for *_, opcode in buffers(fused)] == ["parameter", "fusion"]
