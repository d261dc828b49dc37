"""Writes requirements/, which has what is installed here and in CI by its hashes: `make lock`.

    python release/lock.py [--upgrade]

pyproject.toml pins what it names. These files pin what that needs in turn, and have the hashes of
the bytes, so a changed index, or another one, is an error of pip rather than code that runs. They
are at the top level because several programs read them: the Makefile reads development's, and
try_wheel.py and tensorflow_headers.py read those of TensorFlow's versions.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

from versions import TENSORFLOWS, UNSUPPORTED

ROOT = pathlib.Path(__file__).parents[1].resolve()
LOCKS = ROOT / "requirements"
UV = [
    *("uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.10"),
    *("--generate-hashes", "--no-annotate", "--custom-compile-command", "make lock"),
]
GROUPS = {
    "dev": ["--group", "dev"],
    "cuda": ["--group", "cuda"],
    # It asks for the distribution `tensorflow`; see pyproject.toml.
    "legacy-keras": ["--no-deps", "--group", "legacy-keras"],
}


def main(options):
    """Resolves each file, and keeps the versions that it has already unless told to upgrade."""
    LOCKS.mkdir(exist_ok=True)
    for name, group in GROUPS.items():
        compile_lock(name, *group, *options)
    with tempfile.TemporaryDirectory() as folder:
        pin = pathlib.Path(folder, "requirements.in")
        for version in TENSORFLOWS:
            pin.write_text(f"tensorflow-cpu=={version}")
            extras = ["pyproject.toml", "--extra", "cpu", "--extra", "test", "--constraint", pin]
            compile_lock(f"tensorflow-{version}", *extras, *options)
        # No extra admits this version.
        pin.write_text(f"tensorflow-cpu=={UNSUPPORTED}\nnumpy>=1.26")
        compile_lock(f"tensorflow-{UNSUPPORTED}", pin, *options)


def compile_lock(name, *arguments):
    """Writes a file of LOCKS."""
    command = [*UV, "--output-file", LOCKS / f"{name}.txt", *arguments]
    # The files are resolved for Python 3.10, which need not be installed here.
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    if subprocess.run(command, cwd=ROOT, env=environment).returncode != 0:
        sys.exit(f"failed: {name}")


def entries(name, packages=None) -> str:
    """Returns a file of LOCKS as text, or only what it has for some packages.

    Args:
        name: the file's name without its ending, such as "dev".
        packages: names as the file has them, such as "ml-dtypes"; default: all.

    Raises:
        LookupError: the file lacks one of them.
    """
    text = (LOCKS / f"{name}.txt").read_text()
    if packages is None:
        return text
    found = re.findall(r"^((\S+)==.*\n(?:[ ]+--hash=.*\n)+)", text, re.MULTILINE)
    if missing := set(packages) - {package for _, package in found}:
        raise LookupError(f"{name}.txt has no {', '.join(sorted(missing))}: make lock")
    return "".join(entry for entry, package in found if package in packages)


if __name__ == "__main__":
    main(sys.argv[1:])
