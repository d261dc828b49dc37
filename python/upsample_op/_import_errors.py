"""Says why the compiled files can't be used here, and what to do: one message for each cause."""

from __future__ import annotations

import hashlib
import os
import pathlib
import re
import struct
import sysconfig
from collections.abc import Mapping, Sequence

_REINSTALL = "Reinstall it: pip install --force-reinstall --no-deps upsample_op"
_REBUILD = (
    "build upsample_op for this one, in its source folder: "
    "pip install --no-build-isolation --force-reinstall --no-deps ."
)
# The values of e_machine in an ELF file's header.
_MACHINES = {3: "x86", 40: "ARM", 62: "x86-64", 183: "AArch64", 243: "RISC-V"}


def _error(message: str, path: str | pathlib.Path | None = None) -> ImportError:
    return ImportError(
        f"upsample_op: {message}", name="upsample_op", path=None if path is None else str(path)
    )


def no_tensorflow() -> ImportError:
    """Returns the error for no TensorFlow, which is no dependency: two distributions bring it."""
    return _error(
        "there is no TensorFlow here. Install one: pip install 'upsample_op[cpu]', "
        "or 'upsample_op[gpu]' with CUDA's libraries."
    )


def unsupported(found: str, supported: Sequence[str]) -> ImportError:
    """Returns the error for a TensorFlow for which there is no library."""
    return _error(
        f"this copy is built for TensorFlow {_enumerate(supported)}, whose C++ interfaces differ "
        f"from that of TensorFlow {found}. Install one of those, or {_REBUILD}"
    )


def not_built(folder: pathlib.Path) -> ImportError:
    """Returns the error for a folder that has the Python files, but no readable build_info.json."""
    if (folder.parents[1] / "setup.py").exists():
        what = "That is the source folder: run `make build` there, or start Python elsewhere."
    else:
        what = f"The package is half-installed. {_REINSTALL}"
    return _error(f"{folder} has no build_info.json, or no whole one. {what}", folder)


def mixed(folder: pathlib.Path, version: str, version_built: str) -> ImportError:
    """Returns the error for files of two versions of this package."""
    return _error(
        f"{folder} has the Python files of version {version} and the libraries of "
        f"{version_built}. {_REINSTALL}",
        folder,
    )


def check_files(*paths: str | pathlib.Path) -> None:
    """Raises an ImportError unless all files are there and whole.

    If a file is cut short, the dynamic linker would end the process by SIGBUS.
    """
    for path in map(pathlib.Path, paths):
        if not path.exists():
            raise _error(f"{path} is missing: the package is half-installed. {_REINSTALL}", path)
        if not _is_whole(path):
            raise _error(f"{path} is damaged: it is no whole library. {_REINSTALL}", path)


def check_sums(folder: pathlib.Path, sums: Mapping[str, str]) -> None:
    """Raises an ImportError unless the files that are there have the SHA-256 {name: sum}.

    If a file has other bytes, though as many, the dynamic linker can end the process.
    """
    damaged = [
        str(folder / name)
        for name, expected in sums.items()
        if (folder / name).exists()
        and hashlib.sha256((folder / name).read_bytes()).hexdigest() != expected
    ]
    if damaged:
        what = f"damaged, with other bytes than were built: {', '.join(damaged)}"
        raise _error(f"{what}. {_REINSTALL}", damaged[0])


def _is_whole(path: str | pathlib.Path) -> bool:
    """Returns whether a file is ELF, and as long as its header says (man 5 elf)."""
    header = _header(path)
    if header is None:
        return False
    is_64_bit, order = header[4] == 2, "<" if header[5] == 1 else ">"
    # The table of sections is at the end of the file.
    layout, begin = ("QI6H", 40) if is_64_bit else ("II6H", 32)
    table, *_, entry_bytes, entries, _ = struct.unpack_from(order + layout, header, begin)
    return os.path.getsize(path) >= table + entries * entry_bytes


def _machine_of(path: str | pathlib.Path) -> str | None:
    """Returns an ELF file's machine, such as "x86-64, 64 bits", or None if that is unknown."""
    if (header := _header(path)) is None:
        return None
    (machine,) = struct.unpack_from("<H" if header[5] == 1 else ">H", header, 18)
    return f"{_MACHINES.get(machine, f'machine {machine}')}, {32 * header[4]} bits"


def _header(path: str | pathlib.Path) -> bytes | None:
    try:
        with open(path, "rb") as file:
            header = file.read(64)
    except OSError:
        return None
    return header if len(header) == 64 and header[:4] == b"\x7fELF" else None


def not_loaded(
    paths: Sequence[pathlib.Path], message: str, tensorflow_version: str | None = None
) -> ImportError:
    """Returns the error for a library that the dynamic linker refuses with a message.

    Args:
        paths: the library, and those of ours that it needs.
        message: the dynamic linker's message.
        tensorflow_version: TensorFlow's version, if TensorFlow loads the library.
    """
    # For a library for another machine, its message would be that there is no such file.
    here = _machine_of("/proc/self/exe")
    for path in paths if here else ():
        if (machine := _machine_of(path)) != here:
            what = f"{path} is for {machine}, and this process for {here}"
            return _error(f"{what}. {_REINSTALL}", path)
    cause = _cause(message, paths[0], tensorflow_version)
    return _error(f"{paths[0]} can't be loaded: {cause} ({message})", paths[0])


def _cause(message: str, path: pathlib.Path, tensorflow_version: str | None) -> str:
    """Returns what the dynamic linker's message means, and what to do."""
    if too_old := re.search(r"version `((GLIBC|GLIBCXX|CXXABI|GCC)_[\d.]+)' not found", message):
        library = {"GLIBC": "glibc", "GCC": "libgcc"}.get(too_old[2], "libstdc++")
        return (
            f"this system's {library} is too old ({too_old[1]} is not there). Use a newer system, "
            f"or {_REBUILD}"
        )
    undefined = re.search(r"undefined symbol: (\w+)", message)
    if undefined and "8upsample" in undefined[1]:
        return f"it is of another build than the libraries beside it. {_REINSTALL}"
    if undefined and tensorflow_version:
        return (
            f"this TensorFlow {tensorflow_version} has another C++ interface than the one on PyPI. "
            f"Install that, or {_REBUILD}"
        )
    if missing := re.match(r"(\S+): cannot open shared object file", message):
        return f"this system, or this TensorFlow, lacks {missing[1]}. Install what brings it"
    if "sub-interpreter" in message:
        return "import it in the main interpreter of the process"
    if "failed to map segment" in message:
        return f"{path.parent} must allow that files are executed (no noexec)"
    return f"the dynamic linker refuses it. If nothing else explains that: {_REINSTALL}"


def other_copy(path: str) -> ImportError:
    """Returns the error for ops that another file has registered already."""
    try:
        maps = pathlib.Path("/proc/self/maps").read_text().splitlines()
    except OSError:
        maps = []
    loaded = {line.split(maxsplit=5)[5] for line in maps if "libupsample_op_tf" in line} - {path}
    return _error(
        f"another copy of the op library was loaded before {path}: "
        f"{', '.join(sorted(loaded)) or 'one that is not known'}. Use one of them in a process.",
        path,
    )


def check_python(folder: pathlib.Path) -> None:
    """Raises an ImportError if the kernels' module is there, but for other Pythons only."""
    others = (path.name for path in folder.glob("_kernels.cpython-*"))
    versions = sorted({re.sub(r".*cpython-3(\d+t?).*", r"3.\1", name) for name in others})
    # A `t` at the end stands for a Python without a global lock, which has another C interface.
    this = "3." + sysconfig.get_config_var("SOABI").split("-")[1][1:]
    if versions and this not in versions:
        raise _error(
            f"this copy is built for Python {_enumerate(versions)}, and this is {this}. "
            "Use one of those, or install upsample_op from its source for this one.",
            folder,
        )


def _enumerate(names: Sequence[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last
