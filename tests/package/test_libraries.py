"""The kernels' machine code: which instructions are where, and that it exists once."""

import os
import pathlib
import re
import subprocess

import numpy as np
import pytest

import upsample_op
from upsample_op import kernels

ROOT = pathlib.Path(__file__).parents[2]
FOLDER = pathlib.Path(upsample_op.__path__[0])
LIBRARIES = [*FOLDER.glob("lib*.so"), *FOLDER.glob("_kernels.*.so")]


def lines(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def row_kernel_objects():
    """Returns the package's newest object files of cpu/row_kernels.cc, by instruction set."""
    objects = sorted(ROOT.glob("build/cpython-*/**/row_kernels.cc.o"), key=os.path.getmtime)
    return {re.search(r"row_kernels_(\w+)\.dir", str(path))[1]: path for path in objects}


def test_instruction_sets_share_no_symbol():
    """If two objects define a function, the linker keeps one, and maybe the wrong one."""
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
    """No AVX register is used outside the kernels that were compiled for AVX."""
    assert len(LIBRARIES) >= 3
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


@pytest.mark.skipif("avx2" not in upsample_op.build_info()["cpu_isas"], reason="x86-64 only")
def test_kernels_prefetch_what_they_read():
    """GCC leaves out calls of a function that only prefetches, if it doesn't inline it."""
    everywhere = {"HorizontalPass", "SumRows", "VectorGather", "ZippedGather"}
    of_avx512 = {"PermutedBlend", "VectorBlend", "ZippedBlend"}
    of_kernels = re.compile(rf"::({'|'.join(everywhere | of_avx512)})\b")
    for isa, path in row_kernel_objects().items():
        kernel, all_kernels, prefetching = set(), set(), set()
        for line in lines("objdump", "--disassemble", "--demangle", "--no-show-raw-insn", path):
            if line.endswith(">:"):
                kernel = set(of_kernels.findall(line))
                all_kernels |= kernel
            elif re.search(r"\sprefetcht1\s", line):
                prefetching |= kernel
        assert all_kernels == everywhere | (of_avx512 if isa == "avx512" else set())
        assert prefetching == all_kernels


def test_the_kernels_are_in_one_library():
    for library in LIBRARIES:
        if library.name != "libupsample_kernels.so":
            assert library.stat().st_size < 2**19


def test_the_cuda_runtime_is_in_the_kernels_library():
    for library in LIBRARIES:
        has_runtime = kernels.has_cuda() and library.name == "libupsample_kernels.so"
        assert (b"cudaErrorInsufficientDriver" in library.read_bytes()) == has_runtime


def test_ops_are_registered_with_their_namespace():
    """That also holds on a machine without a GPU, and with a TensorFlow for the CPU only."""
    from tensorflow.python.framework import kernels as registered_kernels

    upsample_op.upsample2d(np.ones((1, 2, 3, 1)))
    for name in ("UpsampleOp>Upsample2D", "UpsampleOp>Upsample2DGrad"):
        found = registered_kernels.get_registered_kernels_for_op(name)
        devices = ["CPU", *(["GPU"] if kernels.has_cuda() else []), "XLA_CPU_JIT"]
        assert sorted(kernel.device_type for kernel in found.kernel) == devices
