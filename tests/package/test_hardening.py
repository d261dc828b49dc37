"""The compiled files have what makes a memory fault an error message rather than an attack.

They are also the files that build_info.json names. `make wheel-test` runs these tests and
test_symbols.py on the wheel's files.
"""

import hashlib
import platform
import re

import pytest

import symbols
from built_files import (
    BUILT,
    FOLDER,
    FOR_TENSORFLOW,
    KERNELS,
    MODULES,
    SHIPPED,
    dynamic,
    each_of,
    readelf,
)

# A function that an indirect call may reach begins with this instruction, endbr64.
INDIRECT_TARGET = b"\xf3\x0f\x1e\xfa"


def segments(library):
    """Returns [(type, flags)] of a file's program headers, such as ("LOAD", "R E")."""
    printed = readelf(library, "--program-headers")
    number = r"0x[0-9a-f]+"
    return re.findall(rf"^ +(\w+) +(?:{number} +){{5}}([RWE ]{{3}}) ", printed, re.MULTILINE)


@each_of(SHIPPED)
def test_tables_of_functions_are_filled_at_once_and_then_read_only(library):
    # This is a flag, or with the older tags, of which DT_RPATH is one, a tag without a value.
    assert "BIND_NOW" in " ".join(dynamic(library, "FLAGS")) or dynamic(library, "BIND_NOW")
    assert "NOW" in " ".join(dynamic(library, "FLAGS_1"))
    assert "GNU_RELRO" in dict(segments(library))
    # What would be filled in later would be in this section.
    assert ".got.plt" not in readelf(library, "--section-headers")


@each_of(SHIPPED)
def test_nothing_can_be_written_and_executed(library):
    found = segments(library)
    assert [flags for kind, flags in found if kind == "GNU_STACK"] == ["RW "]
    loaded = [flags for kind, flags in found if kind == "LOAD"]
    assert "R E" in loaded
    assert [flags for flags in loaded if "W" in flags and "E" in flags] == []
    assert dynamic(library, "TEXTREL") == []


@each_of(SHIPPED)
def test_the_stack_is_checked(library):
    assert "__stack_chk_fail" in {symbol.name for symbol in symbols.undefined(library)}


def test_lengths_are_checked_where_the_compiler_can():
    """test_build.py checks the flags of all files. Most call nothing that has a checked form."""
    assert "__fprintf_chk" in {symbol.name for symbol in symbols.undefined(KERNELS)}


@each_of([*MODULES, *FOR_TENSORFLOW])
def test_nothing_is_printed_by_a_function_that_has_a_checked_form(library):
    names = {symbol.name for symbol in symbols.undefined(library)}
    assert names & {"fprintf", "printf", "snprintf", "sprintf", "vfprintf", "vsnprintf"} == set()


@pytest.mark.skipif(platform.machine() != "x86_64", reason="an option for x86 alone")
@each_of(SHIPPED)
def test_indirect_calls_have_marked_targets(library):
    assert library.read_bytes().count(INDIRECT_TARGET) > 10


def test_the_files_have_the_sums_written_down():
    found = {path.name: path for path in FOLDER.glob("*.so")}
    assert set(map(str, SHIPPED)) <= {str(path) for path in found.values()}
    sums = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in found.items()}
    assert sums == BUILT["sha256"]
