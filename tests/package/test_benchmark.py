"""The benchmark prints and writes what it promises. No figure is judged."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from upsample_op.benchmark import environment, peers

NAMES = ["bilinear-NCHW-bfloat16-1x2x3x4-by2x3", "nearest-NHWC-float32-1x128x128x64-by2x2"]
OURS = {"kernel", "op", "layer eager", "layer", "layer jit"}
BOUNDS = {"copy", "copy on all threads", "copy around the caches", "traffic"}
STOCK = {"stock op", "stock layer eager", "stock layer", "stock layer jit"}


def command(*arguments):
    return [sys.executable, "-m", "upsample_op.benchmark", *map(str, arguments)]


def run_benchmark(*arguments):
    return subprocess.run(command(*arguments), capture_output=True, text=True)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Returns what a run of three cases printed and wrote, and the prefix of its pictures."""
    folder = tmp_path_factory.mktemp("benchmark")
    cases = [*NAMES, "bilinear-NHWC-float32-1x8x8x2-by3x3"]
    arguments = ["--case", *cases, "--seconds", "0.01", "--json", folder / "b.json"]
    found = run_benchmark(*arguments, "--plot", folder / "pictures/run", "--threads", "1")
    assert found.returncode == 0, found.stderr
    return found.stdout, json.loads((folder / "b.json").read_text()), folder


def test_rows_have_all_figures(run):
    printed, content, _ = run
    for heading in ("Kernels alone", "End to end", "Verdict", "GB/s", "copy", "peak", *NAMES):
        assert heading in printed
    rows = content["rows"]
    assert [(row["case"], row["direction"]) for row in rows[:4]] == [
        (name, direction) for name in NAMES for direction in ("forward", "backward")
    ]
    for row in rows:
        assert set(row["seconds"]) >= OURS | STOCK | BOUNDS
        for name, median in row["seconds"].items():
            assert 0 < row["low"][name] <= median <= row["high"][name]
            assert row["turns"][name] >= 1
    # There are 4 MiB in and 16 MiB out. The layer adds its result, and the stock layer another
    # tensor too.
    ours, stock = rows[2]["peak_bytes"].values()
    assert 15 * 2**20 < ours < 18 * 2**20 < stock


def test_a_run_says_which_peers_are_wrong_or_absent(run):
    printed, content, _ = run
    for row in content["rows"]:
        is_odd = row["case"].startswith("bilinear-NHWC-float32-1x8x8x2-by3x3")
        note = row["notes"].get("stock layer jit", "")
        assert note.startswith("wrong: ") == (is_odd or "bfloat16" in row["case"])
    assert "stock layer jit: wrong" in printed
    if missing := peers.absent():
        assert f"not compared with: {', '.join(missing)}" in printed
    else:
        assert "Not installed" not in printed
        kinds = {(row["case"], row["direction"]): row for row in content["rows"]}
        row = kinds[NAMES[1], "forward"]
        assert {"torch", "opencv", "onnxruntime", "jax"} <= set(row["seconds"])
        assert not row["notes"]
        row = kinds[NAMES[0], "backward"]
        assert {"torch", "jax"} <= set(row["seconds"])
        assert row["notes"]["onnxruntime"] == "unsupported: no gradients"


def test_a_run_says_what_it_ran_on_and_nothing_of_where(run):
    printed, content, folder = run
    machine = content["machine"]
    assert machine["threads"] == 1
    assert machine["settings"]["OMP_NUM_THREADS"] == "1"
    assert machine["versions"]["TensorFlow"] in printed
    assert machine["commit"][:12] in printed
    assert machine["date"] in printed
    for text in (json.dumps(machine), printed.replace(str(folder), "")):
        assert not any(part.startswith("/") and len(part) > 2 for part in text.split('"'))
        for secret in (os.uname().nodename, os.path.expanduser("~")):
            assert len(secret) < 6 or secret not in text


def test_a_run_draws_pictures_with_units(run):
    _, _, folder = run
    names = {path.name for path in (folder / "pictures").iterdir()}
    stems = [f"speedup-{over}" for over in ("best-peer", "stock", "stock-jit")]
    assert names == {f"run-{stem}.{suffix}" for stem in stems for suffix in ("png", "svg")}
    for name in names:
        content = (folder / "pictures" / name).read_bytes()
        assert len(content) > 5000
        if name.endswith("png"):
            assert content.startswith(b"\x89PNG")
        else:
            assert b"times as fast" in content
            assert b"threads" in content


def test_a_recorded_run_is_shown_and_compared_without_timing(run):
    printed, _, folder = run
    path = folder / "b.json"
    shown = run_benchmark("--show", path, "--compare", path).stdout
    tables = printed[printed.index("Kernels alone") : printed.index("Verdict")]
    assert tables in shown
    for name in OURS:
        assert f" {name} " in shown[shown.index("rows are in both runs.") :]
    *_, slower, faster, undecided, same = shown.splitlines()
    assert (slower, faster, undecided, same) == (
        "slower: 0",
        "faster: 0",
        "undecided: 0",
        f"same: {6 * len(OURS)}",
    )


def test_ctrl_c_keeps_the_rows_that_are_done(tmp_path):
    path = tmp_path / "c.json"
    arguments = ["--case", *NAMES, *["nearest-NHWC-float32-8x256x256x64-by2x2"]]
    arguments += ["--seconds", "0.3", "--backend", "tensorflow", "--json", path]
    process = subprocess.Popen(command(*arguments), stdout=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not (path.exists() and json.loads(path.read_text())["rows"]):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    printed, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    rows = json.loads(path.read_text())["rows"]
    assert 1 <= len(rows) < 6
    assert "Verdict" in printed
    assert NAMES[0] in printed


def test_rows_under_jit_name_the_lowerings_and_what_stock_gets_wrong(tmp_path):
    names = ["bilinear-NHWC-float32-1x8x8x2-by3x3", "nearest-NCHW-float32-1x2x8x8-by2x2"]
    path = tmp_path / "j.json"
    found = run_benchmark("--jit", "--case", *names, "--seconds", "0.01", "--json", path)
    assert found.returncode == 0, found.stderr
    for heading in ("no jit", "HLO", "kernels", "stock jit", "bias, relu", *names):
        assert heading in found.stdout
    rows = json.loads(path.read_text())["rows"]
    assert [(row["case"], row["direction"], row["program"]) for row in rows] == [
        (name, direction, program)
        for name in names
        for direction in ("forward", "backward")
        for program in ("alone", "bias, relu")
    ]
    for row in rows:
        assert min(row["seconds"].values()) > 0
        assert set(row["seconds"]) == {"no jit", "jit", "jit HLO", "jit kernels", "stock jit"}
        assert row["notes"].get("stock jit", "").startswith("wrong") == ("by3x3" in row["case"])


def test_the_rows_under_jit_have_every_kind():
    from upsample_op.benchmark import jit

    rows = jit.items()
    assert len(rows) == len(set(rows))
    kinds = {
        (case.interpolation, case.layout, case.dtype, case.size, backward)
        for case, backward, program in rows
        if program == "alone"
    }
    assert len(kinds) == 2 * 2 * 3 * 2 * 2
    for program in ("bias, relu", "decoder"):
        assert {
            (case.interpolation, backward) for case, backward, its in rows if its == program
        } == {
            ("nearest", False),
            ("nearest", True),
            ("bilinear", False),
            ("bilinear", True),
        }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--case", "no-case"], "no case: 'no-case'; one is bilinear-NHWC-float32-8x64x64x3-by2x2"),
        (["--backend", "torch,none"], "no backend: none; of tensorflow, keras, torch"),
        (["--dtype", "int7"], "no case of int7 in quick"),
        (["--threads", "10000"], "--threads is between 1 and"),
        (["--threads", "1,2"], "--threads is between 1 and"),
        (["--suite", "jit", "--plot", "x"], "--suite jit has no --plot"),
        (["--suite", "scale", "--device", "gpu"], "--suite scale has no --device gpu"),
        (["--device", "cupy"], "no GPU (cupy: "),
    ],
)
def test_what_is_wrong_in_the_command_line_is_named(arguments, message):
    found = run_benchmark(*arguments)
    assert found.returncode == 2
    assert message in found.stderr


def test_the_environment_is_without_paths_and_tensorflow():
    program = (
        "import sys, json; from upsample_op.benchmark import environment as e; "
        "print(json.dumps(e.describe())); assert 'tensorflow' not in sys.modules"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    info = json.loads(found.stdout)
    assert info["threads"] == environment.num_threads()
    assert info["processor"]
    assert '"/' not in found.stdout
    assert len(environment.lines(info)) == 2
