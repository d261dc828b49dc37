"""The kernels touch nothing beside their arrays and their scratch memory, on any processor."""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

from upsample_op import kernels

TESTS = pathlib.Path(__file__).parents[1]

pytestmark = [
    pytest.mark.skipif(not shutil.which("cc"), reason="needs a C compiler, cc"),
    pytest.mark.skipif(
        "libasan" in os.environ.get("LD_PRELOAD", ""), reason="ASan has an allocator of its own"
    ),
]


@pytest.fixture(scope="module")
def fence(tmp_path_factory):
    """Returns the library that puts a guard page behind each block of scratch memory."""
    library = tmp_path_factory.mktemp("fence") / "fence.so"
    strict = ["-std=c11", "-D_DEFAULT_SOURCE", "-Wall", "-Wextra", "-Werror"]
    source = TESTS / "guard/fence.c"
    subprocess.run(["cc", *strict, "-O1", "-fPIC", "-shared", source, "-o", library], check=True)
    return str(library)


@pytest.mark.parametrize("isa_to_run", kernels.cpu_isas())
def test_kernels_stay_inside_of_their_memory(isa_to_run, fence):
    path = os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])
    found = subprocess.run(
        [sys.executable, "-m", "guard.calls", isa_to_run],
        env={**os.environ, "LD_PRELOAD": fence, "PYTHONPATH": path},
        capture_output=True,
        text=True,
    )
    lines = found.stdout.splitlines() or ["nothing ran"]
    assert found.returncode == 0, f"{lines[-1]}: {found.returncode}\n{found.stderr}"
    assert int(lines[-1]) > 10000
