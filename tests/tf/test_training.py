"""The U-Net of examples/ trains beside stock, after a kill, on two devices, in two processes."""

import csv
import os
import pathlib
import subprocess
import sys
import time

import numpy as np
import pytest
import tensorflow as tf

EXAMPLES = pathlib.Path(__file__).parents[2] / "examples"
STEPS = 24
TINY = ["--steps", str(STEPS), "--batch", "2", "--save-every", "4", "--double"]
ENVIRONMENT = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1"}
# With this, two runs have the same bits, whichever thread is faster.
SAME_BITS = {"TF_DETERMINISTIC_OPS": "1"}


def start_with(logs, arguments, program="train_unet.py", **environment):
    """Starts one of the examples, and returns the process."""
    return subprocess.Popen(
        [sys.executable, EXAMPLES / program, "--logs", logs, *arguments],
        env={**ENVIRONMENT, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def start(logs, *arguments, **environment):
    """Starts a tiny run, and returns the process."""
    return start_with(logs, [*TINY, *arguments], **environment)


def finish(process):
    """Returns what the process printed. If the process fails, so does the test."""
    printed, _ = process.communicate()
    assert process.returncode == 0, printed
    return printed


def losses_of(logs, name="ours"):
    with (logs / "losses.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["step"]) for row in rows] == list(range(len(rows)))
    return np.array([float(row[f"{name} loss"]) for row in rows])


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory):
    """Returns the folder of an undisturbed run on one device, beside stock."""
    logs = tmp_path_factory.mktemp("runs") / "whole"
    assert "First losses differ by" in finish(start(logs, "--compare", **SAME_BITS))
    return logs


def test_it_learns_beside_stock_and_draws(whole_run):
    """The program itself fails if the curves of stock and ours differ."""
    ours = losses_of(whole_run)
    assert len(ours) == STEPS
    assert np.mean(ours[-6:]) < np.mean(ours[:6])
    for name in ("losses.png", "predictions.png"):
        picture = tf.io.decode_png((whole_run / name).read_bytes()).numpy()
        assert picture.std() > 20


def test_tensorboard_can_read_the_losses(whole_run):
    (path,) = (whole_run / "tensorboard").iterdir()
    found = {}
    for record in tf.data.TFRecordDataset(str(path)):
        event = tf.compat.v1.Event.FromString(record.numpy())
        for value in event.summary.value:
            assert value.metadata.plugin_data.plugin_name == "scalars"
            found[value.tag, event.step] = float(tf.make_ndarray(value.tensor))
    for name in ("ours", "stock"):
        in_order = [found[f"loss/{name}", step] for step in range(STEPS)]
        np.testing.assert_allclose(in_order, losses_of(whole_run, name), rtol=1e-6)


def test_a_killed_run_goes_on_to_the_same_losses(whole_run, tmp_path):
    """It is killed at any moment, even between checkpoints, and started by the same command."""
    logs = tmp_path / "killed"
    process = start(logs, "--compare", **SAME_BITS)
    while process.poll() is None:
        path = logs / "losses.csv"
        if path.exists() and path.read_text().count("\n") > STEPS // 2:
            process.kill()
            process.communicate()
        time.sleep(0.02)
    assert process.returncode == -9
    saved = int(tf.train.latest_checkpoint(logs / "checkpoints").rsplit("-", 1)[1])
    assert STEPS // 4 < saved < STEPS
    assert f"from step {saved} on" in finish(start(logs, "--compare", **SAME_BITS))
    for name in ("ours", "stock"):
        np.testing.assert_array_equal(losses_of(logs, name), losses_of(whole_run, name))


def test_a_folder_holds_one_run(whole_run):
    """Checkpoints of another model or batch size are not mistaken for this run's."""
    process = start(whole_run, "--fold")
    printed, _ = process.communicate()
    assert process.returncode == 1
    assert "holds a run with other options" in printed


def test_two_devices_fold_and_compile_and_have_the_losses_of_one(whole_run, tmp_path):
    logs, few = tmp_path / "mirrored", 8  # XLA's steps in float64 are slow.
    finish(start(logs, "--strategy", "mirrored", "--fold", "--jit", "--steps", str(few)))
    # In float64, and as in train_unet.check_curves: as many roundings as the root of the number of
    # pixels, amplified by training, yet far from what a picture in the wrong place would cause.
    tolerance = 2**-53 * (2 * 64 * 64) ** 0.5 * 1e6
    np.testing.assert_allclose(losses_of(logs), losses_of(whole_run)[:few], rtol=tolerance)


def test_bfloat16_trains_beside_stock(tmp_path):
    command = [*TINY[:-1], "--mixed", "--compare"]
    assert "First losses differ by" in finish(start_with(tmp_path / "mixed", command))


def test_two_processes_have_the_losses_of_one_and_outlive_a_kill(tmp_path):
    """The launcher compares the losses, and checks that no more was repeated than necessary."""
    arguments = [*TINY, "--steps", "12", "--kill-at", "5"]
    process = start_with(tmp_path / "logs", arguments, "train_distributed.py")
    printed = finish(process)
    assert printed.count("2 workers train from step") == 2
    assert "A worker ended" in printed


def test_a_launcher_that_is_ended_leaves_no_process_behind(tmp_path):
    def is_of_the_run(process):
        try:
            return bytes(tmp_path) in (process / "cmdline").read_bytes()
        except OSError:  # it has ended
            return False

    process = start_with(tmp_path / "logs", TINY, "train_distributed.py")
    output = tmp_path / "logs/one-device/output-0.txt"
    while process.poll() is None and not (output.exists() and output.stat().st_size):
        time.sleep(0.02)
    process.terminate()
    process.communicate()
    assert process.returncode == 143
    assert not any(map(is_of_the_run, pathlib.Path("/proc").glob("[0-9]*")))
