"""What the benchmark and the tests see and set in the loaded kernels."""

import numpy as np
import pytest

from upsample_op import _hooks, kernels
from upsample_op.benchmark.inputs import aligned


def test_an_instruction_set_that_is_not_there_is_not_set():
    before = kernels.cpu_isa()
    for name in ("", "avx3"):
        assert not _hooks.set_cpu_isa(name)
        assert kernels.cpu_isa() == before


def test_the_caches_size_is_what_it_is_set_to_until_it_is_set_back():
    of_the_machine = _hooks.last_level_cache_bytes()
    _hooks.set_last_level_cache_bytes(2**40 + 1)
    assert _hooks.last_level_cache_bytes() == 2**40 + 1
    _hooks.set_last_level_cache_bytes(0)
    assert _hooks.last_level_cache_bytes() == of_the_machine


@pytest.mark.parametrize("num_threads", [1, 3])
@pytest.mark.parametrize(("in_bytes", "out_bytes"), [(640, 6400), (6400, 640), (700, 700), (3, 3)])
def test_whole_cache_lines_are_overwritten_and_nothing_else(in_bytes, out_bytes, num_threads):
    x, memory = aligned([in_bytes], np.uint8), aligned([out_bytes + 64], np.uint8)
    x[:] = 1
    memory[:] = 2
    _hooks.mover(x, memory[:out_bytes], num_threads)()
    written = out_bytes // 64 * 64
    assert np.all(memory[:written] != 2)
    assert np.all(memory[written:] == 2)


@pytest.mark.parametrize("offset", [1, 8, 32])
def test_arrays_that_are_no_whole_cache_lines_are_refused(offset):
    memory, out = aligned([1024], np.uint8), aligned([512], np.uint8)
    x, other = memory[:512], memory[offset : offset + 512]
    read_only = x.view()
    read_only.flags.writeable = False
    for pair in [(other, out), (x[::2], out), (out, other)]:
        with pytest.raises(ValueError, match="begin with a cache line"):
            _hooks.mover(*pair, 1)
    with pytest.raises(ValueError, match="must be writeable"):
        _hooks.mover(out, read_only, 1)
    with pytest.raises(ValueError, match="must be at least 1, got 0"):
        _hooks.mover(x, out, 0)
