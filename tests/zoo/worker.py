"""The process of one model: `python -m zoo.worker NAME FILE` writes its row into the file."""

import dataclasses
import json
import pathlib
import sys
import tempfile
import time
import traceback

import tensorflow as tf

import upsample_op
from zoo import times
from zoo.compare import Tolerance, same_bits
from zoo.inventory import Inventory
from zoo.models import MODELS
from zoo.subject import Subject

_SALTS = (1, 2, 3)
# The parts of an inventory that a conversion leaves as they are.
_KEPT = {"layers or their names", "weights", "weights' names"}


class Row:
    """What is known about a model so far. It is in a file after every stage, if the process ends.

    Args:
        path: the file's path.
        name: the model's name.
    """

    def __init__(self, path, name):
        self._path = pathlib.Path(path)
        self._begin = time.monotonic()
        self.values = {"model": name, "failures": [], "stage": "start"}
        self.write("build")

    def write(self, next_stage):
        """Writes what is known, and which stage is about to begin, or "" at the end."""
        self.values["stage"] = next_stage
        self.values["seconds"] = round(time.monotonic() - self._begin, 1)
        self._path.write_text(json.dumps(self.values, indent=1))

    def fail(self, failure):
        """Adds a failure, which is a sentence."""
        self.values["failures"].append(failure)


def main(name, path, with_times):
    """Runs all stages for a model."""
    row = Row(path, name)
    try:
        tf.keras.utils.set_random_seed(0)
        subject = Subject(*MODELS[name].models[name]())
        model = subject.model
        row.values["class"] = type(model).__name__
        row.values["parameters"] = int(model.count_params())
        row.values["keras"] = _keras_of(model)
        check(subject, row)
        if with_times:
            row.write("times")
            row.values["milliseconds"] = times.measure(subject, row)
        row.write("")
    except Exception as error:
        traceback.print_exc()
        words = str(error).strip().splitlines() or [""]
        row.fail(f"{row.values['stage']}: {type(error).__name__}: {words[0][:300]}")
        row.write(row.values["stage"])
    return 1 if row.values["failures"] else 0


def _keras_of(model):
    """Returns a model's Keras with its version, such as "tf_keras 2.21.0"."""
    names = (base.__module__.split(".")[0] for base in type(model).__mro__)
    name = next(name for name in names if name in ("keras", "tf_keras"))
    return f"{name} {sys.modules[name].__version__}"


def check(subject, row):
    """Compares the stock model, the converted one, the folded one and the restored ones."""
    row.write("stock results")
    before = Inventory(subject.model)
    compiled = subject.compiled()
    stock = compiled.results()
    tolerance = Tolerance(stock, [compiled.results(salt) for salt in _SALTS])
    row.values["rounding"] = tolerance.usual
    row.write("stock reload")
    row.values["stock reload"] = _reload(subject, stock, tolerance)
    for name, options in (("ours", {}), ("folded", {"fold": True})):
        row.write(f"{name}: conversion")
        if upsample_op.convert_model(subject.model, **options) is not subject.model:
            row.fail(f"{name}: another model is returned")
        if changes := _KEPT & set(before.changes(Inventory(subject.model))):
            row.fail(f"{name}: conversion changes {', '.join(sorted(changes))}")
        _check_converted(subject, row, name, stock, tolerance)
        row.write(f"{name}: restoring")
        upsample_op.restore_model(subject.model)
        changes = before.changes(Inventory(subject.model))
        if not same_bits(subject.compiled().outputs(), stock):
            changes.append("outputs")
        row.values[f"{name} round trip"] = "; ".join(changes) or "equal"
        if changes:
            row.fail(f"{name}: a round trip changes {'; '.join(changes)}")
    _check_switch(subject, row, tolerance)


def _check_converted(subject, row, name, stock, tolerance):
    report = upsample_op.conversion_report(subject.model)
    compiled = subject.compiled()
    row.values[name] = {
        "replaced": len(report.paths("replaced")),
        "folded": len(report.paths("folded")),
        "left": [dataclasses.asdict(entry) for entry in report if entry.verdict == "left alone"],
        **_count(compiled),
    }
    row.write(f"{name}: results")
    _compare(row, name, tolerance, compiled)
    row.write(f"{name}: reload")
    reload = row.values[f"{name} reload"] = _reload(subject, stock, tolerance)
    if reload != "equal" and row.values["stock reload"] == "equal":
        row.fail(f"{name}: a reload is right for stock, and here: {reload}")


def _check_switch(subject, row, tolerance):
    row.write("switch")
    with upsample_op.enabled():
        compiled = subject.compiled()
    row.values["switch"] = _count(compiled)
    _compare(row, "switch", tolerance, compiled)
    # A layer that resizes in its own code can't be seen. The switch is for such layers.
    sees_nothing = not list(upsample_op.conversion_report(subject.model))
    if sees_nothing and row.values["switch"]["kernels in the graph"]:
        return
    for name in ("ours", "folded"):
        if not row.values[name]["replaced"] + row.values[name]["folded"]:
            row.fail(f"{name}: nothing was replaced")


def _count(compiled):
    kernels, stock_resizes = compiled.kernels()
    return {"kernels in the graph": kernels, "stock resizes in the graph": stock_resizes}


def _compare(row, name, tolerance, compiled):
    found = tolerance.difference(compiled.results())
    row.values[f"{name} difference"] = dataclasses.asdict(found)
    if found.share > 1:
        row.fail(f"{name}: {found.worst} differs by {found.share:.3g} of the tolerance")


def _reload(subject, stock, tolerance):
    """Returns "equal" if a `.keras` file gives a model with the same outputs, or what differs."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/model.keras"
            subject.model.save(path)
            loaded = tf.keras.models.load_model(path, compile=False, safe_mode=False)
        found = subject.outputs_of(loaded)
        share = tolerance.difference(found).share
    except Exception as error:
        words = str(error).strip().splitlines() or [""]
        return f"{type(error).__name__}: {words[0][:200]}"
    if same_bits(found, stock) or share <= 1:
        return "equal"
    return f"outputs differ by {share:.3g} of the tolerance"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], with_times=sys.argv[3] == "times"))
