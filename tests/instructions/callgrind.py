"""Runs the driver of tests/instructions under valgrind's callgrind, and reads what it counted."""

from __future__ import annotations

import pathlib
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from typing import Any

# The function of the driver around what is counted, which it calls twice for each line.
_FUNCTION = "UpsampleCounted"

# All of it, because it moves the stack. No symbol is looked up late; and glibc doesn't copy and
# clear by `rep movsb` and `rep stosb`, of which callgrind would count each byte.
_NEVER = 2**40
_ENVIRONMENT = {
    "LD_BIND_NOW": "1",
    "GLIBC_TUNABLES": f"glibc.cpu.x86_rep_movsb_threshold={_NEVER}"
    f":glibc.cpu.x86_rep_stosb_threshold={_NEVER}",
}


def find_valgrind() -> str:
    """Returns its path; RuntimeError says how to install it."""
    path = shutil.which("valgrind")
    if path is None:
        raise RuntimeError("no valgrind: apt-get install valgrind")
    return path


def version() -> str:
    """Returns valgrind's own, such as valgrind-3.19.0."""
    command = [find_valgrind(), "--version"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def count(
    driver: pathlib.Path,
    lines: Iterable[str],
    on_progress: Callable[[int], object] = lambda done: None,
) -> list[int]:
    """Counts the instructions of calls.

    Args:
        driver: path of the driver that CMake built with UPSAMPLE_INSTRUCTIONS.
        lines: the calls, as the driver reads them.
        on_progress: called after each call with how many are done.

    Returns:
        The instructions that each call executes, on one thread, once it has run before; the same
        each time, and whatever the other calls are.

    Raises:
        RuntimeError: there is no valgrind, or the driver refuses a line.
    """
    with tempfile.TemporaryDirectory() as folder:
        calls, errors = pathlib.Path(folder, "calls"), pathlib.Path(folder, "errors")
        calls.write_text("".join(f"{line}\n" for line in lines))
        command: list[str | pathlib.Path] = [
            *(find_valgrind(), "-q", "--tool=callgrind", "--collect-atstart=no"),
            *(f"--toggle-collect={_FUNCTION}", f"--dump-after={_FUNCTION}"),
            *(f"--callgrind-out-file={folder}/%p", driver),
        ]
        totals = []
        with calls.open() as stdin, errors.open("w") as stderr:
            streams: dict[str, Any] = {"stdin": stdin, "stdout": subprocess.PIPE, "stderr": stderr}
            with subprocess.Popen(command, env=_ENVIRONMENT, text=True, **streams) as process:
                for number in process.stdout or ():
                    totals.append(_total(pathlib.Path(folder, f"{number.strip()}.2")))
                    on_progress(len(totals))
        if process.returncode != 0:
            raise RuntimeError(f"{driver} under valgrind: {errors.read_text().strip()}")
        return totals


def _total(dump: pathlib.Path) -> int:
    totals: Any = re.search(r"^totals: (\d+)$", dump.read_text(), re.MULTILINE)
    return int(totals[1])
