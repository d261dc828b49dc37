"""Reads what nvcc made of the CUDA kernels. `python tests/machine_code.py [sm_90]` prints it, and
with --record it also writes the file with which a test compares it.
"""

import argparse
import collections
import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sysconfig

import rich.console
from rich.table import Table

import upsample_op

LIBRARY = str(pathlib.Path(upsample_op.__path__[0], "libupsample_kernels.so"))

RECORD = pathlib.Path(__file__).parents[1] / "benchmarks" / "results" / "gpu-machine-code.json"

# cuobjdump starts nvdisasm, which is in the same package folder.
_TOOLS = pathlib.Path(sysconfig.get_path("purelib"), "nvidia", "cu13", "bin")

# The arguments of csrc/gpu/cuda/kernel.h's UpsampleKernel.
_NAME = re.compile(
    r"UpsampleKernel<\(upsample::Direction\)(?P<direction>\d), "
    r"\(upsample::Interpolation\)(?P<interpolation>\d), \(upsample::Element\)(?P<element>\d), "
    r"(?P<vector>\d+), (?P<row_pixel>\d), (?P<size_h>\d), (?P<size_w>\d), "
    r"(?P<is_wide>true|false)>"
)
_ELEMENTS = [
    *("Raw<1>", "Raw<2>", "Raw<4>", "Raw<8>", "Raw<16>"),
    *("Half", "BFloat16", "float", "double"),
]
_BYTES = {"Half": 2, "BFloat16": 2, "float": 4, "double": 8}

# These hold for any multiprocessor since sm_70, except for how many threads it holds.
_REGISTERS, _REGISTER_UNIT, _BLOCK = 65536, 8, 256
_THREADS = collections.defaultdict(lambda: 1536, sm_80=2048, sm_90=2048, sm_100=2048, sm_75=1024)


@dataclasses.dataclass(frozen=True)
class Kernel:
    """One compiled variant. Sizes are in bytes."""

    body: str
    element: str
    vector: int
    row_pixel: int
    size_h: int
    size_w: int
    is_wide: bool
    registers: int
    stack: int
    local: int
    shared: int

    @property
    def vector_bytes(self) -> int:
        """The bytes of the vectors that are read or written whole."""
        raw = re.fullmatch(r"Raw<(\d+)>", self.element)
        return self.vector * (int(raw[1]) if raw else _BYTES[self.element])

    def __str__(self):
        where = {0: "pixel", 1: "row", 3: "row of 3"}[self.row_pixel]
        sizes = f"{self.size_h or 'h'}x{self.size_w or 'w'}"
        wide = " 64-bit" if self.is_wide else ""
        return f"{self.body} {self.element}x{self.vector} {where} {sizes}{wide}"

    def occupancy(self, architecture) -> float:
        """Returns the share of a multiprocessor's threads that its registers allow."""
        return _occupancy(self.registers, architecture)


def _occupancy(registers, architecture):
    per_thread = -(-registers // _REGISTER_UNIT) * _REGISTER_UNIT
    threads = _THREADS[architecture]
    return min(_REGISTERS // (per_thread * _BLOCK), threads // _BLOCK) * _BLOCK / threads


def architectures() -> list[str]:
    """Returns the architectures for which the library has machine code, such as sm_90."""
    listing = _run("cuobjdump", "-lelf", LIBRARY)
    return sorted(set(re.findall(r"\.(sm_\d+)\.cubin", listing)), key=lambda name: int(name[3:]))


def kernels(architecture) -> list[Kernel]:
    """Returns all kernels of the library for an architecture."""
    text = _demangled(_run("cuobjdump", "-res-usage", "-arch", architecture, LIBRARY))
    usage = re.findall(r"Function (.*):\n.*REG:(\d+) STACK:(\d+) SHARED:(\d+) LOCAL:(\d+)", text)
    found = []
    for name, registers, stack, shared, local in usage:
        if (fields := _fields(name)) is None:
            continue
        numbers = {"registers": registers, "stack": stack, "shared": shared, "local": local}
        found.append(Kernel(**fields, **{key: int(value) for key, value in numbers.items()}))
    return found


def instructions(architecture) -> dict[str, collections.Counter]:
    """Returns how often each kernel has each opcode, such as LDG.E.128.CONSTANT, by its `str`."""
    return {
        name: collections.Counter(opcode for _, opcode, _ in listing)
        for name, listing in listings(architecture).items()
    }


def hot_loop(listing) -> list[str]:
    """Returns the opcodes of the shortest loop that stores, a step down the rows of a strip."""
    loops = [
        [opcode for address, opcode, _ in listing if begin <= address <= end]
        for end, opcode, operands in listing
        if opcode.startswith("BRA")
        for begin in [int(number, 16) for number in re.findall(r"0x[0-9a-f]+", operands)]
        if begin < end
    ]
    return min((loop for loop in loops if any(o.startswith("STG") for o in loop)), key=len)


def counts(architecture) -> dict[str, list[int]]:
    """Returns each kernel's registers, and the instructions of its hot loop, by its `str`."""
    code = listings(architecture)
    return {
        str(kernel): [kernel.registers, len(hot_loop(code[str(kernel)]))]
        for kernel in sorted(kernels(architecture), key=str)
    }


def worse(found, recorded, architecture) -> list[str]:
    """Names the kernels that fit a multiprocessor fewer times than recorded, or whose hot loop has
    5 % more instructions.

    Args:
        found: what `counts` returned.
        recorded: what it returned for the record. Kernels of only one of the two are left out.
        architecture: such as "sm_90".
    """
    return [
        f"{name}: {now[0]} registers and {now[1]} instructions, recorded {then[0]} and {then[1]}"
        for name, now in found.items()
        if (then := recorded.get(name))
        and (
            _occupancy(now[0], architecture) < _occupancy(then[0], architecture)
            or now[1] > 1.05 * then[1]
        )
    ]


def listings(architecture) -> dict[str, list[tuple[int, str, str]]]:
    """Returns each kernel's instructions, (address, opcode, operands), by its `str`."""
    names = {_key(kernel): str(kernel) for kernel in kernels(architecture)}
    text = _demangled(_run("cuobjdump", "-sass", "-arch", architecture, LIBRARY))
    found = {}
    for part in text.split("Function : ")[1:]:
        name, _, code = part.partition("\n")
        if (fields := _fields(name)) is None:
            continue
        kernel = Kernel(**fields, registers=0, stack=0, local=0, shared=0)
        found[names[_key(kernel)]] = [
            (int(address, 16), opcode, operands)
            for address, opcode, operands in re.findall(
                r"/\*([0-9a-f]{4,})\*/ +(?:@!?U?P\w+ )? *([A-Z][A-Z0-9_.]*)(.*?);", code
            )
        ]
    return found


def fields_of(direction, interpolation, element, *rest):
    """Returns the first fields of a Kernel as a dict, from the arguments of UpsampleKernel."""
    body = ["Nearest", "Bilinear"][interpolation] + ["Forward", "Backward"][direction]
    keys = ("vector", "row_pixel", "size_h", "size_w", "is_wide")
    return {"body": body, "element": _ELEMENTS[element], **dict(zip(keys, rest, strict=True))}


def _key(kernel):
    return dataclasses.replace(kernel, registers=0, stack=0, local=0, shared=0)


def _fields(name):
    """The fields of a Kernel in its name, or None for the kernel that only moves memory."""
    if (match := _NAME.search(name.replace("(int)", ""))) is None:
        return None
    *numbers, wide = match.groups()
    return fields_of(*map(int, numbers), wide == "true")


def _demangled(text):
    return subprocess.run(
        ["c++filt"], input=text, check=True, capture_output=True, text=True
    ).stdout


def _run(*command):
    path = f"{_TOOLS}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        command, check=True, capture_output=True, text=True, env={**os.environ, "PATH": path}
    ).stdout


def _main():
    available = architectures()
    usual = "sm_90" if "sm_90" in available else available[-1]
    parser = argparse.ArgumentParser(description="Prints what nvcc made of each CUDA kernel.")
    parser.add_argument("architecture", nargs="?", default=usual, choices=available)
    parser.add_argument("--record", action="store_true", help=f"write {RECORD.name}")
    options = parser.parse_args()
    architecture = options.architecture
    if options.record:
        lines = ",\n".join(
            f"{json.dumps(name)}: {json.dumps(numbers)}"
            for name, numbers in counts(architecture).items()
        )
        nvcc = upsample_op.build_info()["cuda"]
        RECORD.write_text(
            f'{{"nvcc": "{nvcc}", "architecture": "{architecture}",\n'
            f'"registers_and_instructions": {{\n{lines}\n}}}}\n'
        )
    code = listings(architecture)
    table = Table(title=f"{architecture}, blocks of {_BLOCK} threads; of code, the hot loop")
    headings = ("kernel", "regs", "stack", "occupancy", "instrs", "ld", "st", "ld 128", "st 128")
    for heading in headings:
        table.add_column(heading, justify="left" if heading == "kernel" else "right", no_wrap=True)
    for kernel in sorted(kernels(architecture), key=str):
        loop = hot_loop(code[str(kernel)])
        table.add_row(
            str(kernel),
            str(kernel.registers),
            str(kernel.stack + kernel.local),
            f"{kernel.occupancy(architecture):.0%}",
            str(len(loop)),
            *(
                str(sum(opcode.startswith(start) for opcode in loop))
                for start in ("LDG", "STG", "LDG.E.128", "STG.E.128")
            ),
        )
    rich.console.Console(width=120).print(table)


if __name__ == "__main__":
    _main()
