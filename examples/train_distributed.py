"""Trains the U-Net with two processes on this machine, one of which gets killed on the way.

Each is a worker of TensorFlow's MultiWorkerMirroredStrategy. On real machines, a program like this
runs on each of them and starts one worker. The losses must be those of one device.
"""

import argparse
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

import tensorflow as tf
import train_unet
from unet_report import read_losses

WORKERS, TRIES = 2, 3
SCRIPT = pathlib.Path(train_unet.__file__)


def free_ports(count):
    """Returns ports that nothing listens on at the moment."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def start(logs, arguments, number=0, cluster=None):
    """Starts one process of train_unet.py, on the processor, with its output in a file.

    Args:
        logs: folder of the run.
        arguments: more arguments of train_unet.py.
        number: the worker's number.
        cluster: the workers' addresses, if there are several.
    """
    # Two processes can't share a GPU. On machines of their own they would take all GPUs there.
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1"}
    if cluster:
        task = {"cluster": {"worker": cluster}, "task": {"type": "worker", "index": number}}
        environment["TF_CONFIG"] = json.dumps(task)
        arguments = [*arguments, "--strategy", "multiworker"]
    logs.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, SCRIPT, "--logs", logs, *arguments]
    with (logs / f"output-{number}.txt").open("a") as output:
        return subprocess.Popen(command, env=environment, stdout=output, stderr=output)


def steps_done(logs):
    """Returns how many steps the chief has written down."""
    path = logs / "losses.csv"
    return max(0, path.read_text().count("\n") - 1) if path.exists() else 0


def last_saved(logs):
    """Returns the step of the last checkpoint, 0 if there is none."""
    latest = tf.train.latest_checkpoint(logs / "checkpoints")
    return int(latest.rsplit("-", 1)[1]) if latest else 0


def wait_for(workers, logs, kill_at) -> bool:
    """Waits until the chief has ended or a worker has failed, and returns if the chief ended well.

    When one has failed, the others would wait for it forever, so they are ended.

    Args:
        workers: processes, the chief first.
        logs: folder of the run.
        kill_at: None, or a number of steps after which the second worker is killed.
    """
    try:
        while workers[0].poll() is None and not any(worker.poll() for worker in workers):
            if kill_at is not None and steps_done(logs) >= kill_at:
                workers[1].kill()
            time.sleep(0.05)
        if workers[0].poll() != 0:
            return False
        # All that matters is saved. The others end with the chief, one way or another.
        for worker in workers[1:]:
            worker.wait(60)
        return True
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()


def train_with_workers(logs, arguments, kill_at):
    """Runs the workers until they are done, and starts all of them again when one has failed.

    Args:
        logs: folder of the run.
        arguments: arguments of train_unet.py.
        kill_at: the number of steps after which the second worker is killed, once.

    Returns:
        the step with which each start began.
    """
    begins = []
    while len(begins) < TRIES:
        begins.append(last_saved(logs))
        cluster = [f"127.0.0.1:{port}" for port in free_ports(WORKERS)]
        workers = [start(logs, arguments, number, cluster) for number in range(WORKERS)]
        print(f"{WORKERS} workers train from step {begins[-1]} on.", flush=True)
        if wait_for(workers, logs, kill_at if len(begins) == 1 else None):
            return begins
        print(f"A worker ended after step {steps_done(logs)}.", flush=True)
    sys.exit(f"The workers failed {TRIES} times; see {logs}/output-*.txt.")


def main():
    """Trains on one device and with workers, and fails if the losses differ or work was lost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--logs", type=pathlib.Path, default=pathlib.Path("demo/distributed"))
    parser.add_argument("--kill-at", type=int, default=30, help="step of the kill (%(default)s)")
    own, arguments = parser.parse_known_args()
    arguments = arguments or ["--steps", "60", "--save-every", "10", "--double"]
    options = train_unet.parse(arguments)
    folders = {name: own.logs / name for name in ("one-device", "workers")}
    if any(steps_done(folder) for folder in folders.values()):
        sys.exit(f"{own.logs} holds an earlier run; remove it or choose other --logs.")

    # Whoever ends this process also ends those that it started; the `finally` in wait_for does it.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    print("One device trains.", flush=True)
    if not wait_for([start(folders["one-device"], arguments)], folders["one-device"], None):
        sys.exit(f"One device failed; see {folders['one-device']}/output-0.txt.")
    begins = train_with_workers(folders["workers"], arguments, own.kill_at)
    name = "stock" if options.stock else "ours"
    one, many = (read_losses(folder, [name])[0][name] for folder in folders.values())
    train_unet.check_curves(one, many, options)
    if len(begins) != 2 or begins[1] <= own.kill_at - options.save_every:
        sys.exit(f"Starts were at steps {begins}: the killed worker cost more than it had to.")


if __name__ == "__main__":
    main()
