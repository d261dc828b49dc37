"""What an import needs and loads, and when. test_import_errors.py has what it says on failure."""

import importlib.metadata

import pytest
import tensorflow

import upsample_op


def test_importing_the_package_loads_nothing_else(run_python):
    run_python(
        """
        import sys
        import upsample_op
        assert not {"tensorflow", "numpy", "keras"} & set(sys.modules)
        assert not any("_kernels" in name for name in sys.modules)
        """
    )


def test_kernels_and_reference_need_no_tensorflow(run_python):
    run_python(
        """
        import sys
        sys.modules["tensorflow"] = None
        import numpy as np, upsample_op
        x = np.ones((1, 2, 2, 1), np.float32)
        arguments = (x, (2, 2), "bilinear", "channels_last")
        found = upsample_op.kernels.upsample2d(*arguments)
        assert (found == upsample_op.reference.upsample2d(*arguments)).all()
        assert upsample_op.build_info()["cpu_isa"] == upsample_op.kernels.cpu_isa()
        """
    )


def test_public_names():
    assert set(upsample_op.__all__) <= set(dir(upsample_op))
    for name in upsample_op.__all__:
        assert getattr(upsample_op, name) is getattr(upsample_op, name)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        upsample_op.nothing  # noqa: B018


def test_build_info():
    info = upsample_op.build_info()
    assert info["version"] == importlib.metadata.version("upsample_op")
    assert info["tensorflow"] == [tensorflow.__version__]
    assert upsample_op.__version__ == info["version"]
    assert info["cpu_isa"] in info["cpu_isas"]
    assert info["cpu_isas"][0] == "baseline"
    assert set(info) == {
        *("version", "tensorflow", "compiler", "cuda", "cuda_architectures", "cpu_isas", "cpu_isa"),
        "xla",
    }


def test_the_library_for_a_tensorflow_is_named_without_one(run_python):
    minor = ".".join(tensorflow.__version__.split(".")[:2])
    said = run_python(
        f"""
        import sys
        sys.modules["tensorflow"] = None
        import upsample_op
        print(upsample_op.library_path("{minor}") == upsample_op.library_path("{minor}.7-rc1"))
        print(upsample_op.library_path("{minor}"))
        """
    )
    assert said == f"True\n{upsample_op.library_path()}\n"


# This loads the op library, runs it, and gets the right result.
USE = """
import numpy as np, upsample_op
layer = upsample_op.UpSampling2D(2)
assert layer(np.ones((1, 2, 2, 1), np.float32)).numpy().sum() == 16
"""


def test_it_loads_where_the_library_is_loaded_already(run_after_tensorflow):
    run_after_tensorflow(
        f"""
import tensorflow as tf, upsample_op
ops = tf.load_op_library(upsample_op.library_path())
{USE}
from upsample_op.ops import raw_ops
assert raw_ops is ops
"""
    )


def test_many_threads_load_it_at_once(run_after_tensorflow):
    run_after_tensorflow(
        f"""
import concurrent.futures, threading
import tensorflow
start = threading.Barrier(8)
def use(number):
    start.wait()
    exec({USE!r}, {{}})
    from upsample_op.ops import raw_ops
    return raw_ops
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    assert len(set(pool.map(use, range(8)))) == 1
"""
    )


@pytest.mark.parametrize("is_loaded_before", [False, True])
def test_it_works_in_a_forked_process(is_loaded_before, run_after_tensorflow):
    """It is loaded after the fork or before. TensorFlow itself forks badly after an operation."""
    run_after_tensorflow(
        f"""
import os
import tensorflow
import upsample_op.kernels
if {is_loaded_before}:
    import upsample_op.ops
child = os.fork()
if child == 0:
    try:
        exec({USE!r}, {{}})
    except BaseException as error:
        print(error, flush=True)
        os._exit(1)
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
"""
    )


def test_a_fork_while_another_thread_loads_leaves_the_child_able_to(run_after_tensorflow):
    run_after_tensorflow(
        f"""
import os, threading
import tensorflow
from upsample_op import _library
_library._lock.acquire()  # as that thread has it
child = os.fork()
if child == 0:
    exec({USE!r}, {{}})
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
"""
    )
