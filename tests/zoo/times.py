"""Times whole training steps: stock, converted and folded, one after the other in each round."""

import statistics
import time

import upsample_op

_CONVERSIONS = {"stock": None, "ours": {}, "folded": {"fold": True}}
_WARM_UPS = 2
_LEAST_ROUNDS, _MOST_ROUNDS = 5, 51
_SECONDS = 8  # for the rounds of each kind of compilation


def measure(subject, row):
    """Returns {"tf.function": {"stock": ms, "ours": ms, "folded": ms}, "jit": ...}.

    A kind of compilation that stock can't do is left out, and the row says why.

    Args:
        subject: a stock model, which is one again afterwards.
        row: the model's row, which gets failures, and what stock can't do.
    """
    found = {}
    for kind, jit_compile in (("tf.function", False), ("jit", True)):
        steps = {}
        for name, options in _CONVERSIONS.items():
            row.write(f"times: {kind}, {name}")
            try:
                steps[name] = _compiled(subject, options, jit_compile)
            except Exception as error:
                words = f"{kind}: {type(error).__name__}: {str(error).strip()[:200]}"
                if name == "stock":
                    row.values["stock fails"] = words
                    break
                row.fail(f"{name} fails where stock doesn't, {words}")
        if steps:
            found[kind] = _medians(steps)
    return found


def _compiled(subject, options, jit_compile):
    """Returns a step that has run, so that it is compiled from the converted model."""
    if options is not None:
        upsample_op.convert_model(subject.model, **options)
    try:
        step = subject.step(jit_compile)
        for _ in range(_WARM_UPS):
            step()
    finally:
        if options is not None:
            upsample_op.restore_model(subject.model)
    return step


def _medians(steps):
    """Returns {name: median in milliseconds} of rounds. In each round all steps run once."""
    taken = {name: [] for name in steps}
    begin = time.perf_counter()
    while len(taken["stock"]) < _LEAST_ROUNDS or (
        len(taken["stock"]) < _MOST_ROUNDS and time.perf_counter() - begin < _SECONDS
    ):
        for name, step in steps.items():
            start = time.perf_counter()
            step()
            taken[name].append(1e3 * (time.perf_counter() - start))
    return {name: round(statistics.median(values), 3) for name, values in taken.items()}
