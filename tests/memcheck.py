"""Runs the kernels, and the ops inside TensorFlow, under valgrind's memcheck: `make test-memcheck`.

    python tests/memcheck.py [numpy] [tensorflow]

Python and TensorFlow do much about which memcheck complains. Only errors with one of our libraries
on their stack count, and none is suppressed. A control comes first: a kernel that branches on its
input gets an input that was never written, and memcheck has to find that.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import textwrap
import xml.etree.ElementTree as ElementTree

OURS = re.compile(r"/(libupsample_\w+|_kernels\.[\w-]+)(\.[\w.]+)?\.so$")

# float16 is converted by branches if the instruction set has no instruction for it.
CONTROL = """
    import numpy as np
    from upsample_op import kernels
    kernels.upsample2d(np.empty((1, 64, 64, 3), np.float16), 2, "bilinear")
"""

NUMPY = """
    import itertools
    import ml_dtypes, numpy as np
    from upsample_op import kernels
    shapes = [(1, 3, 5, 1), (2, 4, 19, 3), (1, 3, 40, 2), (1, 2, 5, 64), (1, 2, 3, 33)]
    dtypes = ["float16", ml_dtypes.bfloat16, "float32", "float64"]
    sizes = [(2, 2), (3, 2), (4, 5)]
    count = 0
    for dtype, shape, size, interpolation, data_format in itertools.product(
        dtypes, shapes, sizes, ["nearest", "bilinear"], ["channels_last", "channels_first"]
    ):
        x = np.ones(shape, dtype)
        y = kernels.upsample2d(x, size, interpolation, data_format, num_threads=2)
        grad = kernels.upsample2d_grad(y, size, interpolation, data_format)
        # Asks for every element, so that one that was not written is found.
        assert (y.astype(np.float64) == 1).all() or interpolation == "bilinear"
        assert np.isfinite(grad.astype(np.float64)).all()
        count += 2
    print(count, "calls")
"""

TENSORFLOW = """
    import itertools
    import numpy as np, tensorflow as tf
    from upsample_op import upsample2d
    tf.config.run_functions_eagerly(False)
    count = 0
    for dtype, interpolation, data_format in itertools.product(
        ["bfloat16", "float32"], ["nearest", "bilinear"], ["channels_last", "channels_first"]
    ):
        x = tf.ones((2, 3, 5, 4), dtype)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = upsample2d(x, (3, 2), interpolation, data_format)
        grad = tape.gradient(y, x)
        assert np.isfinite(tf.cast(y, tf.float32).numpy()).all()
        assert np.isfinite(tf.cast(grad, tf.float32).numpy()).all()
        count += 2
    print(count, "calls")
"""


def run(program, **environment):
    """Runs a program, and returns what it printed and its errors with our code on their stack."""
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder, "report.xml")
        command = ["valgrind", "--tool=memcheck", "--xml=yes", f"--xml-file={report}"]
        command += ["--num-callers=30", "--partial-loads-ok=yes", "--show-mismatched-frees=no"]
        found = subprocess.run(
            [*command, sys.executable, "-c", textwrap.dedent(program)],
            env={**os.environ, "PYTHONMALLOC": "malloc", **environment},
            capture_output=True,
            text=True,
        )
        if found.returncode != 0:
            sys.exit(f"failed under valgrind:\n{found.stderr[-3000:]}")
        errors = ElementTree.parse(report).getroot().findall("error")
    return found.stdout.strip(), [text for error in errors if (text := describe(error))]


def describe(error):
    """Returns an error's kind and our frames on its first stack, or "" if there are none."""
    frames = error.find("stack").findall("frame")
    ours = [frame for frame in frames if OURS.search(frame.findtext("obj") or "")]
    places = [
        f"{frame.findtext('fn')} ({pathlib.Path(frame.findtext('obj')).name})" for frame in ours
    ]
    # A leak is no error here, because Python frees little when it ends.
    is_leak = error.findtext("kind").startswith("Leak_")
    return f"{error.findtext('kind')}: {'; '.join(places)}" if ours and not is_leak else ""


def main(names):
    """Runs the control and the named programs, and ends at the first error."""
    _, errors = run(CONTROL, UPSAMPLE_CPU_ISA="baseline")
    if not errors:
        sys.exit("memcheck does not see an input that was never written")
    print(f"control: {len(errors)} errors found, as there should be")
    for name in names or ["numpy", "tensorflow"]:
        said, errors = run({"numpy": NUMPY, "tensorflow": TENSORFLOW}[name])
        if errors:
            sys.exit("\n".join(errors))
        print(f"{name}: {said}, no error in our libraries")


if __name__ == "__main__":
    main(sys.argv[1:])
