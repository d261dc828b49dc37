"""Results don't depend on a call's threads, on other calls at the same time, or on forks."""

import concurrent.futures
import os
import subprocess

import numpy as np
import pytest

from cases import LAYOUTS
from upsample_op._case import Case

# Work for 5 threads and more, by csrc/cpu/upsample_cpu.cc's estimate.
SHAPE = (3, 101, 97, 33)


@pytest.mark.parametrize("backward", [False, True])
def test_threads_do_not_change_a_bit(backward, isa):
    for layout in LAYOUTS:
        case = Case("bilinear", layout, "float32", SHAPE, (3, 2))
        x = case.random(backward)
        results = {case.run_kernel(x, backward, num_threads=n).tobytes() for n in (1, 2, 3, 8)}
        assert len(results) == 1


def test_calls_from_several_threads_at_once():
    case = Case("bilinear", "NHWC", "float32", SHAPE, (2, 2))
    inputs = [case.random(seed=seed) for seed in range(4)]
    expected = [case.run_kernel(x, num_threads=1) for x in inputs]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for _ in range(5):
            found = pool.map(lambda x: case.run_kernel(x, num_threads=3), inputs)
            for result, right in zip(found, expected, strict=True):
                np.testing.assert_array_equal(result, right)


@pytest.mark.skipif(
    "libasan" in os.environ.get("LD_PRELOAD", ""),
    reason="GCC 12's ASan leaves a forked child the locks of its malloc, held by nobody",
)
def test_a_forked_child_has_threads_of_its_own(run_python):
    run_python(f"""
        import os
        import threading
        from upsample_op._case import Case

        case = Case("bilinear", "NHWC", "float32", {SHAPE}, (2, 2))
        x = case.random()
        expected = case.run_kernel(x, num_threads=4).tobytes()

        # Forks while the pool is at work, too.
        stop = threading.Event()
        def keep_busy():
            while not stop.is_set():
                case.run_kernel(x, num_threads=4)
        other = threading.Thread(target=keep_busy)
        other.start()
        for _ in range(5):
            child = os.fork()
            if child == 0:
                same = case.run_kernel(x, num_threads=4).tobytes() == expected
                os._exit(0 if same else 1)
            assert os.waitpid(child, 0)[1] == 0
        stop.set()
        other.join()
    """)


@pytest.fixture(scope="session")
def many_processors(tmp_path_factory):
    """Returns a library for LD_PRELOAD that makes glibc count 8 processors on any machine."""
    library = tmp_path_factory.mktemp("processors") / "libprocessors.so"
    source = "int get_nprocs(void) { return 8; }"
    command = ["c++", "-shared", "-fPIC", "-x", "c", "-", "-o", library]
    subprocess.run(command, input=source, text=True, check=True)
    return f"{os.environ.get('LD_PRELOAD', '')} {library}".strip()


@pytest.mark.parametrize("num_threads", [1, 2, 3, 5])
def test_as_many_threads_start_as_a_call_may_have(num_threads, run_python, many_processors):
    # This is a new process, in which no other call has started threads.
    started = run_python(
        f"""
        import os
        from upsample_op._case import Case

        case = Case("bilinear", "NHWC", "float32", {SHAPE}, (2, 2))
        x = case.random()
        before = len(os.listdir("/proc/self/task"))
        for _ in range(5):
            case.run_kernel(x, num_threads={num_threads})
        print(len(os.listdir("/proc/self/task")) - before)
        """,
        LD_PRELOAD=many_processors,
    )
    assert int(started) == num_threads - 1


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one processor has no other threads")
@pytest.mark.skipif(
    "libasan" in os.environ.get("LD_PRELOAD", ""),
    reason="GCC 12's ASan leaves a forked child the locks of its malloc, held by nobody",
)
def test_a_forked_child_starts_threads_instead_of_waiting_for_its_parents(run_python):
    run_python(f"""
        import os
        from upsample_op._case import Case

        case = Case("bilinear", "NHWC", "float32", {SHAPE}, (2, 2))
        x = case.random()
        case.run_kernel(x, num_threads=2)
        child = os.fork()
        if child == 0:
            alone = len(os.listdir("/proc/self/task"))
            case.run_kernel(x, num_threads=2)
            started = len(os.listdir("/proc/self/task")) - alone
            os._exit(0 if (alone, started) == (1, 1) else 1)
        assert os.waitpid(child, 0)[1] == 0
    """)
