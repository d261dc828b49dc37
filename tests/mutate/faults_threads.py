"""Faults in how work is shared out between threads, and in the choice of the instruction set."""

from mutate.fault import Fault, tests_in

tests = tests_in("kernels")
THREADS = tests("threads")
POOL = "csrc/bindings/thread_pool.h"

FAULTS = [
    Fault(
        "helper-too-many",
        POOL,
        "std::min(shares, threads) - 1,",
        "std::min(shares, threads),",
        "a call takes one thread more than num_threads allows",
        tests("threads::as_many_threads_start_as_a_call_may_have"),
    ),
    Fault(
        "childs-pool-is-its-parents",
        POOL,
        "if (owner != getpid()) {",
        "if (owner == 0) {",
        "a forked child waits for threads that it doesn't have, or has one thread",
        tests("threads::a_forked_child_starts_threads_instead_of_waiting_for_its_parents"),
    ),
    Fault(
        "helpers-not-awaited",
        POOL,
        "[&] { return busy_ == 0; };",
        "[&] { return busy_ >= 0; };",
        "a call returns before its result is there",
        THREADS,
    ),
    Fault(
        "shares-leave-rows-out",
        "csrc/cpu/parallel.h",
        "total / shares * share + std::min(share, total % shares)",
        "total / shares * share",
        "the last rows of an image stay unwritten where threads share them unevenly",
        THREADS,
        builds=("module",),
    ),
    Fault(
        "plainest-instruction-set",
        "csrc/cpu/isa.cc",
        "Find(CpuIsas().back())",
        "Find(CpuIsas().front())",
        "vector instructions are never used, and nothing says so",
        tests("isa::the_best_instruction_set_is_the_default"),
    ),
    Fault(
        "forced-instruction-set-ignored",
        "csrc/cpu/isa.cc",
        "if (found != nullptr) return found;",
        "if (found != nullptr) return best;",
        "UPSAMPLE_CPU_ISA is ignored",
        tests("arguments::the_environment_can_name_the_instruction_set"),
    ),
]
