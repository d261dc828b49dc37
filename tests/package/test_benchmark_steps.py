"""Training steps in the benchmark: what is compared, and what rows say. No time is judged."""

import io
import json
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from rich.console import Console

from upsample_op import conversion_report
from upsample_op.benchmark import step, step_models, suite
from upsample_op.benchmark.step import Step, StepCase

TINY = {
    "unet-nearest": "unet-nearest-float32-1x16x16x3-w8-function",
    "unet-nearest-bn": "unet-nearest-bn-float32-2x16x16x3-w8-function",
    "unet-bilinear": "unet-bilinear-float32-1x16x16x3-w8-function",
    "unet-bilinear-bn": "unet-bilinear-bn-float32-2x16x16x3-w8-function",
    "fpn": "fpn-float32-1x32x32x3-w8-function",
    "vae-decoder": "vae-decoder-float32-1x2x2x4-w16-function",
    "dcgan": "dcgan-float32-4x5-w4-function",
}
# How many of a model's convolutions read what nearest has upsampled, alone or concatenated.
FOLDED = {"unet-nearest": 3, "unet-nearest-bn": 3, "vae-decoder": 3, "dcgan": 4}


def test_the_suite_has_every_model_in_each_dtype_and_program():
    cases = step.cases()
    assert [StepCase.parse(str(case)) for case in cases] == cases
    kinds = {(case.model, case.dtype, case.program) for case in cases}
    assert len(cases) == len(kinds) == len(TINY) * 4
    assert {model for model, *_ in kinds} == set(TINY)
    unet = Step(cases[0], "stock").model
    convolutions = [layer for layer in unet.layers if isinstance(layer, tf.keras.layers.Conv2D)]
    assert {32, 64, 128, 256} < {layer.filters for layer in convolutions}


@pytest.mark.parametrize("text", ["unet-float32-1x8x8x3-w8-jit", "dcgan-float32-4x5-w4-xla", ""])
def test_what_names_no_step_is_refused(text):
    with pytest.raises(ValueError, match="no step"):
        StepCase.parse(text)


@pytest.mark.parametrize("name", TINY)
def test_contenders_have_the_same_weights_and_fold_what_they_should(name):
    made = {contender: Step(StepCase.parse(TINY[name]), contender) for contender in step.CONTENDERS}
    first, *others = (its.model.get_weights() for its in made.values())
    for weights in others:
        for one, other in zip(first, weights, strict=True):
            np.testing.assert_array_equal(one, other)
    upsampling = len(conversion_report(made["ours"].model).paths("replaced"))
    assert upsampling > 0
    assert len(conversion_report(made["stock"].model).paths("left alone")) == upsampling
    assert len(conversion_report(made["folded"].model).paths("folded")) == FOLDED.get(name, 0)


def scaled(model):
    layer = next(layer for layer in model.layers if hasattr(layer, "kernel"))
    layer.kernel.assign(layer.kernel * 1.001)
    return model


def interpolated(model):
    for layer in model.layers:
        if hasattr(layer, "interpolation"):
            layer.interpolation = "bilinear"
    return model


@pytest.mark.parametrize("spoilt", ["ours", "folded"])
@pytest.mark.parametrize(
    ("dtype", "spoil"), [("float32", scaled), ("mixed_bfloat16", interpolated)]
)
def test_a_contender_that_computes_something_else_is_not_timed(monkeypatch, dtype, spoil, spoilt):
    monkeypatch.setitem(step.CONTENDERS, spoilt, spoil)
    case = StepCase.parse(TINY["unet-nearest"].replace("float32", dtype))
    found, notes = step.right_steps(case)
    assert set(found) == set(step.CONTENDERS) - {spoilt}
    assert set(notes) == {spoilt}
    assert notes[spoilt].startswith("wrong, and so not timed: off by ")


def test_a_loss_that_is_no_number_is_not_timed(monkeypatch):
    def convert(model):
        model.layers[-1].bias.assign([np.nan])
        return model

    monkeypatch.setitem(step.CONTENDERS, "ours", convert)
    found, notes = step.right_steps(StepCase.parse(TINY["unet-bilinear"]))
    assert set(found) == {"stock", "folded"}
    assert set(notes) == {"ours"}


class Failing(Step):
    """A contender for which XLA has no program."""

    name = "stock"

    def __init__(self, case, contender):
        self._fails = contender == self.name and case.program == "jit"
        super().__init__(case, contender)

    def results(self):
        if self._fails:
            raise tf.errors.InternalError(None, None, "no such program")
        return super().results()


def test_stock_may_fail_but_ours_may_not(monkeypatch):
    case = StepCase.parse(TINY["dcgan"].replace("function", "jit"))
    monkeypatch.setattr(step, "Step", Failing)
    found, notes = step.right_steps(case)
    assert set(found) == {"ours", "folded"}
    assert notes == {"stock": "failed: InternalError: no such program"}
    monkeypatch.setattr(Failing, "name", "ours")
    with pytest.raises(tf.errors.InternalError):
        step.right_steps(case)


def test_a_step_trains():
    made = Step(StepCase.parse(TINY["dcgan"]), "folded")
    before, call = made.model.get_weights(), made.call()
    losses = [float(call()) for _ in range(8)]
    assert losses[-1] < losses[0]
    assert any((a != b).any() for a, b in zip(before, made.model.get_weights(), strict=True))


def test_mixed_precision_computes_in_bfloat16_and_ends_in_float32():
    case = StepCase.parse(TINY["fpn"].replace("float32", "mixed_bfloat16"))
    model = Step(case, "ours").model
    assert {output.dtype for output in model.outputs} == {"float32"}
    assert {layer.compute_dtype for layer in model.layers if "conv" in layer.name} == {"bfloat16"}
    assert tf.keras.mixed_precision.global_policy().name == "float32"


def test_distances_are_in_parts_of_the_exact_array():
    exact = [[np.array([3.0, 4.0])], [np.array([1e-3]), np.array([1.0])]]
    found = [[np.array([3.0, 4.5])], [np.array([2e-3]), np.array([np.nan])]]
    assert [list(kind) for kind in step.distances(exact, exact)] == [[0], [0, 0]]
    outputs, gradients = step.distances(found, exact)
    assert [outputs[0], gradients[0]] == pytest.approx([0.1, 1])
    assert np.isnan(gradients[1])


def row_of(case, stock, ours, folded, peaks=(3, 2, 1)):
    seconds = {"stock": stock, "ours": ours, "folded": folded, "stock upsampling": stock / 4}
    return {
        "case": case,
        "direction": "step",
        "seconds": {name: time for name, time in seconds.items() if time is not None},
        "low": {},
        "high": {},
        "turns": {},
        "peak_bytes": dict(zip(step.CONTENDERS, peaks, strict=True)),
        "notes": {},
    }


def test_rows_that_miss_a_target_are_named():
    fast, slow, other = (f"{name}-1x8x8x3-w8-jit" for name in ("a-float32", "b-float32", "c-x"))
    rows = [row_of(fast, 3.0, 2.0, 1.0), row_of(slow, 1.0, 1.1, 1.2, (1, 1, 1))]
    speed, ours, folded, unfolded, memory = step.judge({}, [*rows, row_of(other, 1.0, 1.0, 1.0)])
    assert speed.heading.endswith("it does in 1 of 2")
    assert speed.lines == [f"{slow}: 0.83"]
    assert ours.lines == [f"{slow}: 1.10 times as long"]
    assert folded.lines == [f"{slow}: 1.20 times as long"]
    assert unfolded.lines == [f"{slow}: 1.09 times as long"]
    assert memory.lines == [f"{slow}: 0 MiB, stock 0"]


def test_bilinear_models_have_no_speed_to_reach():
    (speed, *_) = step.judge({}, [row_of("unet-bilinear-float32-1x8x8x3-w8-jit", 1.0, 1.0, 1.0)])
    assert speed.heading.endswith("it does in 0 of 0")
    assert speed == (True, speed.heading, [])


def test_noise_misses_no_target():
    row = row_of("a-float32-", 1.6, 1.02, 1.05)
    row["low"], row["high"] = {"ours": 0.9, "folded": 0.9}, {"ours": 1.7, "folded": 1.7}
    assert all(its.is_met and not its.lines for its in step.judge({}, [row])[1:])


def shown(rows):
    info = {"gpus": [], "processor": "P", "threads": 1, "cores": 1, "isa": "avx2", "versions": {}}
    info |= {"last_level_cache_bytes": 0, "date": "2026-01-01", "commit": "abc"}
    console = Console(file=io.StringIO(), width=250)
    suite.show(step.SUITE, {"machine": info, "rows": rows}, console)
    return console.file.getvalue()


def test_the_table_shows_shares_and_what_is_missing():
    (line,) = [
        line
        for line in shown([row_of("a-float32-", 2.0, None, 1.0, (2**21, None, 2**20))]).splitlines()
        if line.startswith(" a-float32-") and "2000" in line
    ]
    cells = ["a-float32-", "2000.000", "0", "-", "1000.000", "0", "-", "2.00", "-", "25.0", "-"]
    assert line.split() == [*cells, "2", "?", "1"]


def test_the_command_times_the_steps_that_are_named_with_all_figures(tmp_path):
    command = [sys.executable, "-m", "upsample_op.benchmark", "--suite", "step"]
    file = tmp_path / "steps.json"
    options = ["--case", TINY["dcgan"], "--seconds", "0.001", "--json", str(file)]
    found = subprocess.run([*command, *options], capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    (row,) = json.loads(file.read_text())["rows"]
    assert row["case"] == TINY["dcgan"]
    assert row["notes"] == {}
    assert set(row["seconds"]) == {*step.CONTENDERS, "stock upsampling", "ours upsampling"}
    for name, median in row["seconds"].items():
        assert 0 < row["low"][name] <= median <= row["high"][name]
        assert row["turns"][name] >= 9
    assert set(row["peak_bytes"]) == set(step.CONTENDERS)
    assert row["case"] in found.stdout
    assert "met: folded has a lower peak" in found.stdout
    again = subprocess.run([*command, "--show", str(file)], capture_output=True, text=True)
    assert again.stdout == found.stdout
    for option, value, message in (
        ("--plot", "x", "--suite step has no"),
        ("--dtype", "float16", "no step of float16"),
    ):
        wrong = subprocess.run([*command, option, value], capture_output=True, text=True)
        assert wrong.returncode == 2
        assert message in wrong.stderr


def test_models_are_of_stock_layers():
    for name, (make, shape, width, _) in step_models.MODELS.items():
        for layer in make(shape, width).layers:
            assert type(layer).__module__.startswith(("keras.", "tf_keras.")), name


def test_a_step_that_no_contender_gets_right_has_a_row_of_notes(monkeypatch):
    monkeypatch.setattr(step, "_ALLOWED", 0)
    row = step.measure(StepCase.parse(TINY["dcgan"]), 0.001)
    assert row["seconds"] == row["peak_bytes"] == {}
    assert set(row["notes"]) == set(step.CONTENDERS)
    assert "wrong, and so not timed" in shown([row])
