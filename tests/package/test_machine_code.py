"""What nvcc made of the CUDA kernels, read from the library's own machine code."""

import functools
import json
import os

import pytest

import machine_code
import upsample_op
from upsample_op import _emulator

ARCHITECTURES = ("sm_80", "sm_90")

pytestmark = pytest.mark.skipif(upsample_op.build_info()["cuda"] is None, reason="no nvcc")

kernels = functools.cache(machine_code.kernels)
instructions = functools.cache(machine_code.instructions)


@pytest.fixture(params=ARCHITECTURES)
def architecture(request):
    if request.param not in machine_code.architectures():
        pytest.skip(f"built without {request.param}")
    return request.param


def test_the_default_build_is_for_the_major_architectures():
    built = upsample_op.build_info()["cuda_architectures"]
    if os.environ.get("CUDAARCHS"):
        pytest.skip("CUDAARCHS is set")
    assert {"75", "80", "90"} <= {name.removesuffix("-real") for name in built}
    assert [name for name in built if "-" not in name] == built[-1:]  # PTX for the newest only


def test_every_variant_is_compiled(architecture):
    """The emulator's list of variants is the library's."""
    assert len(kernels(architecture)) == len(_emulator.all_variants())
    assert len({str(kernel) for kernel in kernels(architecture)}) == len(kernels(architecture))


@functools.cache
def recorded():
    return json.loads(machine_code.RECORD.read_text())


def test_the_record_has_every_variant():
    assert len(recorded()["registers_and_instructions"]) == len(_emulator.all_variants())


def test_no_kernel_is_worse_than_recorded():
    """`make registers RECORD=1` records anew what has become worse for a reason."""
    architecture, nvcc = recorded()["architecture"], recorded()["nvcc"]
    if architecture not in machine_code.architectures():
        pytest.skip(f"built without {architecture}")
    if (built := upsample_op.build_info()["cuda"]) != nvcc:
        pytest.skip(f"recorded with nvcc {nvcc}, built with {built}")
    found = machine_code.counts(architecture)
    then = recorded()["registers_and_instructions"]
    assert found.keys() == then.keys()
    assert machine_code.worse(found, then, architecture) == []


def test_what_is_worse_than_recorded():
    recorded_counts = {"a": [64, 100], "b": [64, 100], "c": [64, 100], "old": [32, 10]}
    found = {"a": [72, 100], "b": [57, 105], "c": [40, 106], "new": [255, 1000]}
    assert machine_code.worse(found, recorded_counts, "sm_90") == [
        "a: 72 registers and 100 instructions, recorded 64 and 100",
        "c: 40 registers and 106 instructions, recorded 64 and 100",
    ]


def test_nothing_spills(architecture):
    assert [str(k) for k in kernels(architecture) if k.stack + k.local + k.shared > 0] == []
    for name, opcodes in instructions(architecture).items():
        assert not [opcode for opcode in opcodes if opcode.startswith(("LDL", "STL"))], name


def test_registers_leave_room_for_two_blocks(architecture):
    for kernel in kernels(architecture):
        assert kernel.registers <= 128, str(kernel)


def test_16_byte_vectors_are_128_bit_instructions(architecture):
    """Along a row, the high resolution is accessed by whole vectors."""
    checked = 0
    for kernel in kernels(architecture):
        opcodes = instructions(architecture)[str(kernel)]
        loads = [opcode for opcode in opcodes if opcode.startswith("LDG.E.128")]
        stores = [opcode for opcode in opcodes if opcode.startswith("STG.E.128")]
        if kernel.vector_bytes < 16:
            assert not loads
            assert not stores
            continue
        checked += 1
        is_forward = kernel.body.endswith("Forward")
        assert stores or (kernel.row_pixel and not is_forward), str(kernel)
        assert loads or (kernel.row_pixel and is_forward), str(kernel)
    assert checked > 200


def test_loads_take_the_read_only_path(architecture):
    for name, opcodes in instructions(architecture).items():
        loads = [opcode for opcode in opcodes if opcode.startswith("LDG")]
        assert loads, name
        assert all("CONSTANT" in opcode for opcode in loads), name


def test_there_are_no_atomics_and_no_barriers(architecture):
    for name, opcodes in instructions(architecture).items():
        assert not [o for o in opcodes if o.startswith(("ATOM", "RED", "BAR", "LDS", "STS"))], name
