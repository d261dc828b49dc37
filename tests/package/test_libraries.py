"""The compiled files: what they need, what they leave out, what must not leak between them."""

import os
import pathlib
import re
import subprocess

import numpy as np
import pytest

import upsample_op
from upsample_op import _kernels, kernels

ROOT = pathlib.Path(__file__).parents[2]
OP_LIBRARY = upsample_op.library_path()
XLA_LIBRARY = OP_LIBRARY.replace(".so", "_xla.so")
LIBRARIES = [OP_LIBRARY, XLA_LIBRARY, _kernels.__file__]

each_library = pytest.mark.parametrize(
    "library", LIBRARIES, ids=["libupsample_op", "libupsample_op_xla", "_kernels"]
)


def lines(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def row_kernel_objects():
    """The newest build's object files of cpu/row_kernels.cc, by instruction set."""
    objects = sorted(ROOT.glob("build/*/**/row_kernels.cc.o"), key=os.path.getmtime)
    return {re.search(r"row_kernels_(\w+)\.dir", str(path))[1]: path for path in objects}


def test_instruction_sets_share_no_symbol():
    """Of a function that two objects define, the linker would keep one: maybe the wrong one."""
    objects = row_kernel_objects()
    assert set(objects) == set(upsample_op.build_info()["cpu_isas"])
    for isa, path in objects.items():
        names = [
            line.split(maxsplit=2)[2]
            for line in lines("nm", "--demangle", "--defined-only", "--extern-only", str(path))
        ]
        assert any(f"upsample::{isa}::" in name for name in names)
        foreign = [name for name in names if f"upsample::{isa}::" not in name]
        assert [name for name in foreign if not name.startswith("DW.ref.__gxx_personality")] == []


@pytest.mark.skipif("avx2" not in upsample_op.build_info()["cpu_isas"], reason="x86-64 only")
def test_only_the_kernels_need_more_than_the_baseline():
    """No AVX register outside the kernels that were compiled for AVX."""
    for library in LIBRARIES:
        function, guilty = "", set()
        for line in lines("objdump", "--disassemble", "--demangle", "--no-show-raw-insn", library):
            if line.endswith(">:"):
                function = line
            elif re.search(r"%[yz]mm\d", line) and not re.search(
                r"upsample::avx(2|512)::", function
            ):
                guilty.add(function)
        assert guilty == set()


@pytest.mark.skipif("avx512" not in upsample_op.build_info()["cpu_isas"], reason="x86-64 only")
def test_each_instruction_set_uses_its_registers_and_streams():
    expected = {
        "baseline": ("%xmm", "movntdq"),
        "avx2": ("%ymm", "vmovntdq"),
        "avx512": ("%zmm", "vmovntdq"),
    }
    for isa, path in row_kernel_objects().items():
        code = "\n".join(lines("objdump", "--disassemble", "--no-show-raw-insn", str(path)))
        registers, streamed_store = expected[isa]
        assert re.search(rf"\s{streamed_store} +{registers}\d", code)


@each_library
def test_needs_only_what_every_machine_has(library):
    dynamic = lines("readelf", "--dynamic", "--wide", library)
    needed = {re.search(r"\[(.*)\]", line)[1] for line in dynamic if "(NEEDED)" in line}
    allowed = {"libtensorflow_framework.so.2", "libstdc++.so.6", "libgcc_s.so.1", "libm.so.6"}
    allowed |= {"libc.so.6", "libpthread.so.0", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}
    if library == XLA_LIBRARY:
        allowed |= {"libtensorflow_cc.so.2", "libupsample_op.so"}
        assert {"libtensorflow_cc.so.2", "libupsample_op.so"} <= needed
    assert needed <= allowed
    assert ("libtensorflow_framework.so.2" in needed) == (library != _kernels.__file__)
    assert not [line for line in dynamic if "RPATH" in line or "RUNPATH" in line]


@each_library
def test_exports_the_kernels_to_the_xla_library_and_nothing_else(library):
    names = lines("nm", "--demangle", "--dynamic", "--defined-only", library)
    exported = {match[1] for name in names if (match := re.search(r" (upsample::\w+)", name))}
    kernels_for_xla = {"upsample::PlanCpu"}
    if kernels.has_cuda():
        kernels_for_xla.add("upsample::UpsampleCuda")
    assert exported == (kernels_for_xla if library == OP_LIBRARY else set())


def test_the_kernels_machine_code_is_not_in_the_xla_library():
    names = lines("nm", "--demangle", "--dynamic", "--undefined-only", XLA_LIBRARY)
    assert any("upsample::PlanCpu" in name for name in names)
    assert os.path.getsize(XLA_LIBRARY) < 2**20


@each_library
def test_the_cuda_runtime_is_our_own(library):
    """TensorFlow exports that of its own CUDA version; ours must not be bound to it."""
    undefined = lines("nm", "--dynamic", "--undefined-only", library)
    assert [line for line in undefined if re.search(r" _*cu(da)?[A-Z]", line)] == []
    defined = lines("nm", "--dynamic", "--defined-only", library)
    assert [line for line in defined if re.search(r" _*cu(da)?[A-Z]", line)] == []
    code = pathlib.Path(library).read_bytes()
    has_runtime = kernels.has_cuda() and library != XLA_LIBRARY
    assert (b"cudaErrorInsufficientDriver" in code) == has_runtime


def test_ops_are_registered_with_their_namespace():
    """On a machine without a GPU, and with a TensorFlow for the CPU alone, too."""
    from tensorflow.python.framework import kernels as registered_kernels

    upsample_op.upsample2d(np.ones((1, 2, 3, 1)))
    for name in ("UpsampleOp>Upsample2D", "UpsampleOp>Upsample2DGrad"):
        found = registered_kernels.get_registered_kernels_for_op(name)
        devices = ["CPU", *(["GPU"] if kernels.has_cuda() else []), "XLA_CPU_JIT"]
        assert sorted(kernel.device_type for kernel in found.kernel) == devices
