"""The stand-ins for glibc's libraries have the old functions, under the old versions."""

import importlib.util
import pathlib
import re
import subprocess

import pytest

PATH = pathlib.Path(__file__).parents[2] / "csrc" / "compat" / "glibc.py"
spec = importlib.util.spec_from_file_location("glibc", PATH)
glibc = importlib.util.module_from_spec(spec)
spec.loader.exec_module(glibc)


def versions_in(library):
    """Returns {function: version} of the functions that a library defines."""
    command = ["objdump", "-T", library]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    functions = re.findall(r"DF \.text\s\S+\s+(\S+) (\w+)$", printed, re.MULTILINE)
    return {name: version for version, name in functions}


def test_they_have_functions_of_old_versions_alone(tmp_path):
    glibc.main("c++", tmp_path)
    found = {}
    for soname in glibc.LIBRARIES:
        found |= versions_in(tmp_path / soname)
    if not found:
        pytest.skip("this glibc is older than 2.34")
    assert {"pthread_create", "pthread_once", "dlopen", "shm_open", "sem_wait"} <= set(found)
    # Functions that were always in libc, or that have changed since, are left as they are.
    assert not {"pthread_mutex_lock", "pthread_cond_wait", "malloc"} & set(found)
    for version in found.values():
        assert tuple(map(int, version.removeprefix("GLIBC_").split("."))) <= glibc.NEWEST


def test_a_glibc_that_has_moved_nothing_has_empty_ones(tmp_path):
    glibc.make("c++", tmp_path, "libdl.so.2", {})
    assert versions_in(tmp_path / "libdl.so.2") == {}
