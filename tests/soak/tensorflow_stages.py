"""Calls the TensorFlow op from many threads: eagerly, in a tf.function, in tf.data, by XLA."""

import itertools
import os
import random
from unittest import mock

import numpy as np
import tensorflow as tf

import cases
from soak import workload
from upsample_op import ops
from upsample_op._case import Case


def eager(seed, seconds, **_):
    """Calls the op from 16 threads, half of the time with a gradient by GradientTape."""
    items = workload.make_items(seed, small=60, large=12)
    print("begin", flush=True)

    def step(rng):
        item = workload.pick(rng, items, 60)
        x = tf.constant(item.x)
        if item.grad is None or rng.random() < 0.5:
            item.check(ops.upsample2d(x, *item.case.arguments).numpy())
            return 1
        result, grad = _with_gradient(x, item.grad_out, item.case.arguments)
        item.check(result.numpy())
        item.check(grad.numpy(), backward=True)
        return 2

    return {"calls": workload.run_threads(16, seconds, seed, step), "threads": 16}


def _with_gradient(x, grad_out, arguments):
    with tf.GradientTape() as tape:
        tape.watch(x)
        result = ops.upsample2d(x, *arguments)
    return result, tape.gradient(result, x, grad_out)


def function(seed, seconds, **_):
    """Calls one tf.function per layout and interpolation, of unknown shapes, from 8 threads."""
    rng = random.Random(seed)
    functions = {}
    for layout, interpolation in itertools.product(cases.LAYOUTS, cases.INTERPOLATIONS):
        size = (rng.randint(1, 4), rng.randint(2, 4))
        items = []
        for index in range(12):
            large = index % 6 == 0
            h, w, c = (64, 70, 33) if large else (rng.randint(1, 9), rng.randint(1, 30), 5)
            shape = (rng.randint(1, 3), c, h, w) if layout == "NCHW" else (2, h, w, c)
            case = Case(interpolation, layout, "float32", shape, size)
            items.append(workload.Item.of(case, seed + index))
        spec = tf.TensorSpec([None] * 4, tf.float32)
        traced = tf.function(_with_gradient, input_signature=None, reduce_retracing=True)
        functions[traced.get_concrete_function(spec, spec, items[0].case.arguments)] = items
    choices = list(functions.items())
    print("begin", flush=True)

    def step(rng):
        call, items = rng.choice(choices)
        item = rng.choice(items)
        result, grad = call(tf.constant(item.x), tf.constant(item.grad_out))
        item.check(result.numpy())
        item.check(grad.numpy(), backward=True)
        return 2

    return {"calls": workload.run_threads(8, seconds, seed, step), "threads": 8}


def data(seed, seconds, **_):
    """Reads pipelines from two threads. Their workers call the op, in any order."""
    pipelines = []
    rng = random.Random(seed)
    for item in workload.make_items(seed, small=12, large=8):
        stack = [workload.Item.of(item.case, seed + 100 + index) for index in range(6)]
        source = tf.data.Dataset.from_tensor_slices((range(6), np.stack([i.x for i in stack])))

        def call(index, x, arguments=item.case.arguments):
            return index, ops.upsample2d(x, *arguments)

        mapped = source.repeat(4).map(call, num_parallel_calls=8, deterministic=False)
        # By default an op in a pipeline has one thread, and so one share of work.
        options = tf.data.Options()
        options.threading.max_intra_op_parallelism = 4
        pipelines.append((mapped.prefetch(4).with_options(options), stack))
    rng.shuffle(pipelines)
    print("begin", flush=True)

    def step(rng):
        pipeline, stack = rng.choice(pipelines)
        calls = 0
        for index, result in pipeline:
            stack[int(index)].check(result.numpy())
            calls += 1
        return calls

    return {"calls": workload.run_threads(2, seconds, seed, step), "threads": 16}


def jit(seed, seconds, programs=12, **_):
    """Calls programs from 8 threads, compiled before by either lowering."""
    large = max(1, programs // 4)
    items = workload.make_items(seed, programs - large, large, dtypes=cases.REALS)
    compiled = []
    for item, lowering in itertools.product(items, ("hlo", "custom_call")):
        with mock.patch.dict(os.environ, UPSAMPLE_XLA_LOWERING=lowering):
            compiled.append(_compile(item, lowering))
    print("begin", flush=True)

    def step(rng):
        program, item = rng.choice(compiled)
        result, grad = program(item.x, item.grad_out)
        item.check(result.numpy())
        item.check(grad.numpy(), backward=True)
        return 2

    return {
        "calls": workload.run_threads(8, seconds, seed, step),
        "threads": 8,
        "programs": len(compiled),
    }


def _compile(item, lowering):
    """Returns a program, and the item with the results that the program must give.

    The custom call runs our kernels, which give the bits of one thread. XLA's code for the HLO may
    round differently, so its first results are compared with the reference, and the rest with them.
    """
    arguments = item.case.arguments

    @tf.function(jit_compile=True)
    def program(x, grad_out):
        return _with_gradient(x, grad_out, arguments)

    x, grad_out = tf.constant(item.x), tf.constant(item.grad_out)

    def call(*_):
        return program(x, grad_out)

    result, grad = (tensor.numpy() for tensor in call())
    if lowering == "custom_call":
        return call, item
    for found, source, backward in ((result, item.x, False), (grad, item.grad_out, True)):
        cases.assert_matches_reference(found, source, item.case, backward, eps_allowed=8)
    right = workload.Item(item.case, item.x, result.tobytes(), item.grad_out, grad.tobytes())
    return call, right
