"""The kernels' module when Python ends during a call, and in more than one interpreter."""

import sys

import pytest

from upsample_op import _kernels

INTERPRETERS = "_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters"


@pytest.mark.parametrize("num_threads", [1, 2])
def test_python_may_end_while_a_daemon_thread_is_in_a_kernel(num_threads, run_python):
    """The thread never gets Python's lock again. It is tried several times, as chance matters."""
    for _ in range(4):
        said = run_python(
            f"""
            import threading, time
            import numpy as np
            from upsample_op import kernels
            x = np.zeros((8, 128, 128, 16), np.float32)
            out = np.empty((8, 256, 256, 16), np.float32)
            begun = threading.Event()
            def run():
                while True:
                    kernels.upsample2d(x, 2, "bilinear", num_threads={num_threads}, out=out)
                    begun.set()
            for _ in range(2):
                threading.Thread(target=run, daemon=True).start()
            begun.wait()
            time.sleep(0.01)
            print("end")
            """
        )
        assert said == "end\n"


def test_a_sub_interpreter_is_told_at_once(run_python):
    """Only the module is imported, because some versions of NumPy refuse sub-interpreters too."""
    pytest.importorskip(INTERPRETERS)
    said = run_python(
        f"""
        import {INTERPRETERS} as interpreters
        program = '''if True:
            import importlib.util
            names = "upsample_op._kernels", {_kernels.__file__!r}
            try:
                importlib.util.module_from_spec(importlib.util.spec_from_file_location(*names))
            except ImportError as error:
                print(error, flush=True)
        '''
        interpreters.run_string(interpreters.create(), program)
        import numpy as np, upsample_op
        print(upsample_op.kernels.upsample2d(np.ones((1, 2, 2, 1))).sum())
        """
    )
    assert said == "a sub-interpreter of Python can't use this module\n16.0\n"
