"""What the stages compute, with the right bits, and threads that compute it again and again."""

import dataclasses
import random
import threading
import time

# This import, unlike that of `concurrent.futures`, runs the module at once. It registers functions
# that acquire a lock before a fork and release it after; if a thread of numpy_threads did so during
# a fork of the main thread, the lock would be released by a thread that never acquired it.
from concurrent.futures import ThreadPoolExecutor

import numpy as np

import cases
from upsample_op._case import Case

_SMALL = [
    (shape, size)
    for shape, size in cases._SHAPES_AND_SIZES
    if np.prod(shape) * size[0] * size[1] < 10_000
]
# By csrc/cpu/tuning.h's estimate these are work for several threads on the NumPy face (25 us a
# share), in TensorFlow and under XLA (50 us). Their results have 3 to 6 MB as float32.
_LARGE = [((2, 64, 60, 33), (2, 3)), ((1, 150, 141, 9), (3, 2)), ((5, 70, 80, 3), (4, 3))]


class WrongResultError(AssertionError):
    """A result that differs from that of one thread."""


@dataclasses.dataclass(frozen=True)
class Item:
    """One upsampling and its transpose, with the results of one thread.

    Attributes:
        case: what is computed.
        x: the input.
        result: the bytes of the result.
        grad_out: an input of the gradient, or None if the dtype has no gradient.
        grad: the bytes of the gradient.
    """

    case: Case
    x: np.ndarray
    result: bytes
    grad_out: np.ndarray | None
    grad: bytes | None

    @classmethod
    def of(cls, case, seed):
        """Computes the right results on one thread."""
        has_gradient = case.dtype in (
            cases.REALS if case.interpolation == "bilinear" else cases.REALS + cases.COMPLEXES
        )
        x = case.random(seed=seed)
        grad_out = case.random(backward=True, seed=seed + 1) if has_gradient else None
        result = case.run_kernel(x, num_threads=1)
        grad = case.run_kernel(grad_out, True, num_threads=1) if has_gradient else None
        return cls(case, x, result.tobytes(), grad_out, grad.tobytes() if has_gradient else None)

    def check(self, found, backward=False):
        """Raises WrongResultError unless `found` is the result, to the bit."""
        right = self.grad if backward else self.result
        if found.tobytes() == right:
            return
        expected = np.frombuffer(right, self.case.np_dtype)
        found = np.ascontiguousarray(found).reshape(-1)
        name = f"{self.case}{' backward' if backward else ''}"
        if (found.size, found.dtype) != (expected.size, expected.dtype):
            raise WrongResultError(f"{name}: {found.size} elements of {found.dtype}")
        unsigned = np.dtype((np.void, expected.itemsize))
        differ = np.flatnonzero(found.view(unsigned) != expected.view(unsigned))
        first = differ[0]
        raise WrongResultError(
            f"{name}: {differ.size} of {found.size} elements differ from one thread's result, "
            f"the first at {first}: {found[first]} instead of {expected[first]}"
        )


def make_items(seed, small, large=0, dtypes=cases.ALL_DTYPES):
    """Draws cases. Every layout, interpolation and dtype comes in turn, whatever the seed.

    Args:
        seed: the seed of the shapes and of the values.
        small: how many cases make one share of work.
        large: how many cases make several shares.
        dtypes: the dtypes to draw from.
    """
    rng = random.Random(seed)
    items = []
    for index in range(small + large):
        interpolation = cases.INTERPOLATIONS[index % 2]
        layout = cases.LAYOUTS[index // 2 % 2]
        possible = [d for d in dtypes if interpolation == "nearest" or d in cases.REALS]
        dtype = possible[index // 2 % len(possible)]
        shape, size = rng.choice(_SMALL if index < small else _LARGE)
        case = cases._case(interpolation, layout, dtype, shape, size)
        items.append(Item.of(case, seed + index))
    return items


def pick(rng, items, small):
    """Picks an item, once in 16 times one of the large ones, which follow the `small` ones."""
    if len(items) > small and rng.random() < 1 / 16:
        return items[rng.randrange(small, len(items))]
    return items[rng.randrange(small)]


def run_threads(count, seconds, seed, step, least_calls=0):
    """Calls `step` from several threads until the time is over or one of them fails.

    Args:
        count: the number of threads.
        seconds: how long to go on.
        seed: the seed of the threads' random choices.
        step: a function that takes a random.Random, makes calls, checks them, and returns their
            number.
        least_calls: the least number of calls, however long they take.

    Returns:
        How many calls were made.
    """
    end = time.monotonic() + seconds
    stop = threading.Event()
    made = [0] * count

    def work(index):
        rng = random.Random(f"{seed} {index}")
        try:
            while not stop.is_set():
                if time.monotonic() > end and made[index] * count >= least_calls:
                    break
                made[index] += step(rng)
        except BaseException:
            stop.set()
            raise

    with ThreadPoolExecutor(count) as pool:
        for future in [pool.submit(work, index) for index in range(count)]:
            future.result()
    return sum(made)
