"""Calls the NumPy face from many threads, with forks in between, and makes many small calls.

Multiprocessing and data loaders fork processes whose pools are at work, as this does.
"""

import os
import signal
import threading
import warnings

from soak import workload


def numpy_threads(seed, seconds, **_):
    """Calls from 16 threads with 1 to 4 threads each, while the main thread forks."""
    items = workload.make_items(seed, small=60, large=12)
    forks = 0
    print("begin", flush=True)

    def step(rng):
        item = workload.pick(rng, items, 60)
        backward = item.grad is not None and rng.random() < 0.5
        x = item.grad_out if backward else item.x
        item.check(item.case.run_kernel(x, backward, num_threads=rng.randint(1, 4)), backward)
        return 1

    counts = []
    errors = []

    def run():
        try:
            counts.append(workload.run_threads(16, seconds, seed, step))
        except BaseException as error:
            errors.append(error)

    threads = threading.Thread(target=run)
    threads.start()
    while threads.is_alive():
        _fork_and_compute(items, f"fork {forks}")
        forks += 1
        threads.join(0.05)
    if errors:
        raise errors[0]
    return {"calls": counts[0] + forks * 3, "threads": 16, "forks": forks}


def _fork_and_compute(items, name):
    """Computes three items in a forked child, on 4 threads."""
    with warnings.catch_warnings():
        # Python 3.12 and later warn about what is tried here.
        warnings.simplefilter("ignore", DeprecationWarning)
        reads, writes = os.pipe()
        child = os.fork()
    if child == 0:
        signal.alarm(30)  # a child that hangs is killed
        code = 1
        try:
            for item in (items[0], items[-1], items[-2]):
                item.check(item.case.run_kernel(item.x, num_threads=4))
            code = 0
        except BaseException as error:
            os.write(writes, repr(error).encode())
        finally:
            os._exit(code)
    os.close(writes)
    with open(reads, errors="replace") as pipe:
        said = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status != 0:
        what = "hung" if status == -signal.SIGALRM else f"ended with {status}"
        raise workload.WrongResultError(f"{name}: the child {what}: {said}")


def many_calls(seed, calls, **_):
    """Makes small calls from 4 threads, three by the NumPy face for each one by the eager op."""
    import tensorflow as tf

    from upsample_op import ops

    items = workload.make_items(seed, small=90)
    tensors = [tf.constant(item.x) for item in items]
    print("begin", flush=True)

    def step(rng):
        index = rng.randrange(len(items))
        item = items[index]
        for _ in range(2):
            item.check(item.case.run_kernel(item.x, num_threads=4))
        backward = item.grad is not None
        x = item.grad_out if backward else item.x
        item.check(item.case.run_kernel(x, backward, num_threads=2), backward)
        item.check(ops.upsample2d(tensors[index], *item.case.arguments).numpy())
        return 4

    return {"calls": workload.run_threads(4, 0, seed, step, calls), "threads": 4}
