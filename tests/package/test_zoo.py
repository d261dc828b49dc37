"""What `make zoo` says about models that are right, and about models that aren't."""

import dataclasses
import json

import numpy as np
import pytest
import tensorflow as tf

import upsample_op
from zoo import compare, environment, inventory, table, worker
from zoo.models import FAMILIES, MODELS
from zoo.subject import Subject

layers = tf.keras.layers


def make_model():
    x = inputs = tf.keras.Input((8, 8, 3))
    x = layers.UpSampling2D(2)(layers.Conv2D(4, 3, padding="same", activation="relu")(x))
    x = layers.Dropout(0.5)(layers.Conv2D(4, 3, padding="same")(x))
    x = layers.BatchNormalization()(x)
    return tf.keras.Model(inputs, layers.UpSampling2D(2, interpolation="bilinear")(x))


@pytest.fixture
def subject():
    tf.keras.utils.set_random_seed(0)
    return Subject(make_model(), np.random.default_rng(0).random((2, 8, 8, 3), np.float32))


@pytest.fixture
def row(tmp_path):
    return worker.Row(tmp_path / "row.json", "a model")


def test_a_model_that_converts_makes_a_row_without_failures(subject, row):
    worker.check(subject, row)
    assert row.values["failures"] == []
    assert row.values["ours"]["replaced"] == row.values["ours"]["kernels in the graph"] == 2
    assert row.values["folded"]["folded"] == row.values["folded"]["kernels in the graph"] == 1
    assert row.values["ours"]["stock resizes in the graph"] == 0
    assert row.values["switch"]["kernels in the graph"] == 2
    assert row.values["stock reload"] == row.values["folded reload"] == "equal"
    assert "not done" in table.text([row.values])
    row.write("")
    printed = table.text([row.values])
    assert "a model" in printed
    assert "right" in printed


def test_a_wrong_weight_after_a_conversion_is_a_failure(subject, row, monkeypatch):
    convert = upsample_op.convert_model

    def convert_wrongly(model, **options):
        convert(model, **options)
        subject._state[0][0, 0, 0, 0] += 1e-4
        subject.reset()
        return model

    monkeypatch.setattr(upsample_op, "convert_model", convert_wrongly)
    worker.check(subject, row)
    assert any("of the tolerance" in failure for failure in row.values["failures"])
    assert "ours: conversion changes weights" in row.values["failures"]
    assert any("a round trip changes" in failure for failure in row.values["failures"])
    assert "FAILED" in table.text([row.values])


def test_a_conversion_that_replaces_nothing_is_a_failure(subject, row, monkeypatch):
    monkeypatch.setattr(upsample_op, "convert_model", lambda model, **options: model)
    worker.check(subject, row)
    assert "ours: nothing was replaced" in row.values["failures"]


@tf.keras.utils.register_keras_serializable("zoo")
class Doubling(layers.Layer):
    def call(self, x):
        return tf.image.resize(x, [2 * x.shape[1], 2 * x.shape[2]])


def test_a_layer_that_resizes_in_its_own_code_is_left_to_the_switch(row):
    inputs = tf.keras.Input((8, 8, 3))
    outputs = Doubling()(layers.Conv2D(2, 3)(inputs))
    images = np.random.default_rng(0).random((1, 8, 8, 3), np.float32)
    worker.check(Subject(tf.keras.Model(inputs, outputs), images), row)
    assert row.values["failures"] == []
    assert row.values["ours"]["replaced"] == row.values["ours"]["kernels in the graph"] == 0
    assert row.values["switch"] == {"kernels in the graph": 1, "stock resizes in the graph": 0}


def test_an_inventory_tells_another_class_from_the_same(subject):
    before = inventory.Inventory(subject.model)
    assert before.changes(inventory.Inventory(subject.model)) == []
    upsample_op.convert_model(subject.model)
    assert "classes" in before.changes(inventory.Inventory(subject.model))


def test_results_of_the_same_state_have_the_same_bits(subject):
    compiled = subject.compiled()
    stock = compiled.results()
    assert compare.same_bits(compiled.results(), stock)
    assert compare.same_bits(subject.compiled().results(), stock)
    assert not compare.same_bits(compiled.results(salt=1), stock)
    assert any(np.any(stock[what]) for what in stock if what.startswith("gradient"))


def test_a_tolerance_tells_a_missing_number_from_a_small_difference():
    stock = {"output 0": np.float32([1, 2, np.nan]), "loss": np.float32(3)}
    salted = {what: value * np.float32(1 + 1e-6) for what, value in stock.items()}
    tolerance = compare.Tolerance(stock, [salted])
    assert tolerance.difference(stock).share == 0
    assert 0 < tolerance.difference(salted).share < 1
    found = stock | {"output 0": np.float32([1, np.nan, np.nan])}
    assert tolerance.difference(found).share == float("inf")
    found = stock | {"loss": np.float32(3.0001)}
    assert tolerance.difference(found).worst == "loss"
    assert tolerance.difference(found).share > 1


def test_a_row_is_kept_after_every_stage(row, tmp_path):
    row.write("times")
    kept = json.loads((tmp_path / "row.json").read_text())
    assert (kept["stage"], kept["failures"]) == ("times", [])


def test_every_package_of_the_zoo_has_a_version():
    assert all("==" in package for family in FAMILIES for package in family.packages)
    assert len(MODELS) == sum(len(family.models) for family in FAMILIES)


def test_a_package_that_cannot_be_installed_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(environment, "FOLDER", tmp_path)
    family = dataclasses.replace(FAMILIES[0], packages=("./no-such-file.whl",))
    with pytest.raises(environment.InstallationError, match=r"no-such-file\.whl"):
        environment.python_of(family)
