"""Resident memory of a process, sampled from outside, and whether it grows."""

import itertools
import pathlib
import resource
import statistics

MIB = 1 << 20
_WARM_UP = 0.2  # of the stage's time, until each thread's malloc arena has held the largest
_LEAST_SECONDS = 10  # after the warm-up; in less time, chance decides which tensors were seen

# A last quarter may be larger than the first by this much, and by more if it came in steps.
ALLOWED_FRACTION = 0.02
ALLOWED_BYTES = 8 * MIB


def resident_bytes(pid):
    """Returns the bytes of a process that are in memory, or None when it has ended."""
    try:
        pages = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return None
    return pages * resource.getpagesize() or None  # a zombie has none


class Quarters:
    """The least memory that a stage holds in its first and last quarter after the warm-up.

    That is the lowest tenth of the samples, which includes what leaks. The median also moves with
    the live tensors, up to 100 MB of them over 16 threads. There are more of them at any moment
    when other programs keep the threads from finishing.

    Args:
        samples: [(seconds, bytes)] since the stage began.

    Attributes:
        first: the first quarter's bytes, or None if there were too few samples.
        last: the last quarter's bytes, or None.
        least_growth: the least growth in bytes from one quarter to the next.
    """

    def __init__(self, samples):
        self.first = self.last = None
        if not samples:
            return
        begin, end = samples[0][0], samples[-1][0]
        warm = [size for at, size in samples if at >= begin + (end - begin) * _WARM_UP]
        if end - begin < _LEAST_SECONDS / (1 - _WARM_UP):
            return
        length = len(warm) // 4
        quarters = [warm[length * index : length * (index + 1)] for index in range(4)]
        floors = [statistics.quantiles(quarter, n=10)[0] for quarter in quarters]
        self.first, self.last = floors[0], floors[-1]
        self.least_growth = min(b - a for a, b in itertools.pairwise(floors))

    def is_flat(self):
        """Returns whether no more leaks than is allowed, or True if nothing is known.

        A leak makes each quarter larger than the one before, by a third of the whole growth. Arenas
        and pools fill up in steps, on a busy machine even after the warm-up, so some quarter is
        hardly larger than the one before it.
        """
        if self.first is None:
            return True
        allowed = self.first * ALLOWED_FRACTION + ALLOWED_BYTES
        return self.last - self.first <= allowed or self.least_growth < allowed / 6

    def __str__(self):
        if self.first is None:
            return "too short to tell"
        return f"{self.first / MIB:.0f} MiB, then {self.last / MIB:.0f} MiB"


def plot(samples_of_stages, path):
    """Draws each stage's memory over its time.

    Args:
        samples_of_stages: {name: [(seconds, bytes)]}.
        path: the picture's path.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, panels = plt.subplots(
        len(samples_of_stages), figsize=(8, 2 * len(samples_of_stages)), squeeze=False
    )
    for panel, (name, samples) in zip(panels[:, 0], samples_of_stages.items(), strict=True):
        begin = samples[0][0]
        panel.plot([at - begin for at, _ in samples], [size / MIB for _, size in samples], lw=0.8)
        panel.axvspan(0, (samples[-1][0] - begin) * _WARM_UP, color="0.9")
        panel.set_ylim(0, 1.1 * max(size for _, size in samples) / MIB)
        panel.set_title(f"{name}: {Quarters(samples)}", fontsize=9)
        panel.set_ylabel("resident, MiB", fontsize=8)
    panels[-1, 0].set_xlabel("seconds since the stage began; grey: warm-up")
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    plt.close(figure)
