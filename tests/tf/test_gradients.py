"""Gradients of every order, in reverse and forward mode, and vectorized."""

import numpy as np
import pytest
import tensorflow as tf

from cases import COMPLEXES, FEW_CASES, INTERPOLATIONS, REALS, eps
from upsample_op import reference, upsample2d
from upsample_op._case import Case

few_cases = pytest.mark.parametrize("case", FEW_CASES, ids=str)


@pytest.mark.parametrize("dtype", REALS)
@few_cases
def test_first_order(case, dtype):
    case = Case(case.interpolation, case.layout, dtype, case.shape, case.size)
    x = tf.constant(case.random())
    grad_out = case.random(backward=True)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = upsample2d(x, *case.arguments)
    gradient = tape.gradient(y, x, output_gradients=grad_out)
    assert gradient.numpy().tobytes() == case.run_kernel(grad_out, backward=True).tobytes()


@pytest.mark.parametrize("dtype", COMPLEXES)
def test_nearest_of_complex_numbers(dtype):
    case = Case("nearest", "NHWC", dtype, (1, 2, 3, 4), (2, 3))
    x, grad_out = tf.constant(case.random()), case.random(backward=True)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = upsample2d(x, *case.arguments)
    gradient = tape.gradient(y, x, output_gradients=grad_out)
    np.testing.assert_array_equal(gradient, case.run_kernel(grad_out, backward=True))


@few_cases
def test_second_and_third_order(case):
    """For L(x) = sum (A x)^4 / 4 and u = A x: dL = A'u^3, d(dL . v) = A'(3 u^2 A v), and so on."""
    case = Case(case.interpolation, case.layout, "float64", case.shape, case.size)
    x, v = (tf.constant(case.random(seed=seed)) for seed in (1, 2))
    with tf.GradientTape() as third:
        third.watch(x)
        with tf.GradientTape() as second:
            second.watch(x)
            with tf.GradientTape() as first:
                first.watch(x)
                loss = tf.reduce_sum(upsample2d(x, *case.arguments) ** 4) / 4
            dv = tf.reduce_sum(first.gradient(loss, x) * v)
        dvv = tf.reduce_sum(second.gradient(dv, x) * v)
    dvvv = third.gradient(dvv, x)

    def forward(z):
        return reference.upsample2d(z, *case.arguments)

    u, av = forward(x), forward(v)
    np.testing.assert_allclose(dv, np.sum(u**3 * av), rtol=1e-12)
    np.testing.assert_allclose(dvv, np.sum(3 * u**2 * av**2), rtol=1e-12)
    expected = reference.upsample2d_grad(6 * u * av**2, *case.arguments)
    np.testing.assert_allclose(dvvv, expected, rtol=1e-11, atol=1e-11)


@few_cases
def test_theoretical_and_numerical_jacobians_agree(case):
    x = case.random().astype(np.float64)
    theoretical, numerical = tf.test.compute_gradient(
        lambda z: upsample2d(z, *case.arguments), [x], delta=1e-3
    )
    np.testing.assert_allclose(theoretical[0], numerical[0], atol=1e-9)


@few_cases
def test_forward_mode(case):
    x, tangent = (tf.constant(case.random(seed=seed)) for seed in (1, 2))
    with tf.autodiff.ForwardAccumulator(x, tangent) as accumulator:
        y = upsample2d(x, *case.arguments)
    np.testing.assert_array_equal(accumulator.jvp(y), case.run_kernel(tangent.numpy()))


@few_cases
def test_forward_over_reverse(case):
    """The Hessian-vector product of sum (A x)^2 / 2 is A'A v."""
    x, v = (tf.constant(case.random(seed=seed)) for seed in (1, 2))
    with tf.autodiff.ForwardAccumulator(x, v) as accumulator, tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(upsample2d(x, *case.arguments) ** 2) / 2
        gradient = tape.gradient(loss, x)
    expected = case.run_kernel(case.run_kernel(v.numpy()), backward=True)
    np.testing.assert_allclose(accumulator.jvp(gradient), expected, rtol=1e-6, atol=1e-6)


@few_cases
@pytest.mark.parametrize("in_graph", [False, True], ids=["eager", "graph"])
def test_vectorized_map(case, in_graph, caplog):
    batches = np.stack([case.random(seed=seed) for seed in range(3)])

    def mapped(stack):
        return tf.vectorized_map(lambda x: upsample2d(x, *case.arguments), stack)

    result = (tf.function(mapped) if in_graph else mapped)(tf.constant(batches))
    np.testing.assert_array_equal(result, np.stack([case.run_kernel(x) for x in batches]))
    assert "Using a while_loop" not in caplog.text


@few_cases
def test_jacobian(case):
    x = tf.constant(case.random()[:1, :2, :2, :3])

    @tf.function
    def jacobian(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = upsample2d(x, *case.arguments)
        return tape.jacobian(y, x)

    found = jacobian(x).numpy()
    units = np.eye(tf.size(x).numpy(), dtype=np.float32).reshape(-1, *x.shape)
    columns = [case.run_kernel(unit) for unit in units]
    flat = found.reshape(*columns[0].shape, -1)
    # Along one axis the weights are the same to the last bit. Along two axes a sum rounds the
    # product of the weights, and a blend rounds what it subtracts from the first.
    rounding = 2 * eps(np.float32) if case.interpolation == "bilinear" and 1 not in case.size else 0
    np.testing.assert_allclose(np.moveaxis(flat, -1, 0), columns, rtol=0, atol=rounding)
    # There must be one call on a larger batch, because a jacobian would loop without a warning.
    operations = jacobian.get_concrete_function(x).graph.get_operations()
    assert not {"While", "StatelessWhile"} & {operation.type for operation in operations}


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_gradient_penalty(interpolation):
    """WGAN-GP needs the gradient of a gradient's norm, which stock bilinear silently lacks."""
    x = tf.random.stateless_normal((2, 4, 4, 3), [1, 2])
    kernel = tf.Variable(tf.random.stateless_normal((3, 3, 3, 1), [3, 4]))
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            inner.watch(x)
            score = tf.reduce_sum(tf.nn.conv2d(upsample2d(x, 2, interpolation), kernel, 1, "SAME"))
        gradient = inner.gradient(score, x)
        penalty = (tf.norm(gradient) - 1) ** 2
    found = outer.gradient(penalty, kernel)
    assert tf.norm(found) > eps(np.float32)


def test_integers_have_no_gradient():
    x = tf.constant(np.ones((1, 2, 2, 1), np.int32))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = upsample2d(x, 2)
    assert tape.gradient(y, x) is None
