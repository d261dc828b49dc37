"""The TensorFlow program that a case of the fuzzer becomes, and what it must give."""

import math

import numpy as np
import tensorflow as tf

from upsample_op import upsample2d

# The gradient's gradient is the forward op again.
_TWICE = "backward of backward"
# With more elements, a Jacobian takes longer than all else.
_MOST_FOR_A_JACOBIAN = 400


def inputs_of(case, seed):
    """Returns the images, a gradient of the output, and a direction like the images."""
    images, direction = (case.random(seed=2 * seed + i) for i in range(2))
    return tuple(map(tf.constant, (images, case.random(backward=True, seed=seed), direction)))


def magnitude(tensor):
    """Returns the magnitudes in the tensor's dtype, or integers and booleans unchanged."""
    return tf.cast(tf.abs(tensor), tensor.dtype) if has_gradient(tensor.dtype) else tensor


def has_gradient(dtype):
    """Returns whether sums of the dtype can be formed."""
    return dtype.is_floating or dtype.is_complex


def of(case):
    """Returns a function from inputs_of()'s tensors to a dict of results, all linear in them."""

    def upsample(x):
        return upsample2d(x, *case.arguments)

    def program(images, upstream, direction):
        stack = tf.stack([images, direction])
        results = {
            "forward": upsample(images),
            "forward between moves": tf.reverse(upsample(tf.reverse(images, [1, 2])), [1, 2]),
            "forward vectorized": tf.vectorized_map(upsample, stack),
        }
        if not has_gradient(images.dtype):
            return results
        with tf.GradientTape() as outer:
            outer.watch(upstream)
            with tf.GradientTape(persistent=True) as inner:
                inner.watch(images)
                y = upsample(images)
            gradient = inner.gradient(y, images, upstream)
        results["backward"] = gradient
        results[_TWICE] = outer.gradient(gradient, upstream, direction)
        with tf.autodiff.ForwardAccumulator(images, direction) as accumulator:
            y = upsample(images)
        results["forward mode"] = accumulator.jvp(y)
        results["backward vectorized"] = tf.vectorized_map(
            lambda one: _gradient(upsample, images, one), tf.stack([upstream, upstream * 2])
        )
        if 0 < np.prod(case.shape) * np.prod(case.out_shape) <= _MOST_FOR_A_JACOBIAN:
            with tf.GradientTape() as tape:
                tape.watch(images)
                y = upsample(images)
            results["Jacobian, backward"] = tape.jacobian(y, images)
        return results

    return program


def _gradient(function, x, upstream):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = function(x)
    return tape.gradient(y, x, upstream)


def by_numpy(case, tensors):
    """Returns what the NumPy kernels compute, for the results of the same names."""
    images, upstream, direction = (tensor.numpy() for tensor in tensors)
    results = {
        "forward": case.run_kernel(images),
        "forward vectorized": np.stack([case.run_kernel(x) for x in (images, direction)]),
    }
    if has_gradient(tensors[0].dtype):
        results["backward"] = case.run_kernel(upstream, backward=True)
        results[_TWICE] = results["forward mode"] = case.run_kernel(direction)
    return results


def is_bitwise(case, name, lowering):
    """Returns whether a compiled program must give the bits of eager mode.

    Copies have one result, and a custom call runs the same kernels. XLA's own operations add up in
    their own order. On the CPU csrc/xla/lowering.h chooses a custom call for all but copies.
    """
    is_copy = case.interpolation == "nearest" and not _is_sum(name)
    return is_copy or lowering != "hlo"


def tolerance(case, name):
    """Returns by how many eps of what was added up two right results may differ.

    A blend is off by 5 eps of its largest tap (tests/cases.py says why), in each of two programs. A
    sum of products rounds each product and the sum by eps / 2 each, which makes 4 eps in two axes
    and two programs. A sum of n terms adds the square root of n, the probabilistic bound of Higham
    and Mary, A New Approach to Probabilistic Rounding Error Analysis (2019), because each program
    adds in its own order.
    """
    if is_blend(case, name):
        return 10
    terms = math.prod(case.size) * (4 if case.interpolation == "bilinear" else 1)
    return 4 + (math.sqrt(terms) if _is_sum(name) else 0)


def is_blend(case, name):
    """Returns whether a result is a blend of pixels rather than a sum of gradients."""
    return case.interpolation == "bilinear" and not _is_sum(name)


def _is_sum(name):
    """Returns whether a result adds up gradients of several pixels."""
    return "backward" in name.removesuffix(_TWICE)
