"""examples/serve.c, a program in C without Python, runs SavedModels that use the ops."""

import pathlib
import shutil
import subprocess

import numpy as np
import pytest
import tensorflow as tf

from upsample_op import library_path, upsample2d

SOURCE = pathlib.Path(__file__).parents[2] / "examples" / "serve.c"
x = np.random.default_rng(0).standard_normal((2, 3, 4, 3)).astype(np.float32)

pytestmark = pytest.mark.skipif(not shutil.which("cc"), reason="needs a C compiler, cc")


@pytest.fixture(scope="module")
def serve(tmp_path_factory):
    """Returns a function that runs the program, for its exit code, stdout and last message."""
    program = tmp_path_factory.mktemp("serve") / "serve"
    folder = tf.sysconfig.get_lib()
    strict = ["-std=c11", "-Wall", "-Wextra", "-Werror"]
    libraries = ["-l:libtensorflow_cc.so.2", "-l:libtensorflow_framework.so.2"]
    link = [f"-L{folder}", *libraries, f"-Wl,-rpath,{folder}"]
    subprocess.run(["cc", *strict, SOURCE, "-o", program, f"-I{folder}/include", *link], check=True)

    def run(*arguments, images=x):
        found = subprocess.run(
            [program, *map(str, arguments), *map(str, x.shape)],
            input=images.tobytes(),
            capture_output=True,
        )
        # TensorFlow logs to stderr too, whatever the level.
        return found.returncode, found.stdout, found.stderr.decode().splitlines()[-1]

    return run


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """Returns a SavedModel's folder, the names of its input and output, and its value at x."""
    module = tf.Module()
    module.up = tf.function(
        lambda images: upsample2d(upsample2d(images, 2, "bilinear"), (1, 3), "nearest"),
        input_signature=[tf.TensorSpec((None, None, None, 3), name="images")],
    )
    folder = str(tmp_path_factory.mktemp("model"))
    tf.saved_model.save(module, folder, signatures=module.up)
    with tf.compat.v1.Session(graph=tf.Graph()) as session:
        meta_graph = tf.compat.v1.saved_model.load(session, ["serve"], folder)
    signature = meta_graph.signature_def["serving_default"]
    (output,) = signature.outputs.values()
    return folder, signature.inputs["images"].name, output.name, module.up(x).numpy()


def test_c_program_computes_the_same_bits(serve, model):
    *arguments, expected = model
    code, result, message = serve(library_path(), *arguments)
    assert (code, message) == (0, f"serve: {arguments[-1]} has shape 2 6 24 3")
    assert result == expected.tobytes()


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({0: "/no/such/library.so"}, "cannot load library /no/such/library.so: "),
        # This library registers no op.
        ({0: "libm.so.6"}, "Op type not registered 'UpsampleOp>Upsample2D'"),
        ({1: "/no/such/model"}, "cannot load model /no/such/model: "),
        ({2: "images:0"}, "cannot find tensor images:0: "),
        ({3: "serving_default_images:1"}, "cannot find tensor serving_default_images:1: "),
    ],
)
def test_c_program_names_what_failed(serve, model, change, error):
    arguments = [library_path(), *model[:3]]
    for position, argument in change.items():
        arguments[position] = argument
    code, result, message = serve(*arguments)
    assert (code, result) == (1, b"")
    assert message.startswith("serve: cannot ")
    assert error in message


@pytest.mark.parametrize("images", [x[:1], np.concatenate([x, x])])
def test_c_program_compares_stdin_with_the_shape(serve, model, images):
    code, result, message = serve(library_path(), *model[:3], images=images)
    assert (code, result) == (1, b"")
    assert message.startswith("serve: cannot read stdin: it ")
