"""The library for jit_compile=True loads whenever it can, and does no harm when it can't."""

import json
import os
import re

import pytest

import upsample_op

# This compiles a call of each op and compares with eager mode. If an op were registered twice, the
# call would be ambiguous.
USE = """
import numpy as np
x = tf.random.stateless_normal((2, 3, 4, 5), (0, 1))
def both_ways(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = upsample_op.upsample2d(x, 3, "bilinear")
        squares = tf.reduce_sum(y * y)
    return y, tape.gradient(squares, x)
for found, expected in zip(tf.function(both_ways, jit_compile=True)(x), both_ways(x)):
    np.testing.assert_allclose(found, expected, rtol=1e-5)
from tensorflow.python.framework import kernels
for op in ("UpsampleOp>Upsample2D", "UpsampleOp>Upsample2DGrad"):
    devices = [kernel.device_type for kernel in kernels.get_registered_kernels_for_op(op).kernel]
    assert devices.count("XLA_CPU_JIT") == 1, devices
"""

# TensorFlow registers its kernels for XLA at the first of these; see csrc/xla/registration.h.
BEFORE = {
    "nothing": "",
    "an eager op": "tf.ones(3) + 1",
    "a function": "tf.function(lambda: tf.ones(3) + 1)()",
    "a compiled function": "tf.function(lambda: tf.ones(3) + 1, jit_compile=True)()",
    "a fit of Keras": (
        "model = tf.keras.Sequential([tf.keras.layers.Dense(1)]); model.compile('sgd', 'mse'); "
        "model.fit(tf.ones((4, 2)), tf.ones((4, 1)), verbose=0)"
    ),
}


@pytest.mark.parametrize("before", BEFORE.values(), ids=BEFORE)
def test_it_may_be_loaded_after(before, run_after_tensorflow):
    run_after_tensorflow(f"import tensorflow as tf\n{before}\nimport upsample_op\n{USE}")


def test_two_threads_may_import_at_once_while_a_third_starts_tensorflow(run_after_tensorflow):
    run_after_tensorflow(
        """
        import threading
        import tensorflow as tf

        tf.keras.layers.UpSampling2D  # imports Keras, which would take longer than all below
        start = threading.Barrier(3)
        failed = []

        def run(action):
            start.wait()
            try:
                action()
            except BaseException as error:
                failed.append(repr(error))

        def use():
            import upsample_op
            layer = upsample_op.UpSampling2D(2, interpolation="bilinear")
            assert layer.supports_jit
            x = tf.ones((1, 2, 3, 1))
            assert tf.function(layer, jit_compile=True)(x).shape == (1, 4, 6, 1)

        actions = (use, use, lambda: tf.ones(3))
        threads = [threading.Thread(target=run, args=(action,)) for action in actions]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == [], failed
        """
    )


def test_build_info_says_that_it_is_loaded(run_python):
    said = run_python(
        """
        import upsample_op
        print(upsample_op.build_info()["xla"])
        import tensorflow
        print(upsample_op.build_info()["xla"])
        """
    )
    assert said == "not loaded: TensorFlow is not imported yet\nloaded\n"


def library_in(package):
    (library,) = package.glob("libupsample_op_xla_tf*.so")
    return library


def take_away(package):
    library_in(package).unlink()


def damage(package):
    library_in(package).write_bytes(64 * b"no library")


def cut_off(package):
    os.truncate(library_in(package), 5000)


def put_that_of_another_tensorflow(package):
    library = library_in(package)
    library.write_bytes(library.read_bytes().replace(b"XlaOpKernel", b"XlaOpKernex"))


def build_for_old_tensorflow(package):
    info = json.loads((package / "build_info.json").read_text())
    for built_for in info["tensorflow"].values():
        built_for["xla"] = "TensorFlow 2.18.0 has no xla/ffi/api/ffi.h"
    (package / "build_info.json").write_text(json.dumps(info))


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (take_away, r"not loaded: upsample_op: \S+ is missing"),
        (damage, r"not loaded: upsample_op: \S+ is damaged"),
        (cut_off, r"not loaded: upsample_op: \S+ is damaged"),
        (put_that_of_another_tensorflow, "not loaded: .* undefined symbol: .*XlaOpKernex"),
        (build_for_old_tensorflow, "not built: TensorFlow 2.18.0 has no xla/ffi/api/ffi.h"),
    ],
)
def test_without_it_models_run_without_xla(spoil, why, copied_package, run_after_tensorflow):
    """If Keras would compile, as it does by default on a GPU machine, the layer says no."""
    spoil(copied_package)
    said = run_after_tensorflow(
        """
        import tensorflow as tf, numpy as np, upsample_op
        layer = upsample_op.UpSampling2D(3, interpolation="bilinear")
        assert layer.supports_jit is False
        assert upsample_op.UpSampling2D(interpolation="bicubic").supports_jit is True
        model = tf.keras.Sequential([tf.keras.Input((2, 3, 1)), layer, tf.keras.layers.Dense(1)])
        model.compile("sgd", "mse", jit_compile=True)
        images = np.ones((4, 2, 3, 1), np.float32)
        loss = model.fit(images, np.ones((4, 6, 9, 1)), verbose=0).history["loss"]
        assert np.isfinite(loss).all()
        print(upsample_op.build_info()["xla"])
        """,
        PYTHONPATH=str(copied_package.parent),
    )
    assert re.match(why, said)


def test_it_says_what_it_needs_where_the_op_library_is_not_loaded(run_after_tensorflow):
    """Otherwise TensorFlow would end the process at its first operation."""
    xla_library = upsample_op.library_path().replace("_op_", "_op_xla_")
    said = run_after_tensorflow(
        f"""
        import tensorflow as tf
        try:
            tf.load_library({xla_library!r})
        except tf.errors.NotFoundError as error:
            print(error.message)
        assert (tf.ones(3) + 1).shape == 3
        """
    )
    assert re.match(r"libupsample_\S+\.so: cannot open shared object file", said)
