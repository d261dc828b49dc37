"""Why the compiled files can't be used here, and what to do: each cause in a message of its own."""

import os
import pathlib
import re
import struct
import sys

_REINSTALL = "Reinstall it: pip install --force-reinstall --no-deps upsample_op"
_REBUILD = (
    "build upsample_op for this one, in its source folder: "
    "pip install --no-build-isolation --force-reinstall --no-deps ."
)
_THIS_PROGRAM = "/proc/self/exe"
# e_machine of an ELF file's header.
_MACHINES = {3: "x86", 40: "ARM", 62: "x86-64", 183: "AArch64", 243: "RISC-V"}


def _error(message, path=None):
    return ImportError(f"upsample_op: {message}", name="upsample_op", path=path and str(path))


def no_tensorflow():
    """For a machine without TensorFlow, which is no dependency: two distributions bring it."""
    return _error(
        "there is no TensorFlow here. Install one: pip install 'upsample_op[cpu]', "
        "or 'upsample_op[gpu]' with CUDA's libraries."
    )


def unsupported(found, supported):
    """For a TensorFlow that there is no library for."""
    return _error(
        f"this copy is built for TensorFlow {_enumerate(supported)}, whose C++ interfaces differ "
        f"from that of TensorFlow {found}. Install one of those, or {_REBUILD}"
    )


def not_built(folder):
    """For a folder that has the Python files and nothing of the build."""
    if (folder.parents[1] / "setup.py").exists():
        what = "That is the source folder: run `make build` there, or start Python elsewhere."
    else:
        what = f"The package is half-installed. {_REINSTALL}"
    return _error(f"{folder} has no build_info.json. {what}", folder)


def mixed(folder, version, version_built):
    """For files of two versions of this package."""
    return _error(
        f"{folder} has the Python files of version {version} and the libraries of "
        f"{version_built}. {_REINSTALL}",
        folder,
    )


def check_files(*paths):
    """Raises an ImportError unless all are there, whole, and for this machine.

    The dynamic linker would say of a library for another one that there is no such file, and with
    a part of a file it would end the process by SIGBUS.
    """
    here = _machine_of(_THIS_PROGRAM)
    for path in map(pathlib.Path, paths):
        if not path.exists():
            raise _error(f"{path} is missing: the package is half-installed. {_REINSTALL}", path)
        machine = _machine_of(path)
        if machine is None:
            raise _error(f"{path} is damaged: it is no whole library. {_REINSTALL}", path)
        if machine != here:
            what = f"{path} is for {machine}, and this process for {here}"
            raise _error(f"{what}. {_REINSTALL}", path)


def _machine_of(path):
    """Returns what an ELF file is for, such as "x86-64, 64 bits"; None if it is none or cut off."""
    with open(path, "rb") as file:
        header = file.read(64)
    if len(header) < 64 or header[:4] != b"\x7fELF":
        return None
    # man 5 elf.
    is_64_bit, order = header[4] == 2, "<" if header[5] == 1 else ">"
    (machine,) = struct.unpack_from(f"{order}H", header, 18)
    # The table of sections ends the file.
    layout, begin = ("QI6H", 40) if is_64_bit else ("II6H", 32)
    table, *_, entry_bytes, entries, _ = struct.unpack_from(order + layout, header, begin)
    if path != _THIS_PROGRAM and os.path.getsize(path) < table + entries * entry_bytes:
        return None
    return f"{_MACHINES.get(machine, f'machine {machine}')}, {64 if is_64_bit else 32} bits"


def not_loaded(path, message, tensorflow_version=None):
    """For a library that the dynamic linker refuses with a message."""
    if too_old := re.search(r"version `((GLIBC|GLIBCXX|CXXABI|GCC)_[\d.]+)' not found", message):
        library = {"GLIBC": "glibc", "GCC": "libgcc"}.get(too_old[2], "libstdc++")
        what = (
            f"this system's {library} is too old ({too_old[1]} is not there). Use a newer system, "
            f"or {_REBUILD}"
        )
    elif "undefined symbol" in message and tensorflow_version:
        what = (
            f"this TensorFlow {tensorflow_version} has another C++ interface than the one on PyPI. "
            f"Install that, or {_REBUILD}"
        )
    elif "cannot open shared object file" in message:
        what = f"a library that it needs is missing. {_REINSTALL}"
    else:
        what = f"it is damaged. {_REINSTALL}"
    return _error(f"{path} can't be loaded: {what} ({message})", path)


def other_copy(path):
    """For ops that are registered already, by another file."""
    maps = pathlib.Path("/proc/self/maps").read_text().splitlines()
    loaded = {line.split(maxsplit=5)[5] for line in maps if "libupsample_op_tf" in line}
    return _error(
        f"another copy of the op library was loaded before {path}: "
        f"{', '.join(sorted(loaded - {path}))}. Use one of them in a process.",
        path,
    )


def check_python(folder):
    """Raises an ImportError where the module of the kernels is there, but for other Pythons."""
    others = (path.name for path in folder.glob("_kernels.cpython-*"))
    versions = sorted({re.sub(r".*cpython-3(\d+).*", r"3.\1", name) for name in others})
    this = ".".join(map(str, sys.version_info[:2]))
    if versions and this not in versions:
        raise _error(
            f"this copy is built for Python {_enumerate(versions)}, and this is {this}. "
            "Use one of those, or install upsample_op from its source for this one.",
            folder,
        )


def _enumerate(names):
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last
