"""Any number of threads, instruction set, process and door gives the same bits."""

import functools
import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import reproducibility
from reproducibility import CASES, FEW_CASES, digest
from upsample_op import _hooks, kernels


def program_of(call):
    """Returns a program that prints what a call of tests/reproducibility.py returns, as JSON."""
    return f"import json, reproducibility; print(json.dumps(reproducibility.{call}))"


def through_numpy(case, num_threads):
    return [
        case.run_kernel(case.random(backward), backward, num_threads=num_threads)
        for backward in (False, True)
    ]


@functools.cache
def expected(case):
    """Returns the digest of what one thread gives on the chosen instruction set."""
    return digest(*through_numpy(case, 1))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_threads_and_instruction_sets(case):
    best = kernels.cpu_isa()
    try:
        for isa in kernels.cpu_isas():
            assert _hooks.set_cpu_isa(isa)
            for num_threads in (1, 2, 3, 8):
                found = digest(*through_numpy(case, num_threads))
                assert found == expected(case), f"{isa}, {num_threads} threads"
    finally:
        _hooks.set_cpu_isa(best)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_doors(case, monkeypatch):
    monkeypatch.setenv("UPSAMPLE_XLA_LOWERING", "custom_call")
    found = reproducibility.through_tensorflow(case)
    assert found == dict.fromkeys(("eager", "tf.function", "jit"), expected(case))


@pytest.mark.parametrize("isa", kernels.cpu_isas())
@pytest.mark.parametrize("threads", [1, 2, 8])
def test_processes(isa, threads, run_after_tensorflow):
    """The processes differ in intra-op threads, op determinism and UPSAMPLE_CPU_ISA."""
    program = program_of(f"results({threads}, is_deterministic={threads != 2})")
    found = json.loads(run_after_tensorflow(program, UPSAMPLE_CPU_ISA=isa))
    assert found["isa"] == isa
    for case in FEW_CASES:
        assert set(found["results"][str(case)].values()) == {expected(case)}, str(case)


@pytest.mark.parametrize("jit", [False, True], ids=["eager loop", "jit"])
def test_two_trainings_give_the_same_weights(jit, run_after_tensorflow):
    with ThreadPoolExecutor(2) as pool:
        program = program_of(f"trained_weights(jit_compile={jit})")
        runs = [json.loads(found) for found in pool.map(run_after_tensorflow, [program] * 2)]
    assert runs[0] == runs[1]
    assert runs[0]["before"] != runs[0]["after"]
    assert runs[0]["losses"][-1] < 0.7 * runs[0]["losses"][0]


def test_a_digest_sees_one_bit():
    x = np.zeros((2, 3), np.float32)
    other = x.copy()
    other[1, 2] = -0.0
    assert digest(x) == digest(x.copy()) != digest(other)
    assert digest(x) != digest(x.reshape(3, 2))
    assert digest(x) != digest(x.astype(np.int32))
