"""The kernels' tests need no TensorFlow, and each runs on every available instruction set."""

import pytest

from upsample_op import kernels
from upsample_op.benchmark import hooks


@pytest.fixture(params=kernels.cpu_isas())
def isa(request):
    """Runs the test on one instruction set, and asserts that this set was used."""
    best = kernels.cpu_isas()[-1]
    assert hooks.set_cpu_isa(request.param)
    yield request.param
    assert kernels.cpu_isa() == request.param
    hooks.set_cpu_isa(best)
