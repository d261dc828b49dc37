"""A copy of the tree, in which faults are planted, and its incremental build."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import sys
import sysconfig

from mutate.fault import ROOT

FOLDER = ROOT / "build/mutate"
TREE = FOLDER / "tree"
_BUILD = FOLDER / "build"
_PACKAGE = TREE / "python/upsample_op"


class BuildError(Exception):
    """A failed build. Its message is what ninja or CMake said."""


class Scratch:
    """The copy, up to date with the tree. Its libraries are built with little optimization."""

    def __init__(self):
        _copy_tree()
        _configure()
        self._with_fault = set()  # libraries
        self._set_with_fault = None  # the instruction set whose kernels alone had the last fault
        self._build({"kernels", "hooks", "module", "emulator", "op", "xla"})
        self.isas = self._find_isas()

    @contextlib.contextmanager
    def planted(self, fault):
        """Puts the fault into the copy and its libraries, for as long as the block lasts.

        Raises:
            BuildError: the compiler refuses the fault.
            ValueError: the fault doesn't fit the file.
        """
        path = TREE / fault.file
        whole = path.read_text()
        with_fault = fault.planted(whole)
        in_one_set = set(fault.libraries) == {"kernels"}
        if in_one_set:
            self._build(set())  # the other sets' kernels are whole
        path.write_text(with_fault)
        try:
            if in_one_set:
                self._build_kernels(fault.isa or self.isas[-1])
            else:
                self._build(fault.libraries)
            yield
        finally:
            path.write_text(whole)

    def _build(self, libraries):
        """Builds some libraries, and also those that had the last fault, without it."""
        wanted = self._with_fault.union(libraries)
        self._with_fault = set(libraries)
        if wanted:
            _run(["ninja", "-C", _BUILD, *sorted(map(_target, wanted))])

    def _build_kernels(self, isa):
        """Builds one instruction set's kernels; ninja would build all, in three times as long."""
        sets = {isa, self._set_with_fault or isa}
        self._set_with_fault = isa
        _run(["ninja", "-C", _BUILD, "cpu_objects", *(f"row_kernels_{each}" for each in sets)])
        library = _PACKAGE / "libupsample_kernels.so"
        link = _run(["ninja", "-C", _BUILD, "-t", "commands", "-s", library])
        _run(["sh", "-c", f"cd {_BUILD} && {link}"])

    def _find_isas(self):
        """Returns the instruction sets that this processor has, the plainest first."""
        program = "from upsample_op import kernels; print(*kernels.cpu_isas())"
        return _run([sys.executable, "-c", program], PYTHONPATH=str(TREE / "python")).split()

    def run_tests(self, tests, timeout, isa=None):
        """Runs tests until the first one fails, and returns pytest's exit code and output.

        Args:
            tests: pytest's names.
            timeout: the limit in seconds.
            isa: an instruction set; tests that name another one are left out.

        Raises:
            subprocess.TimeoutExpired: the tests hang.
        """
        options = ["-n0", "-q", "-x", "--tb=line", "-rfE", "-p", "no:cacheprovider"]
        if others := [other for other in self.isas if isa not in (None, other)]:
            options += ["-k", " and ".join(f"not {other}" for other in others)]
        command = [sys.executable, "-B", "-m", "pytest", *options, *tests]
        path = os.pathsep.join([str(TREE / "python"), os.environ.get("PYTHONPATH", "")])
        environment = {**os.environ, "PYTHONPATH": path, "COLUMNS": "300"}
        process = subprocess.Popen(
            command,
            cwd=TREE,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            output, _ = process.communicate(timeout=timeout)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, 9)  # this also ends what the tests started
        return process.returncode, output


def _copy_tree():
    """Copies what git knows or would add. A file that is the same keeps its time, for ninja."""
    listed = _run(["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard"]).splitlines()
    files = {name for name in listed if (ROOT / name).is_file()}
    for name in files:
        source, copy = ROOT / name, TREE / name
        if copy.exists() and copy.read_bytes() == source.read_bytes():
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, copy)
    built = {".so", ".pyc"}
    for copy in TREE.rglob("*"):
        name = str(copy.relative_to(TREE))
        is_ours = copy.suffix in built or copy.name == "build_info.json"
        if copy.is_file() and name not in files and not is_ours:
            copy.unlink()


def _configure():
    import pybind11
    import tensorflow as tf

    folder = pathlib.Path(tf.__file__).parent
    _run(
        [
            *("cmake", "-S", TREE, "-B", _BUILD, "-G", "Ninja"),
            f"-DUPSAMPLE_PYTHONS={sys.executable}",
            f"-DUPSAMPLE_TENSORFLOWS={tf.__version__}={folder}",
            f"-DUPSAMPLE_OUTPUT_DIR={_PACKAGE}",
            f"-Dpybind11_DIR={pybind11.get_cmake_dir()}",
            *("-DUPSAMPLE_EMULATOR=ON", "-DCMAKE_CUDA_COMPILER=NOTFOUND"),
            # This compiles in a third of the time that -O3 takes.
            "-DUPSAMPLE_KERNEL_OPTIMIZATION=-O1",
        ]
    )


def _target(library):
    """Returns ninja's name for a library."""
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    named = {
        "kernels": "upsample_kernels",
        "hooks": "upsample_hooks",
        "module": f"_kernels{suffix}",
        "emulator": f"_emulator{suffix}",
        "op": "upsample_op_tf",
        "xla": "upsample_op_xla_tf",
    }[library]
    if not named.startswith("upsample_op"):
        return named
    import tensorflow as tf

    return named + ".".join(tf.__version__.split(".")[:2])


def _run(command, **environment):
    found = subprocess.run(
        list(map(str, command)),
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    if found.returncode != 0:
        raise BuildError(f"{found.stdout[-3000:]}{found.stderr[-3000:]}")
    return found.stdout
