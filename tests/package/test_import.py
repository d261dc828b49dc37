"""What an import costs and needs, and what it says where it can't work."""

import importlib.metadata
import json

import pytest
import tensorflow

import upsample_op
from upsample_op import _library


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
        assert upsample_op.library_path().endswith(".so")
        try:
            upsample_op.UpSampling2D
        except ImportError:
            pass
        else:
            raise AssertionError("loaded TensorFlow")
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
    assert info["tensorflow"] == tensorflow.__version__
    assert info["cpu_isa"] in info["cpu_isas"]
    assert info["cpu_isas"][0] == "baseline"
    assert set(info) == {
        *("version", "tensorflow", "compiler", "cuda", "cuda_architectures", "cpu_isas", "cpu_isa"),
        "xla",
    }


@pytest.mark.parametrize(
    ("built_for", "found"), [("2.21.0", "2.21.0"), ("2.21.0", "2.21.3"), ("2.21.0rc1", "2.21.0")]
)
def test_patch_versions_of_tensorflow_fit(built_for, found):
    _library.check_version(built_for, found)


@pytest.mark.parametrize("found", ["2.20.0", "2.2.1", "3.21.0", "2.22.0-dev20261124"])
def test_other_minor_versions_do_not(found):
    with pytest.raises(
        ImportError, match=rf"built for TensorFlow 2\.21\.0, but TensorFlow {found} is"
    ):
        _library.check_version("2.21.0", found)


def error_of_first_use(copied_package, run_python):
    return run_python(
        """
        import upsample_op
        try:
            upsample_op.upsample2d
        except ImportError as error:
            print(error)
        """,
        PYTHONPATH=str(copied_package.parent),
    )


def test_a_library_for_another_tensorflow_says_what_to_do(copied_package, run_python):
    info = json.loads((copied_package / "build_info.json").read_text())
    found = info["tensorflow"]
    (copied_package / "build_info.json").write_text(json.dumps({**info, "tensorflow": "2.19.1"}))
    assert error_of_first_use(copied_package, run_python) == (
        f"upsample_op was built for TensorFlow 2.19.1, but TensorFlow {found} is installed, whose "
        "C++ interface differs. Rebuild it in its source folder with `pip install "
        "--no-build-isolation --force-reinstall --no-deps .`, or go back with "
        "`pip install 'tensorflow==2.19.*'`.\n"
    )


def test_a_library_that_is_not_there_is_named(copied_package, run_python):
    (copied_package / "libupsample_op.so").unlink()
    message = error_of_first_use(copied_package, run_python)
    assert message.startswith("upsample_op could not load its op library: ")
    assert str(copied_package / "libupsample_op.so") in message
