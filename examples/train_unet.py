"""Trains a small U-Net to find shapes in noisy pictures, on one device or on many.

The model is made of stock layers, and `upsample_op.convert_model` makes our kernels do its
upsampling. A run that was killed continues at its last checkpoint when it is started again with the
same options. docs/training.md says more.
"""

import argparse
import json
import os
import pathlib
import sys
import time

import numpy as np
import tensorflow as tf
from rich.console import Console
from rich.progress import Progress
from shapes import CLASSES, FIRST_HELD_OUT, SIDE, pictures
from unet_report import Log, draw_losses, draw_predictions, print_results, read_losses

import upsample_op

WIDTHS, HELD_OUT = (16, 32, 64), 64
# See check_curves.
AMPLIFICATION, LEVEL = 1e6, 0.15


def parse(arguments=None):
    """Returns the options of a run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--steps", type=int, default=300, help="how many batches to train on (%(default)s)")
    add("--batch", type=int, default=16, help="pictures a step, over all devices (%(default)s)")
    add("--strategy", choices=("none", "mirrored", "multiworker"), default="none")
    add("--mixed", action="store_true", help="compute in bfloat16, keep float32 weights")
    add("--double", action="store_true", help="compute in float64, to compare runs closely")
    add("--jit", action="store_true", help="compile loss and gradients with XLA")
    add("--fold", action="store_true", help="fold upsampling into the convolutions behind it")
    add("--stock", action="store_true", help="train the model as it is, with no conversion")
    add("--compare", action="store_true", help="train a stock one on the same batches, too")
    add("--save-every", type=int, default=20, help="steps between checkpoints (%(default)s)")
    add("--logs", type=pathlib.Path, default=pathlib.Path("demo/unet"), help="folder to write to")
    options = parser.parse_args(arguments)
    if options.compare and options.stock:
        parser.error("--compare trains a stock model already; leave out --stock")
    if options.mixed and options.double:
        parser.error("choose one of --mixed and --double")
    return options


def make_strategy(name):
    """Returns the strategy: no distribution, this machine's devices, or TF_CONFIG's workers.

    Args:
        name: the option `strategy`.
    """
    if name == "multiworker":
        return tf.distribute.MultiWorkerMirroredStrategy()
    if name == "none":
        return tf.distribute.get_strategy()
    if not tf.config.list_physical_devices("GPU"):
        # On a machine without a GPU, the processor is treated as two devices, which shows the same.
        halves = [tf.config.LogicalDeviceConfiguration()] * 2
        tf.config.set_logical_device_configuration(
            tf.config.list_physical_devices("CPU")[0], halves
        )
    kind = "GPU" if tf.config.list_physical_devices("GPU") else "CPU"
    return tf.distribute.MirroredStrategy([d.name for d in tf.config.list_logical_devices(kind)])


def worker_of(strategy) -> int:
    """Returns the number of this process among the workers; the chief, who writes, is 0."""
    resolver = strategy.cluster_resolver
    return (resolver.task_id or 0) if resolver else 0


def make_unet():
    """Returns a U-Net of stock layers: pictures `[N, SIDE, SIDE, 3]` to logits of `CLASSES`.

    It has no batch normalization. Each device would use the statistics of its own part of the
    batch, so a distributed run would compute something else than one device.
    """
    layers = tf.keras.layers

    def convolve(x, width):
        for _ in range(2):
            x = layers.Conv2D(
                width, 3, padding="same", activation="relu", kernel_initializer="he_normal"
            )(x)
        return x

    inputs = tf.keras.Input((SIDE, SIDE, 3))
    x = layers.Rescaling(4.0, -2.0)(inputs)
    skips = []
    for width in WIDTHS[:-1]:
        skips.append(convolve(x, width))
        x = layers.MaxPooling2D()(skips[-1])
    x = convolve(x, WIDTHS[-1])
    for width, skip in zip(WIDTHS[-2::-1], reversed(skips), strict=True):
        x = convolve(layers.Concatenate()([layers.UpSampling2D()(x), skip]), width)
    # Logits in the weights' dtype keep the loss exact where the rest is bfloat16.
    dtype = tf.keras.mixed_precision.global_policy().variable_dtype
    return tf.keras.Model(inputs, layers.Conv2D(len(CLASSES), 1, dtype=dtype)(x))


class Trainee:
    """A model with its optimizer.

    Attributes:
        checkpoint: the checkpoint of both.
    """

    def __init__(self, strategy, options, converted):
        tf.keras.utils.set_random_seed(1)
        with strategy.scope():
            self.model = make_unet()
            self.optimizer = tf.keras.optimizers.Adam(2e-3)
            self.optimizer.build(self.model.trainable_variables)
        if converted:
            upsample_op.convert_model(self.model, fold=options.fold)
        self.checkpoint = tf.train.Checkpoint(model=self.model, optimizer=self.optimizer)
        self._step = self._make_step(strategy, options)
        self._predict = tf.function(lambda images: tf.argmax(self.model(images), -1))

    def _make_step(self, strategy, options):
        weights = self.model.trainable_variables
        pixels = options.batch * SIDE * SIDE

        # XLA compiles what each device does alone. The exchange between devices stays outside.
        @tf.function(jit_compile=options.jit)
        def loss_and_gradients(images, masks):
            with tf.GradientTape() as tape:
                logits = self.model(images, training=True)
                losses = tf.nn.sparse_softmax_cross_entropy_with_logits(masks, logits)
                # This is a device's share of the mean over the whole batch. The shares are added
                # up.
                loss = tf.reduce_sum(losses) / pixels
            return loss, tape.gradient(loss, weights)

        def on_each_device(images, masks):
            loss, gradients = loss_and_gradients(images, masks)
            # This adds up the gradients of all devices first.
            self.optimizer.apply_gradients(zip(gradients, weights, strict=True))
            return loss

        @tf.function
        def step(images, masks):
            losses = strategy.run(on_each_device, (images, masks))
            return strategy.reduce(tf.distribute.ReduceOp.SUM, losses, axis=None)

        return step

    def train_on(self, batch):
        """Returns a batch's loss before its step changes the weights, and the step's seconds."""
        begin = time.perf_counter()
        loss = float(self._step(*batch))
        return loss, time.perf_counter() - begin

    def predict(self, images):
        """Returns the classes of the pixels, `[N, SIDE, SIDE]`."""
        return self._predict(images).numpy()


def batches(strategy, options, first_step):
    """Returns an iterator of the batches from a step on, each split into parts for the devices.

    Args:
        strategy: a strategy of `make_strategy`.
        options: the run's options.
        first_step: number of the step of the first batch.
    """
    first, last = first_step * options.batch, options.steps * options.batch

    def of_worker(context):
        share = context.get_per_replica_batch_size(options.batch)
        worker, workers = context.input_pipeline_id, context.num_input_pipelines
        return pictures(first, last, share, worker, workers)

    return iter(strategy.distribute_datasets_from_function(of_worker))


def train(strategy, trainees, options, console):
    """Trains to the last step, from the last checkpoint if there is one.

    Returns:
        the step with which it began.
    """
    worker = worker_of(strategy)
    step = tf.Variable(0, dtype=tf.int64)
    checkpoint = tf.train.Checkpoint(step=step, **{n: t.checkpoint for n, t in trainees.items()})
    # All workers have to take part in saving, but only the chief's file is used.
    folders = [options.logs / ("checkpoints" if w == 0 else f"worker-{w}") for w in (0, worker)]
    if latest := tf.train.latest_checkpoint(folders[0]):
        checkpoint.restore(latest).assert_existing_objects_matched()
    manager = tf.train.CheckpointManager(checkpoint, str(folders[1]), max_to_keep=2)

    first = int(step)
    console.print(f"{options.steps - first} steps to train, from step {first} on.")
    log = Log(None if worker else options.logs, trainees, first)
    source = batches(strategy, options, first)
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("training", total=options.steps, completed=first)
        for number in range(first, options.steps):
            batch = next(source)
            results = {name: trainee.train_on(batch) for name, trainee in trainees.items()}
            log.add(number, results)
            losses = ", ".join(f"{name} {loss:.4f}" for name, (loss, _) in results.items())
            progress.update(task, advance=1, description=losses)
            if (number + 1) % options.save_every == 0 or number + 1 == options.steps:
                log.flush()
                step.assign(number + 1)
                manager.save(checkpoint_number=number + 1)
    return first


def check_options(options, names):
    """Ends the program if the folder holds another run than this one, and notes this run in it.

    Args:
        options: the run's options.
        names: the trainees' names.
    """
    held = {name: getattr(options, name) for name in ("batch", "mixed", "double", "fold")}
    held["names"] = names
    path = options.logs / "options.json"
    if not path.exists():
        # Another worker may read the file meanwhile, or this one may be killed, so the file appears
        # as a whole or not at all.
        options.logs.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps(held))
        draft.replace(path)
    if json.loads(path.read_text()) != held:
        sys.exit(
            f"{options.logs} holds a run with other options; remove it or choose other --logs."
        )


def check_curves(losses, others, options):
    """Ends the program if two curves are not of the same training.

    The same sums, added in other orders, differ by roundings: sums of n terms by sqrt(n) roundings
    or so, since as many go up as down. That holds for the first loss. Training amplifies it, here
    about tenfold every ten steps, and AMPLIFICATION leaves room for 60 steps in float64. In float32
    and bfloat16 little more than the level of the losses can be compared after some dozen steps,
    and it is chance when a training leaves a plateau, as it does here after some 200. So the levels
    of the second quarter are compared. LEVEL is a hundred times what was seen, so it finds a wrong
    model rather than a small fault.

    Args:
        losses: the losses of one training, one for each step.
        others: the losses of the other training.
        options: the options of the runs.
    """
    rounding = 2.0**-53 if options.double else 2.0**-9 if options.mixed else 2.0**-24
    differences = np.abs(others - losses) / losses
    at_first = rounding * (options.batch * SIDE * SIDE) ** 0.5
    if options.double:
        found, allowed = differences.max(), at_first * AMPLIFICATION
    else:
        quarter = max(1, len(losses) // 4)
        levels = [np.mean(curve[quarter : 2 * quarter]) for curve in (losses, others)]
        found, allowed = abs(levels[1] / levels[0] - 1), LEVEL
    print(
        f"First losses differ by {differences[0]:.1e} (allowed: {at_first:.1e}), "
        f"{'all' if options.double else 'levels of the second quarter'} by {found:.1e} "
        f"({allowed:.1e})."
    )
    if not (differences[0] <= at_first and found <= allowed):
        sys.exit("The losses differ by more than rounding.")


def main(arguments=None):
    """Trains, draws the results, and fails if stock and ours differ."""
    options, console = parse(arguments), Console()
    strategy = make_strategy(options.strategy)
    policy = "mixed_bfloat16" if options.mixed else "float64" if options.double else "float32"
    tf.keras.mixed_precision.set_global_policy(policy)
    names = ["stock"] if options.stock else ["stock", "ours"] if options.compare else ["ours"]
    check_options(options, names)
    trainees = {name: Trainee(strategy, options, name == "ours") for name in names}
    train(strategy, trainees, options, console)
    if worker_of(strategy) != 0:
        return

    images, masks = next(iter(pictures(FIRST_HELD_OUT, FIRST_HELD_OUT + HELD_OUT, HELD_OUT)))
    found = {name: trainee.predict(images) for name, trainee in trainees.items()}
    losses, seconds = read_losses(options.logs, names)
    print_results(console, losses, seconds, found, masks.numpy())
    draw_losses(options.logs, losses)
    draw_predictions(options.logs, images.numpy(), masks.numpy(), found)
    console.print(f"Pictures, losses and checkpoints are in {options.logs}.")
    if options.compare:
        check_curves(losses["stock"], losses["ours"], options)


if __name__ == "__main__":
    main()
