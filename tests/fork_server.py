"""Runs programs in processes that start with TensorFlow imported, which takes 3 s elsewhere.

They are forks of a process in which nothing but the import has happened: no operation has run
there, and it has neither Keras nor the package. For a program whose subject is what comes before
the import of TensorFlow, a fixture of conftest.py, `run_python`, starts Python anew.
"""

import multiprocessing
import os
import pathlib
import subprocess
import sys
import tempfile

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tensorflow"])


def run(program, cwd=None, **environment) -> subprocess.CompletedProcess:
    """Returns the exit code, the output and the errors of a program, after it has ended.

    The fork has this process' environment variables, and those given here. It is a while since
    Python and TensorFlow looked at the variables that they only read once. PYTHONPATH works.
    """
    with tempfile.TemporaryDirectory() as folder:
        files = [pathlib.Path(folder, name) for name in ("output", "errors")]
        variables = {**os.environ, **environment}
        arguments = (program, cwd or os.getcwd(), variables, files)
        process = _context.Process(target=_execute, args=arguments, daemon=True)
        process.start()
        process.join()
        return subprocess.CompletedProcess(
            program, process.exitcode, *(file.read_text() for file in files)
        )


def _execute(program, cwd, variables, files):
    for stream, file in zip((sys.stdout, sys.stderr), files, strict=True):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT), stream.fileno())
    os.environ.clear()
    os.environ.update(variables)
    os.chdir(cwd)
    sys.path[:0] = [cwd, *filter(None, variables.get("PYTHONPATH", "").split(os.pathsep))]
    exec(compile(program, "<program>", "exec"), {"__name__": "__main__"})
