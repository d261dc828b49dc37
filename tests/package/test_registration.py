"""The package registers itself with TensorFlow silently, in any thread, and spoils no import.

tests/tf/test_loading_elsewhere.py shows what that is for.
"""

import json

import pytest


def test_nothing_of_it_is_left_on_tensorflow(run_python):
    run_python(
        """
        import importlib.machinery
        import upsample_op, tensorflow, keras
        for module in (tensorflow, keras):
            assert type(module.__loader__) is importlib.machinery.SourceFileLoader
            assert type(module.__spec__.loader) is importlib.machinery.SourceFileLoader
        assert {"upsample_op.ops", "upsample_op.layers"} <= set(__import__("sys").modules)
        """
    )


def test_without_tensorflow_the_error_is_still_that_there_is_none(run_python):
    said = run_python(
        """
        import sys
        sys.meta_path = [f for f in sys.meta_path if "editable" not in str(f)]
        import upsample_op
        class Nothing:
            def find_spec(self, name, path=None, target=None):
                if name == "tensorflow":
                    raise ModuleNotFoundError("No module named 'tensorflow'", name=name)
        sys.meta_path.insert(0, Nothing())
        try:
            upsample_op.upsample2d
        except ImportError as error:
            print(error)
        """
    )
    assert said.startswith("upsample_op: there is no TensorFlow here.")


@pytest.mark.parametrize("name", ["_stand_ins", "layers", "ops"])
def test_a_module_that_brings_tensorflow_in_itself_is_registered_in_silence(name, run_python):
    run_python(
        f"""
        import warnings
        with warnings.catch_warnings():
            warnings.filterwarnings("error", "not registered")
            import upsample_op.{name}
        import keras
        config = {{"module": "upsample_op", "class_name": "UpSampling2D", "config": {{"size": 2}},
                  "registered_name": "upsample_op>UpSampling2D"}}
        layer = keras.saving.deserialize_keras_object(config)
        assert type(layer).__module__.startswith("upsample_op"), type(layer)
        """
    )


@pytest.mark.parametrize("first", ["tensorflow", "upsample_op"])
def test_what_it_is_not_built_for_is_imported_all_the_same(first, copied_package, run_python):
    path = copied_package / "build_info.json"
    info = json.loads(path.read_text())
    path.write_text(json.dumps({**info, "tensorflow": {"2.18": {"version": "2.18.1", "xla": ""}}}))
    second = {"tensorflow": "upsample_op", "upsample_op": "tensorflow"}[first]
    said = run_python(
        f"""
        import warnings
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            import {first}, {second}
            import tensorflow as tf
        ours = [str(w.message) for w in caught if w.category is RuntimeWarning]
        print(*(text for text in ours if text.startswith("not registered")), sep="|")
        assert tf.reduce_sum(tf.ones(3)) == 3
        assert upsample_op.kernels.cpu_isa() in upsample_op.kernels.cpu_isas()
        """,
        PYTHONPATH=str(copied_package.parent),
    )
    message = "not registered with TensorFlow: upsample_op: this copy is built for TensorFlow 2.18"
    assert said.startswith(message)


def test_threads_that_import_and_use_it_at_once_do_not_wait_for_each_other(run_python):
    run_python(
        """
        import concurrent.futures, importlib, threading
        import upsample_op
        start = threading.Barrier(4)
        def use(number):
            start.wait()
            if number == 0:
                importlib.import_module("tensorflow")
            return upsample_op.UpSampling2D, upsample_op.upsample2d
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            assert len(set(pool.map(use, range(4)))) == 1
        """
    )
