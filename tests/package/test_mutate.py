"""The faults of `make mutate` fit the current sources and tests."""

import collections
import re

import pytest

from mutate.__main__ import FAULTS, NO_KILLS, _judge
from mutate.fault import ROOT

FOLDERS = {"core", "cpu", "gpu", "bindings", "hooks", "tf", "xla", "python"}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_can_be_planted_and_its_tests_are_there(fault):
    text = (ROOT / fault.file).read_text()
    assert fault.planted(text) != text
    for test in fault.tests:
        path, _, name = test.partition("::")
        assert not name or re.search(rf"^def {name}\(", (ROOT / path).read_text(), re.MULTILINE)
    assert len(fault.why) > 10


def test_there_are_some_for_each_folder_and_their_names_are_their_own():
    names = collections.Counter(fault.name for fault in FAULTS)
    assert max(names.values()) == 1
    assert len(names) >= 40
    assert {fault.folder for fault in FAULTS} == FOLDERS


def test_only_a_failed_test_or_a_crash_kills():
    failed = "FAILED tests/a.py::test_b[c] - {}\n1 failed in 0.1s"
    assert _judge(1, failed.format("AssertionError: 2.35 eps")) == ("killed", "test_b[c]")
    assert _judge(-11, "")[0] == "killed"
    assert _judge(0, "3 passed")[0] == "survived"
    assert _judge(1, failed.format("ImportError: upsample_op"))[0] == "broken"
    assert _judge(1, "ERROR tests/a.py::test_b - fixture")[0] == "broken"
    assert {_judge(code, "ERROR tests/a.py")[0] for code in (2, 3, 4, 5)} == {"broken"}
    assert re.match(NO_KILLS, "ModuleNotFoundError: no module")
