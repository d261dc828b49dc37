"""Nodes that no graph builder would make are refused, and do no harm."""

import numpy as np
import pytest
import tensorflow as tf

from upsample_op import upsample2d

IMAGES = np.arange(24, dtype=np.float32).reshape(1, 2, 3, 4)
REPEATED = IMAGES.repeat(2, axis=1).repeat(2, axis=2)


@pytest.fixture(autouse=True)
def the_next_call_is_right():
    yield
    np.testing.assert_array_equal(upsample2d(IMAGES), REPEATED)


def run_edited(edit):
    """Runs a graph of a constant and an op on it, after edit(constant, op)."""
    with tf.Graph().as_default() as graph:
        tf.identity(upsample2d(tf.constant(IMAGES, name="x")), name="y")
    definition = graph.as_graph_def()
    nodes = {node.op: node for node in definition.node}
    edit(nodes["Const"], nodes["UpsampleOp>Upsample2D"])
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        tf.import_graph_def(definition, name="")
        return session.run("y:0")


def test_an_untouched_graph_runs():
    np.testing.assert_array_equal(run_edited(lambda constant, op: None), REPEATED)


def _set_type(dtype):
    def edit(_, op):
        op.attr["T"].type = dtype

    return edit


def _retype(key, **field):
    """Returns an edit that gives an attribute a value of another kind."""

    def edit(_, op):
        op.attr[key].Clear()
        for name, value in field.items():
            setattr(op.attr[key], name, value)

    return edit


def _list_of(key, **field):
    def edit(_, op):
        op.attr[key].Clear()
        for name, values in field.items():
            getattr(op.attr[key].list, name).extend(values)

    return edit


def _without(key):
    return lambda _, op: op.attr.pop(key)


def _inputs(*names):
    def edit(_, op):
        del op.input[:]
        op.input.extend(names)

    return edit


def _lie_of_shape(*dims):
    def edit(constant, _):
        shape = constant.attr["value"].tensor.tensor_shape
        shape.CopyFrom(tf.TensorShape(dims).as_proto())

    return edit


def _lie_of_type(constant, _):
    constant.attr["value"].tensor.dtype = tf.float64.as_datatype_enum
    constant.attr["dtype"].type = tf.float64.as_datatype_enum


HOSTILE = {
    "T is another dtype": (
        _set_type(tf.int32.as_datatype_enum),
        "incompatible with expected|int32",
    ),
    "T has no kernel": (_set_type(tf.string.as_datatype_enum), "list of allowed values"),
    "T is quantised": (_set_type(tf.qint8.as_datatype_enum), "list of allowed values"),
    "T is a reference": (_set_type(101), "list of allowed values|ref"),
    "T is invalid": (_set_type(0), "T|invalid|DT_INVALID"),
    "no T": (_without("T"), "missing attr 'T'"),
    "no size": (_without("size"), "missing attr 'size'"),
    "size is one integer": (_retype("size", i=2), "size.*expected type list|type 'int'"),
    "size is text": (_retype("size", s=b"22"), "size.*expected type list|type 'string'"),
    "size is of floats": (_list_of("size", f=[2.0, 2.0]), r"size.*list\(int\)"),
    "size is of both": (_list_of("size", f=[2.0], i=[2, 2]), r"size.*list|2 integers"),
    "interpolation is a list": (_list_of("interpolation", s=[b"nearest"]), "interpolation"),
    "interpolation is no text": (_retype("interpolation", s=b"\xff\xfe\0"), "interpolation|utf-8"),
    "data_format is an integer": (_retype("data_format", i=1), "data_format"),
    "no input": (_inputs(), "inputs"),
    "two inputs": (_inputs("x", "x"), "inputs"),
    "an input of nothing": (_inputs("none"), "unknown input|not found|none"),
    "a second output": (_inputs("x:1"), "output|x:1|out of range"),
    "a cycle": (_inputs("UpsampleOp>Upsample2D"), "cycle|Cycle|unknown input|not found|inputs"),
    "a constant of more than it holds": (_lie_of_shape(1, 2**20, 2**20, 4), "tensor_content|shape"),
    "a constant of impossible sides": (_lie_of_shape(2**40, 2**40, 1, 1), "tensor|shape|overflow"),
    "a constant of another dtype": (_lie_of_type, "Cannot parse|expect|incompatible|content"),
}


@pytest.mark.parametrize(("edit", "words"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_node_is_refused(edit, words):
    with pytest.raises((ValueError, tf.errors.InvalidArgumentError), match=words):
        run_edited(edit)


def _lying(jit_compile):
    """Returns a function whose input's shape was set by hand, and wrongly."""

    @tf.function(input_signature=[tf.TensorSpec(None)], jit_compile=jit_compile)
    def forward(x):
        x = tf.identity(x)
        x.set_shape((7, 1, 1, 1))
        return tf.identity(upsample2d(x, 2, "bilinear"))

    return forward


@pytest.mark.parametrize("jit_compile", [False, True])
def test_a_shape_that_lies_leads_nowhere(jit_compile):
    result = _lying(jit_compile)(IMAGES)
    np.testing.assert_array_equal(result, upsample2d(IMAGES, 2, "bilinear"))
