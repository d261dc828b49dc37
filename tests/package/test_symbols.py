"""The compiled files load where they claim to: they need and export only what they should.

They are this build's files, with the installed TensorFlow. `make wheel-test` tests the wheel's
files, with every TensorFlow that the wheel is for (UPSAMPLE_LIBRARIES, UPSAMPLE_TENSORFLOWS, as for
setup.py).
"""

import importlib.util
import os
import pathlib
import re

import pytest

import symbols
from built_files import BUILT, FOR_TENSORFLOW, HOOKS, KERNELS, MODULES, SHIPPED, dynamic, each_of


def folders_of_tensorflow():
    """Returns {minor version: folder} of UPSAMPLE_TENSORFLOWS, or of the installed TensorFlow."""
    if named := os.environ.get("UPSAMPLE_TENSORFLOWS"):
        pairs = [pair.split("=") for pair in named.split(";")]
        return {".".join(version.split(".")[:2]): folder for version, folder in pairs}
    (minor,) = BUILT["tensorflow"]
    return {minor: os.path.dirname(importlib.util.find_spec("tensorflow").origin)}


def minor_of(library):
    return re.search(r"_tf(\d+\.\d+)\.so$", library.name)[1]


def test_there_is_a_library_for_each_tensorflow():
    expected = {f"libupsample_op_tf{minor}.so" for minor in BUILT["tensorflow"]}
    expected |= {
        f"libupsample_op_xla_tf{minor}.so"
        for minor, built in BUILT["tensorflow"].items()
        if built["xla"] is None
    }
    assert {path.name for path in FOR_TENSORFLOW} == expected
    assert set(folders_of_tensorflow()) == set(BUILT["tensorflow"])


@pytest.mark.skipif("UPSAMPLE_LIBRARIES" not in os.environ, reason="not built for old systems")
@each_of(SHIPPED)
def test_needs_no_newer_system_than_tensorflow_does(library):
    taken = symbols.undefined(library)
    of_systems = [symbol for symbol in taken if symbol.version]
    assert of_systems
    assert [symbol for symbol in of_systems if not symbol.is_of_an_old_system] == []


@each_of(SHIPPED)
def test_needs_libraries_that_every_system_has_and_its_own(library):
    every_system_has = {
        *("libc.so.6", "libdl.so.2", "libgcc_s.so.1", "libm.so.6", "libpthread.so.0", "librt.so.1"),
        *("libstdc++.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"),
    }
    own = set()
    if library != KERNELS:
        own.add("libupsample_kernels.so")
    if library in FOR_TENSORFLOW:
        own.add("libtensorflow_framework.so.2")
    is_for_xla = "_xla_" in library.name
    if is_for_xla:
        own |= {"libtensorflow_cc.so.2", library.name.replace("_xla_", "_")}
    assert set(dynamic(library, "NEEDED")) - every_system_has == own
    # The op library has to be loaded before the one for XLA, which must not load it.
    finds_neighbours = library != KERNELS and not is_for_xla
    # It isn't RUNPATH, because LD_LIBRARY_PATH comes before that.
    assert dynamic(library, "RPATH") == ["$ORIGIN"] * finds_neighbours
    assert dynamic(library, "RUNPATH") == []


@each_of([KERNELS])
def test_the_kernels_take_nothing_from_elsewhere(library):
    """They don't take the CUDA runtime either: TensorFlow exports its own CUDA version's."""
    taken = symbols.undefined(library)
    assert [s.name for s in taken if not s.version and not s.is_weak] == []


@each_of([HOOKS, *MODULES])
def test_a_module_takes_pythons_functions_and_the_kernels(library):
    ours = symbols.mangled_exports(KERNELS)
    for symbol in symbols.undefined(library):
        if not symbol.version and not symbol.is_weak:
            assert symbol.mangled in ours or symbol.matches(["Py*", "_Py*"])


@each_of(FOR_TENSORFLOW)
def test_a_library_takes_of_tensorflow_what_is_there_and_allowed(library):
    folder = pathlib.Path(folders_of_tensorflow()[minor_of(library)])
    allowed = list(symbols.FROM_TENSORFLOW)
    theirs = set(symbols.mangled_exports(folder / "libtensorflow_framework.so.2"))
    if "_xla_" in library.name:
        allowed += symbols.FROM_TENSORFLOW_FOR_XLA
        theirs |= symbols.mangled_exports(folder / "libtensorflow_cc.so.2")
    ours = symbols.mangled_exports(KERNELS)
    taken = [s for s in symbols.undefined(library) if not s.version and not s.is_weak]
    taken = [symbol for symbol in taken if symbol.mangled not in ours]
    assert len(taken) > 30
    assert sorted(s.name for s in taken if not s.matches(allowed)) == []
    assert sorted(s.name for s in taken if s.mangled not in theirs) == []


def test_the_kernels_offer_what_the_others_call():
    offered = {symbol.name for symbol in symbols.exported(KERNELS)}
    called = {
        symbol.name
        for library in (HOOKS, *MODULES, *FOR_TENSORFLOW)
        for symbol in symbols.undefined(library)
        if symbol.name.startswith("upsample::")
    }
    assert offered == called
    assert {"upsample::UpsampleCpu", "upsample::PlanCpu", "upsample::MakeProblem"} <= offered


@each_of(MODULES)
def test_a_module_offers_its_initialisation(library):
    assert [symbol.name for symbol in symbols.exported(library)] == ["PyInit__kernels"]


def test_the_hooks_offer_functions_of_c():
    offered = symbols.exported(HOOKS)
    assert offered
    assert [symbol.name for symbol in offered if not symbol.name.startswith("upsample_")] == []


@each_of(FOR_TENSORFLOW)
def test_a_library_for_tensorflow_offers_nothing(library):
    assert symbols.exported(library) == []


@each_of(SHIPPED)
def test_no_path_of_the_building_machine_is_inside(library):
    code = library.read_bytes()
    root = pathlib.Path(__file__).parents[2]
    assert os.fsencode(root) not in code
    assert os.fsencode(pathlib.Path.home()) not in code
    for folder in folders_of_tensorflow().values():
        assert os.fsencode(folder) not in code
