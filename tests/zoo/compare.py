"""Decides whether two results of a model differ by more than rounding explains."""

import dataclasses

import numpy as np

# How many times as large as the model's own answer to changed last bits a difference may be. The
# answer is measured for a few random changes. Another way to add up rounds differently from all of
# them: it moves other numbers below zero, where the gradient of a ReLU jumps.
_MARGIN = 4
_EPSILON = float(np.finfo(np.float32).eps)


@dataclasses.dataclass(frozen=True)
class Difference:
    """How far results are from those of the stock model.

    Attributes:
        outputs: the largest difference, relative to the largest value of the tensor.
        loss: the loss's difference, relative to the loss.
        gradients: the largest difference, relative to the largest value of all gradients.
        worst: the tensor that is nearest to its tolerance or farthest beyond.
        share: that tensor's difference divided by its tolerance; more than 1 is a fault.
    """

    outputs: float
    loss: float
    gradients: float
    worst: str
    share: float


class Tolerance:
    """How a model answers to changes of the last bits of its weights and inputs, times a margin.

    A tensor whose answers happen to be small gets the usual answer, relative to its largest value:
    that of gradients for a gradient, and that of outputs otherwise.

    Args:
        stock: {what: array}, the results of the stock model.
        salted: a list of such results, with last bits changed.

    Attributes:
        usual: the median of the relative answers of outputs, and of gradients.
    """

    def __init__(self, stock, salted):
        self._stock = stock
        self._scale = {what: _largest(value) for what, value in stock.items()}
        answers = {what: max(_distance(s[what], stock[what]) for s in salted) for what in stock}
        self.usual = {}
        for kind in ("output", "gradient"):
            relative = [_share(answers[w], self._scale[w]) for w in stock if w.startswith(kind)]
            self.usual[kind] = max(float(np.median(relative)) if relative else 0.0, _EPSILON)
        self._tolerance = {}
        for what, answer in answers.items():
            usual = self.usual["gradient" if what.startswith("gradient") else "output"]
            self._tolerance[what] = _MARGIN * max(answer, usual * self._scale[what])

    def difference(self, found):
        """Returns the `Difference` of results, which may lack some of the tensors.

        Raises:
            ValueError: a shape differs, or there is a tensor that stock doesn't have.
        """
        distances, shares = {}, {}
        for what, value in found.items():
            if what not in self._stock or value.shape != self._stock[what].shape:
                raise ValueError(f"{what} has another shape, or stock has none")
            distances[what] = _distance(value, self._stock[what])
            shares[what] = _share(distances[what], self._tolerance[what])
        worst = max(shares, key=shares.get)
        return Difference(
            self._relative(distances, "output"),
            self._relative(distances, "loss"),
            self._relative(distances, "gradient"),
            worst,
            shares[worst],
        )

    def _relative(self, distances, kind):
        chosen = [what for what in distances if what.startswith(kind)]
        if kind != "gradient":
            return max((_share(distances[w], self._scale[w]) for w in chosen), default=0.0)
        scale = max((self._scale[what] for what in chosen), default=0.0)
        return _share(max((distances[what] for what in chosen), default=0.0), scale)


def same_bits(found, stock):
    """Returns whether each of the found arrays has the same bytes in stock's results."""
    return all(value.tobytes() == stock[what].tobytes() for what, value in found.items())


def _largest(value):
    return float(np.max(np.abs(value), initial=0))


def _distance(found, stock):
    """Returns the largest difference, which is infinite if only one of two numbers is finite."""
    is_finite = np.isfinite(stock)
    if not np.array_equal(is_finite, np.isfinite(found)):
        return float("inf")
    difference = np.abs(found.astype(np.float64) - stock)[is_finite]
    return float(np.max(difference, initial=0))


def _share(distance, whole):
    return 0.0 if distance == 0 else distance / whole if whole else float("inf")
