"""The kernels' tests run with no TensorFlow installed, each on every instruction set there is."""

import pytest

from upsample_op import _hooks, kernels


@pytest.hookimpl(trylast=True)
def pytest_generate_tests(metafunc):
    """Runs a test on one instruction set after another before it goes on to the next problem."""
    if "isa" in metafunc.fixturenames:
        metafunc.parametrize("isa", kernels.cpu_isas(), indirect=True)


@pytest.fixture
def isa(request):
    """Runs the test on one instruction set, and asserts that it is the one that ran."""
    best = kernels.cpu_isas()[-1]
    assert _hooks.set_cpu_isa(request.param)
    yield request.param
    assert kernels.cpu_isa() == request.param
    _hooks.set_cpu_isa(best)
