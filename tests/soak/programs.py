"""Programs whose end, or whose Ctrl-C, is tested: `python -m soak.programs NAME SEED`.

NumPy is imported where it is used, because a process that has loaded it refuses it to a
sub-interpreter.
"""

import os
import signal
import sys
import threading
import time

# This case takes a tenth of a second on one thread.
_CASE = "bilinear-NHWC-bfloat16-2x512x512x16-by2x2"
_IMPORT = """
import os
try:
    from upsample_op import kernels
    result = kernels.upsample2d([[[[1.0], [5.0]]]], (1, 2), "bilinear").ravel().tolist()
    answer = "works" if result == [1, 2, 4, 5] else f"wrong: {result}"
except ImportError:
    answer = "ImportError"
os.write(%d, answer.encode())
"""


def _item(seed):
    from soak import workload
    from upsample_op._case import Case

    return workload.Item.of(Case.parse(_CASE), seed)


def daemon_thread(seed):
    """Python ends while a daemon thread is in the kernels."""
    item = _item(seed)
    inside = threading.Event()

    def go_on():
        while True:
            inside.set()
            item.case.run_kernel(item.x, num_threads=1 + seed % 2)

    threading.Thread(target=go_on, daemon=True).start()
    inside.wait()
    time.sleep(0.02)


def _import_in_sub_interpreter():
    try:
        import _interpreters as interpreters  # Python 3.13 and later
    except ImportError:
        import _xxsubinterpreters as interpreters
    reads, writes = os.pipe()
    interpreter = interpreters.create()
    interpreters.run_string(interpreter, _IMPORT % writes)
    os.close(writes)
    answer = os.read(reads, 1000).decode()
    interpreters.destroy(interpreter)
    if answer not in ("works", "ImportError"):
        sys.exit(f"the sub-interpreter answered {answer!r}")


def sub_interpreter_first(_seed):
    """A sub-interpreter imports the kernels first, and then the main one does."""
    _import_in_sub_interpreter()
    exec(_IMPORT % 1)


def sub_interpreter_second(seed):
    """A sub-interpreter imports the kernels after the main one, where they still work."""
    item = _item(seed)
    _import_in_sub_interpreter()
    item.check(item.case.run_kernel(item.x))


def interrupt_numpy(seed):
    """Ctrl-C comes during a call of the NumPy face, whose result must be complete."""
    import numpy as np

    item = _item(seed)
    out = np.empty(item.case.out_shape, item.case.np_dtype)
    as_bytes = out.view(np.uint8)
    for _ in range(20):
        _interrupt(
            lambda: item.case.run_kernel(item.x, num_threads=2, out=out),
            before=lambda: as_bytes.fill(0xFF),
        )
        if not (as_bytes == 0xFF).all():  # otherwise the signal came before the kernel
            break
    item.check(out)
    item.check(item.case.run_kernel(item.x))


def interrupt_tensorflow(seed):
    """Ctrl-C comes during an eager call."""
    import tensorflow as tf

    from upsample_op import ops

    item = _item(seed)
    x = tf.constant(item.x)
    _interrupt(lambda: ops.upsample2d(x, *item.case.arguments))
    item.check(ops.upsample2d(x, *item.case.arguments).numpy())


def _interrupt(call, before=lambda: None):
    """Calls until a SIGINT comes while the call is running. It must be a KeyboardInterrupt.

    Args:
        call: the function that is interrupted.
        before: a function that runs before each call and is not interrupted.
    """
    call()
    begin = time.monotonic()
    call()
    delay = (time.monotonic() - begin) / 3
    for _ in range(50):
        before()
        is_called = threading.Event()

        def send(is_called=is_called):
            is_called.wait()
            time.sleep(delay)
            os.kill(os.getpid(), signal.SIGINT)

        sender = threading.Thread(target=send)
        sender.start()
        has_returned = False
        try:
            is_called.set()
            call()
            has_returned = True
            sender.join()
            time.sleep(0.01)
        except KeyboardInterrupt:
            sender.join()
            if not has_returned:
                return
    sys.exit("no call was interrupted in 50 tries")


if __name__ == "__main__":
    globals()[sys.argv[1]](int(sys.argv[2]))
