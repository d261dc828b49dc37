"""jit_compile=True as programs use it: models, loops, strategies, SavedModels, autoclustering."""

import threading

import numpy as np
import pytest
import tensorflow as tf

from upsample_op import UpSampling2D, convert_model, library_path, upsample2d

images = np.random.default_rng(0).random((20, 8, 8, 3), np.float32)


def make_model(layer_class=UpSampling2D):
    tf.keras.utils.set_random_seed(1)
    return tf.keras.Sequential(
        [
            tf.keras.Input((None, None, 3)),
            tf.keras.layers.Conv2D(4, 3, strides=4, padding="same", activation="relu"),
            layer_class(2, interpolation="bilinear"),
            tf.keras.layers.Conv2D(4, 3, padding="same", activation="relu"),
            layer_class(2),
            tf.keras.layers.Conv2D(3, 3, padding="same"),
        ]
    )


def history(model, jit_compile):
    """Trains, evaluates and predicts in batches of 8, of which the last has 4 images."""
    model.compile("adam", "mse", jit_compile=jit_compile)
    losses = model.fit(images, images, batch_size=8, epochs=2, verbose=0).history["loss"]
    assert model.jit_compile is jit_compile
    return [
        *losses,
        model.evaluate(images, images, batch_size=8, verbose=0),
        *np.ravel(model.predict(images, batch_size=8, verbose=0)),
    ]


def test_a_model_trains_evaluates_and_predicts():
    compiled = history(make_model(), jit_compile=True)
    np.testing.assert_allclose(compiled, history(make_model(), False), rtol=1e-4, atol=1e-5)


def test_a_converted_model_is_compiled_too():
    model = convert_model(make_model(tf.keras.layers.UpSampling2D))
    np.testing.assert_allclose(
        history(model, jit_compile=True), history(make_model(), False), rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision(policy):
    before = tf.keras.config.dtype_policy()
    tf.keras.config.set_dtype_policy(policy)
    try:
        assert make_model()(images).dtype == policy.removeprefix("mixed_")
        compiled, plain = (history(make_model(), jit) for jit in (True, False))
    finally:
        tf.keras.config.set_dtype_policy(before)
    np.testing.assert_allclose(compiled, plain, rtol=0.1, atol=0.05)


def test_a_strategy_compiles_on_request():
    with tf.distribute.MirroredStrategy(["CPU:0"]).scope():
        compiled = history(make_model(), jit_compile=True)
    np.testing.assert_allclose(compiled, history(make_model(), False), rtol=1e-4, atol=1e-5)


def test_replicas_each_run_a_compiled_step(run_after_tensorflow):
    """Keras' own compiled step fails on two CPU replicas, whatever the layers."""
    run_after_tensorflow(
        """
        import numpy as np, tensorflow as tf
        cpu = tf.config.list_physical_devices("CPU")[0]
        halves = [tf.config.LogicalDeviceConfiguration()] * 2
        tf.config.set_logical_device_configuration(cpu, halves)
        from upsample_op import upsample2d

        strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])

        def gradient(x):
            with tf.GradientTape() as tape:
                tape.watch(x)
                squares = tf.reduce_sum(upsample2d(x, 3, "bilinear") ** 2)
            return tape.gradient(squares, x)

        compiled = tf.function(gradient, jit_compile=True)
        x = tf.random.stateless_normal((2, 3, 4, 5), (0, 1))
        replicas = strategy.experimental_distribute_values_from_function(
            lambda context: x * (1.0 + context.replica_id_in_sync_group)
        )
        results = strategy.experimental_local_results(strategy.run(compiled, (replicas,)))
        assert len(results) == 2
        for replica, result in enumerate(results):
            np.testing.assert_allclose(result, gradient(x) * (1 + replica), rtol=1e-5)
        """
    )


def test_a_loop():
    def loop(x):
        def body(step, total):
            return step + 1, total + upsample2d(x, 3, "bilinear")[:, ::3, ::3] * 1.5

        return tf.while_loop(lambda step, _: step < 3, body, (0, tf.zeros_like(x)))[1]

    x = tf.constant(images)
    np.testing.assert_allclose(tf.function(loop, jit_compile=True)(x), loop(x), rtol=1e-6)


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
def test_a_vectorized_map(interpolation, lowering):
    def one(image):
        return upsample2d(image[None], (3, 2), interpolation)[0]

    def mapped(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.vectorized_map(one, x)
            squares = tf.reduce_sum(y * y)
        return y, tape.gradient(squares, x)

    x = tf.constant(images)
    expected = upsample2d(x, (3, 2), interpolation)
    found, gradient = tf.function(mapped, jit_compile=True)(x)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    np.testing.assert_allclose(gradient, mapped(x)[1], rtol=1e-5)


def test_many_calls_at_once(monkeypatch):
    """There are more calls than XLA has threads, each of several shares. None waits for another."""
    monkeypatch.setenv("UPSAMPLE_XLA_LOWERING", "custom_call")

    def program(x):
        ways = [upsample2d(x * float(i + 1), 2, "bilinear") for i in range(6)]
        return tf.add_n([upsample2d(way, 2) for way in ways])

    x = tf.random.stateless_normal((4, 32, 32, 16), (0, 1))
    compiled, expected = tf.function(program, jit_compile=True), program(x)
    compiled(x)
    wrong = []

    def run():
        for _ in range(10):
            if not np.allclose(compiled(x), expected, rtol=1e-5, atol=1e-5):
                wrong.append(threading.get_ident())

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_autoclustering(run_after_tensorflow):
    """If asked to, TensorFlow itself compiles what it can: our ops with their neighbours."""
    run_after_tensorflow(
        """
        import numpy as np, tensorflow as tf
        from tensorflow.python.eager import context
        from upsample_op import upsample2d

        tf.config.optimizer.set_jit(True)

        @tf.function
        def step(x):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = tf.nn.relu(upsample2d(x * 2.0, 3, "bilinear") + 1.0)
                squares = tf.reduce_sum(y * y)
            return y, tape.gradient(squares, x)

        x = tf.random.stateless_normal((2, 3, 4, 5), (0, 1))
        context.context().enable_run_metadata()
        found = step(x)
        graphs = context.context().export_run_metadata().partition_graphs
        run = {node.op for graph in graphs for node in graph.node}
        assert "_XlaRun" in run, run
        assert not any("Upsample" in op for op in run), run
        for result, expected in zip(found, step.python_function(x)):
            np.testing.assert_allclose(result, expected, rtol=1e-5)
        """,
        TF_XLA_FLAGS="--tf_xla_cpu_global_jit",
    )


def test_a_saved_model_is_compiled_where_it_is_served(tmp_path, run_after_tensorflow):
    """Either the server or the saved function itself asks for it."""
    model = make_model()
    model.export(tmp_path / "model", verbose=False)
    module = tf.Module()
    module.up = tf.function(
        lambda x: upsample2d(x, 3, "bilinear"),
        input_signature=[tf.TensorSpec((None, None, None, 3))],
        jit_compile=True,
    )
    tf.saved_model.save(module, str(tmp_path / "module"))
    np.save(tmp_path / "x.npy", images)
    run_after_tensorflow(
        f"""
        import sys
        import numpy as np, tensorflow as tf
        x = tf.constant(np.load("x.npy"))
        tf.load_op_library({library_path()!r})
        tf.load_library({library_path().replace("_op_", "_op_xla_")!r})
        model = tf.saved_model.load("model")
        np.save("model.npy", tf.function(model.serve, jit_compile=True)(x))
        np.save("module.npy", tf.saved_model.load("module").up(x))
        assert "upsample_op" not in sys.modules
        """,
        cwd=tmp_path,
    )
    found = np.load(tmp_path / "model.npy")
    np.testing.assert_allclose(found, model(images), rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(np.load(tmp_path / "module.npy"), module.up(images))
