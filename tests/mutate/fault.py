"""A planted fault: what to change, and which tests should see it."""

import dataclasses
import pathlib

ROOT = pathlib.Path(__file__).parents[2]

# What has to be built again after a change in a folder, unless a fault says otherwise.
_BUILDS = {
    "core": ("kernels",),
    "cpu": ("kernels",),
    "bindings": ("module",),
    "hooks": ("hooks",),
    "gpu": ("emulator",),
    "tf": ("op",),
    "xla": ("xla",),
    "python": (),
}


@dataclasses.dataclass(frozen=True)
class Fault:
    """One edit of one file.

    Attributes:
        name: what `make mutate ONLY=` takes.
        file: the file's path from the root of the tree.
        old: text that the file has exactly once.
        new: the text to put in its place.
        why: what a user would notice.
        tests: pytest's names of the tests that should fail.
        builds: some of kernels, hooks, module, emulator, op, xla; default: those of the file's
            folder.
        isa: the instruction set in which it is planted and on which its tests run, if it is in the
            kernels; None for the best set that the processor has.
    """

    name: str
    file: str
    old: str
    new: str
    why: str
    tests: tuple[str, ...]
    builds: tuple[str, ...] | None = None
    isa: str | None = None

    @property
    def folder(self):
        """The folder for which it counts."""
        parts = pathlib.PurePath(self.file).parts
        return parts[1] if parts[0] == "csrc" else parts[0]

    @property
    def libraries(self):
        """What has to be built to have the fault in the libraries."""
        return _BUILDS[self.folder] if self.builds is None else self.builds

    def planted(self, text):
        """Returns a file's text with the fault in it.

        Raises:
            ValueError: the file has changed, and no longer has the text exactly once.
        """
        if text.count(self.old) != 1:
            raise ValueError(
                f"{self.name}: {self.file} has {self.old!r} {text.count(self.old)} times"
            )
        return text.replace(self.old, self.new)


def tests_in(folder):
    """Returns a function from file and test names to pytest's names: "values::one two"."""

    def names(*of_files):
        found = []
        for of_file in of_files:
            file, _, tests = of_file.partition("::")
            path = f"tests/{folder}/test_{file}.py"
            found += [f"{path}::test_{test}" for test in tests.split()] or [path]
        return tuple(found)

    return names
