"""Which instruction set runs when nobody chooses."""

import os

import pytest

from upsample_op import kernels


@pytest.mark.skipif("UPSAMPLE_CPU_ISA" in os.environ, reason="UPSAMPLE_CPU_ISA chooses")
def test_the_best_instruction_set_is_the_default(run_python):
    # This runs in a new process, because tests choose other sets in this one.
    used = run_python("from upsample_op import kernels; print(kernels.cpu_isa())")
    assert used.strip() == kernels.cpu_isas()[-1]
