"""What the release's tables say about versions agrees with what users are told."""

import importlib.metadata
import importlib.util
import pathlib
import re

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = pathlib.Path(__file__).parents[2]


def load(name):
    """Imports a module of release/, which is no package."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "release" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


versions = load("versions")
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
METADATA = importlib.metadata.metadata("upsample_op")


def minor(version):
    return tuple(map(int, version.split(".")[:2]))


def test_the_extras_install_a_tensorflow_that_the_wheel_is_for():
    minors = [minor(version) for version in versions.TENSORFLOWS]
    requirements = map(Requirement, METADATA.get_all("Requires-Dist"))
    found = [need for need in requirements if need.name.startswith("tensorflow")]
    assert {str(need.marker) for need in found} == {'extra == "cpu"', 'extra == "gpu"'}
    for need in found:
        before, after = (2, min(minors)[1] - 1), (2, max(minors)[1] + 1)
        admitted = [n for n in [before, *minors, after] if f"{n[0]}.{n[1]}.5" in need.specifier]
        assert admitted == minors


def test_the_metadata_names_the_pythons():
    python = "Programming Language :: Python :: 3."
    named = [line for line in METADATA.get_all("Classifier") if line.startswith(python)]
    assert named == [f"Programming Language :: Python :: {v}" for v in versions.PYTHONS]
    assert versions.PYTHONS[0] in SpecifierSet(METADATA["Requires-Python"])
    assert set(versions.TENSORFLOWS.values()) <= set(versions.PYTHONS)


def test_readme_names_them_too():
    readme = (ROOT / "README.md").read_text()
    first, *_, last = versions.TENSORFLOWS
    said = re.search(r"TensorFlow (\d\.\d+) to (\d\.\d+) and Python (\d\.\d+) to (\d\.\d+)", readme)
    assert [minor(found) for found in said.groups()] == [
        minor(version) for version in (first, last, versions.PYTHONS[0], versions.PYTHONS[-1])
    ]


def test_pythons_are_found_with_their_versions():
    found = versions.find_pythons()
    assert found
    assert set(found) <= set(versions.PYTHONS)


def test_a_python_that_is_not_there_is_named(capsys):
    versions.name_skipped({"3.10": "python3.10"})
    assert capsys.readouterr().out.splitlines() == [
        f"skipped: there is no Python {version} with its headers on this machine"
        for version in versions.PYTHONS[1:]
    ]


def locked(path):
    """Returns {(package, version): hashes} of a file of requirements/."""
    pattern = r"^(\S+)==(\S+).*\\\n((?: +--hash=\S+(?: \\)?\n)+)"
    found = re.findall(pattern, path.read_text(), re.MULTILINE)
    return {(name, version): hashes.split() for name, version, hashes in found}


@pytest.mark.parametrize("path", LOCKS, ids=[path.stem for path in LOCKS])
def test_a_lock_says_what_the_bytes_are_and_not_where(path):
    text = path.read_text()
    packages = [line for line in text.splitlines() if line and line[0] not in " #"]
    entries = locked(path)
    assert len(entries) == len(packages) > 0
    for hashes in entries.values():
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", h) for h in hashes if h != "\\")
    assert "://" not in text


@pytest.mark.parametrize("group", ["dev", "cuda", "legacy-keras"])
def test_the_locks_have_the_versions_that_are_pinned(group):
    tomllib = pytest.importorskip("tomllib", reason="Python 3.10 has no tomllib")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    pinned = [Requirement(need) for need in project["dependency-groups"][group]]
    entries = locked(ROOT / "requirements" / f"{group}.txt")
    assert pinned
    for need in pinned:
        (version,) = need.specifier
        assert (need.name.replace("_", "-"), version.version) in entries, "make lock"


def test_each_tensorflow_of_the_wheels_tests_is_locked():
    for version in (*versions.TENSORFLOWS, versions.UNSUPPORTED):
        entries = locked(ROOT / "requirements" / f"tensorflow-{version}.txt")
        assert ("tensorflow-cpu", version) in entries


def test_some_packages_of_a_lock_can_be_taken(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "release")
    lock = load("lock")
    taken = lock.entries("dev", ["ninja", "numpy"])
    assert set(re.findall(r"^(\S+)==", taken, re.MULTILINE)) == {"ninja", "numpy"}
    assert set(taken.splitlines()) < set(lock.entries("dev").splitlines())
    with pytest.raises(LookupError, match=r"dev.txt has no no-such-package: make lock"):
        lock.entries("dev", ["no-such-package"])


def test_the_metadata_names_the_licence():
    assert METADATA["License-Expression"] == "Apache-2.0"
    assert "Apache License" in (ROOT / "LICENSE").read_text()
