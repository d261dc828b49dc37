"""What the NumPy face accepts and refuses. tests/tf/test_bad_input.py has the shared messages."""

import os
import subprocess
import sys
import threading
import time
import tracemalloc

import numpy as np
import pytest

from upsample_op import kernels

IMAGES = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5)


def test_defaults_are_nearest_channels_last_by_2():
    expected = IMAGES.repeat(2, axis=1).repeat(2, axis=2)
    np.testing.assert_array_equal(kernels.upsample2d(IMAGES), expected)


def test_sizes_may_be_any_integers():
    expected = kernels.upsample2d(IMAGES, (3, 3))
    for size in (3, np.int64(3), [3, 3], np.array([3, 3]), (np.uint8(3), 3)):
        np.testing.assert_array_equal(kernels.upsample2d(IMAGES, size), expected)


@pytest.mark.parametrize(
    "make",
    [
        lambda x: np.asfortranarray(x),
        lambda x: np.repeat(x, 2, axis=3)[..., ::2],
        lambda x: np.flip(np.flip(x, 1).copy(), 1),
        lambda x: x.astype(x.dtype.newbyteorder()),
        lambda x: np.frombuffer(b"?" + x.tobytes(), x.dtype, offset=1).reshape(x.shape),
        lambda x: x.tolist(),
    ],
    ids=["fortran", "strided", "negative strides", "other byte order", "misaligned", "lists"],
)
def test_inputs_that_need_a_copy_get_one(make):
    expected = kernels.upsample2d(IMAGES.astype(np.float64), 2, "bilinear")
    result = kernels.upsample2d(make(IMAGES), 2, "bilinear")
    np.testing.assert_allclose(result, expected, rtol=1e-6)


def test_contiguous_input_is_not_copied():
    x = np.zeros((1, 256, 256, 16), np.float32)
    out = np.empty((1, 512, 512, 16), np.float32)
    kernels.upsample2d(x, out=out)
    tracemalloc.start()
    kernels.upsample2d(x, out=out)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100_000 < x.nbytes


def test_the_gil_is_released():
    x = np.zeros((8, 512, 512, 16), np.float32)
    out = np.empty((8, 1024, 1024, 16), np.float32)
    begun, ended, ticks = threading.Event(), threading.Event(), []

    def work():
        begun.set()
        kernels.upsample2d(x, 2, "bilinear", out=out, num_threads=1)
        ended.set()

    thread = threading.Thread(target=work)
    thread.start()
    begun.wait()
    while not ended.is_set():
        ticks.append(time.perf_counter())
        time.sleep(0.001)
    thread.join()
    # That is some 200 ms of work. If the lock were held, the loop could not have turned at all.
    assert len(ticks) > 5


def test_read_only_input_is_fine():
    x = IMAGES.copy()
    x.flags.writeable = False
    np.testing.assert_array_equal(kernels.upsample2d(x), kernels.upsample2d(IMAGES))


@pytest.mark.parametrize(
    ("out", "message"),
    [
        (np.empty((2, 6, 8, 4), np.float32), r"`out` must be an array float32 \(2, 6, 8, 5\), got"),
        (np.empty((2, 6, 8, 5), np.float64), "got float64"),
        (np.empty((2, 6, 8, 10), np.float32)[..., ::2], "`out` must be C-contiguous, aligned"),
        ([1.0], "got list"),
    ],
    ids=["shape", "dtype", "strided", "list"],
)
def test_a_wrong_out_is_refused(out, message):
    with pytest.raises(ValueError, match=message):
        kernels.upsample2d(IMAGES, out=out)


def test_an_out_that_overlaps_is_refused():
    memory = np.zeros(2 * 3 * 4 * 5 * 5, np.float32)
    x, out = memory[:120].reshape(2, 3, 4, 5), memory[60:540].reshape(2, 6, 8, 5)
    with pytest.raises(ValueError, match="overlap"):
        kernels.upsample2d(x, out=out)


@pytest.mark.parametrize("num_threads", [0, -1, 1.5, "2", True])
def test_other_thread_counts_are_refused(num_threads):
    with pytest.raises(ValueError, match=f"an integer of at least 1, got {num_threads!r}"):
        kernels.upsample2d(IMAGES, num_threads=num_threads)


@pytest.mark.skipif("asan" in os.environ.get("LD_PRELOAD", ""), reason="ASan needs the memory")
def test_no_memory_for_scratch_is_a_memory_error(run_python):
    """A row of one pixel is as wide as its channels, and two rows are kept during the blend."""
    run_python(
        """
        import resource, numpy as np
        from upsample_op import kernels
        x = np.zeros((1, 2, 1, 5_000_000), np.float32)
        out = np.empty((1, 2, 3, 5_000_000), np.float32)
        used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + 2**25, used + 2**25))
        try:
            kernels.upsample2d(x, (1, 3), "bilinear", out=out, num_threads=1)
        except MemoryError:
            assert kernels.upsample2d(np.ones((1, 1, 1, 1)), 2, "bilinear").sum() == 4
        else:
            raise AssertionError("no MemoryError")
        """
    )


def test_more_threads_than_the_system_has_are_no_error(run_python):
    """The calling thread does the work for which there is no other thread."""
    run_python(
        """
        import resource, numpy as np
        from upsample_op import kernels
        x = np.random.default_rng(0).random((64, 100, 100, 8), np.float32)
        expected = kernels.upsample2d(x, 2, num_threads=1)
        out = np.empty_like(expected)
        # Address space for a few more stacks of 8 MiB.
        used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + 2**26, used + 2**26))
        kernels.upsample2d(x, 2, num_threads=2**40, out=out)
        assert (out == expected).all()
        """
    )


@pytest.mark.parametrize("array", [np.array([[[["a"]]]]), np.array([[[[None]]]])])
def test_dtypes_without_a_kernel_are_refused(array):
    with pytest.raises(ValueError, match=r"no kernel for dtype \w+; there are kernels for bool,"):
        kernels.upsample2d(array)


def test_a_result_beyond_memory_is_a_memory_error():
    with pytest.raises(MemoryError):
        kernels.upsample2d(np.ones((1, 1, 1, 1), np.float32), 2**22)
    np.testing.assert_array_equal(kernels.upsample2d(IMAGES, 1), IMAGES)


def _isa_in_a_process_with(isa):
    environment = {**os.environ, "UPSAMPLE_CPU_ISA": isa}
    program = "from upsample_op import kernels; print(kernels.cpu_isa())"
    return subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, check=True, text=True
    )


def test_the_environment_can_name_the_instruction_set():
    for isa in kernels.cpu_isas():
        assert _isa_in_a_process_with(isa).stdout.strip() == isa


def test_an_instruction_set_that_is_not_there_is_named():
    found = _isa_in_a_process_with("avx3")
    assert found.stdout.strip() == kernels.cpu_isas()[-1]
    assert "UPSAMPLE_CPU_ISA=avx3 is no set that this machine has" in found.stderr
