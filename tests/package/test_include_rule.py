"""The layers of csrc/ include downwards only.

core <- { cpu, gpu/bodies <- { gpu/cuda, gpu/emulator } } <- { bindings <- hooks, tf <- xla }
"""

import pathlib
import re

import pytest

CSRC = pathlib.Path(__file__).parents[2] / "csrc"
FILES = sorted(path for path in CSRC.rglob("*") if path.suffix in (".h", ".cc", ".cu"))

# What a folder may include: folders of csrc, and packages from outside.
ALLOWED = {
    "compat": (set(), set()),
    "core": ({"core"}, set()),
    "cpu": ({"core", "cpu"}, set()),
    "gpu/bodies": ({"core", "gpu/bodies"}, set()),
    "gpu/cuda": ({"core", "gpu/bodies", "gpu/cuda"}, {"cuda_runtime.h"}),
    "gpu/emulator": ({"core", "gpu/bodies", "gpu/emulator"}, set()),
    "bindings": (
        {"core", "cpu", "gpu/bodies", "gpu/cuda", "gpu/emulator", "bindings"},
        {"pybind11", "Python.h"},
    ),
    "hooks": ({"core", "cpu", "gpu/cuda", "bindings", "hooks"}, set()),
    "tf": ({"core", "cpu", "gpu/cuda", "tf"}, {"tensorflow", "absl", "xla"}),
    "xla": ({"core", "cpu", "gpu/cuda", "xla", "tf"}, {"tensorflow", "absl", "xla"}),
}
# The only file of csrc/tf that csrc/xla may include. It makes core's types from TensorFlow's.
TF_FOR_XLA = "tf/translate.h"
# The headers of csrc/gpu/cuda that a host compiler may see.
HOST_HEADERS = ("gpu/cuda/upsample_cuda.h", "gpu/cuda/device.h", "gpu/cuda/traffic.h")
# Headers of the language, of the system and of the compiler, which any folder may include.
FREE = re.compile(r"[a-z_]+|c[a-z]+|[a-z0-9]*intrin\.h|cpuid\.h|cxxabi\.h|pthread\.h|unistd\.h")


def includes(path):
    """Returns the names after #include in a file."""
    return re.findall(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', path.read_text(), re.MULTILINE)


def forbidden(folder, names):
    """Returns the included names that a folder may not include."""
    folders, packages = ALLOWED[folder]
    return [
        name
        for name in names
        if (folder == "xla" and name.startswith("tf/") and name != TF_FOR_XLA)
        # XLA's own headers are in a folder with the same name as ours.
        or (folder != "xla" and name.startswith("xla/") and (CSRC / name).exists())
        or (
            folder_of(name) not in folders | packages
            and (not FREE.fullmatch(name) or name.startswith("cuda"))
        )
    ]


def folder_of(name):
    """Returns the folder that has a rule, or the package, of an included file."""
    first, *others = name.split("/")
    return f"{first}/{others[0]}" if first == "gpu" else first


def test_every_folder_has_a_rule():
    assert {folder_of(str(path.relative_to(CSRC))) for path in FILES} == set(ALLOWED)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(CSRC)))
def test_includes_only_what_its_layer_may(path):
    names = includes(path)
    assert forbidden(folder_of(str(path.relative_to(CSRC))), names) == []
    for name in names:
        if folder_of(name) in ALLOWED and not name.startswith("xla/"):
            assert (CSRC / name).exists()


def test_what_the_host_includes_of_cuda_needs_no_cuda_header():
    """So no file sees both TensorFlow's headers and CUDA's."""
    for path in FILES:
        if folder_of(str(path.relative_to(CSRC))) != "gpu/cuda":
            for name in includes(path):
                assert name in HOST_HEADERS or not name.startswith("gpu/cuda/")
    for header in HOST_HEADERS:
        for name in includes(CSRC / header):
            assert name.startswith("core/") or FREE.fullmatch(name)
            assert not name.startswith("cuda")


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("core", "cpu/upsample_cpu.h"),
        ("cpu", "tensorflow/core/framework/op_kernel.h"),
        ("cpu", "cuda_runtime.h"),
        ("cpu", "pybind11/numpy.h"),
        ("core", "Python.h"),
        ("tf", "bindings/threads.h"),
        ("bindings", "tf/translate.h"),
        ("bindings", "hooks/traffic.h"),
        ("tf", "pybind11/pybind11.h"),
        ("gpu/bodies", "cuda_runtime.h"),
        ("gpu/bodies", "gpu/cuda/launch.h"),
        ("gpu/emulator", "gpu/cuda/launch.h"),
        ("gpu/cuda", "tensorflow/core/framework/op_kernel.h"),
        ("tf", "cuda_runtime.h"),
        ("tf", "gpu/bodies/plan.h"),
        ("tf", "xla/lowering.h"),
        ("xla", "tf/op_kernel.h"),
        ("xla", "bindings/threads.h"),
        ("bindings", "xla/unpack.h"),
    ],
)
def test_the_rule_catches(folder, name):
    assert forbidden(folder, ["vector", "core/problem.h", name]) == [name]
