"""The catalogue's doors that take a file or a graph, edited after TensorFlow had checked it."""

import functools
import pathlib
import shutil
import tempfile

import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from bad_input import Call
from doors import BUILD_ERRORS, Door, raw, tf_input

OPS = ("UpsampleOp>Upsample2D", "UpsampleOp>Upsample2DGrad")
GOOD = Call((1, 2, 2, 1))


def edit(nodes, call, dtype=None):
    """Gives the ops among nodes the call's attributes, and makes their declared shapes wrong."""
    found = [node for node in nodes if node.op in OPS]
    assert found
    for node in found:
        node.op = OPS[call.backward]
        node.attr["size"].list.ClearField("i")
        node.attr["size"].list.i.extend(call.size)
        node.attr["size"].list.SetInParent()
        node.attr["interpolation"].s = call.interpolation.encode()
        node.attr["data_format"].s = call.layout.encode()
        if dtype is not None:
            node.attr["T"].type = dtype
        lie = tf.TensorShape([7, 7, 7, 7]).as_proto()
        node.attr["_output_shapes"].list.shape.append(lie)


def through_graph_def(call):
    """Edits a good graph's GraphDef to be the call's, imports it and runs it."""
    x = tf_input(call)
    with tf.Graph().as_default() as graph:
        fed = tf.compat.v1.placeholder(tf.float32, None, name="x")
        tf.identity(raw(fed, GOOD), name="y")
    definition = graph.as_graph_def()
    dtype = x.dtype.as_datatype_enum
    for node in definition.node:
        key = {"Placeholder": "dtype", "Identity": "T"}.get(node.op)
        if key:
            node.attr[key].type = dtype
    edit(definition.node, call, dtype)
    with tf.Graph().as_default() as graph, tf.compat.v1.Session() as session:
        tf.import_graph_def(definition, name="")
        return session.run("y:0", {"x:0": x.numpy()})


@functools.cache
def _saved(dtype, backward):
    """Returns a folder with a SavedModel of a good call, whose input has any shape."""
    folder = tempfile.TemporaryDirectory()
    module = tf.Module()
    good = Call((1, 2, 2, 1), dtype=dtype, backward=backward)
    signature = [tf.TensorSpec(None, dtype)]
    module.run = tf.function(lambda x: raw(x, good), input_signature=signature)
    tf.saved_model.save(module, folder.name)
    return folder  # it is removed with the cache, at exit


def through_saved_model(call):
    """Edits a good model's saved_model.pb to be the call's, loads it and calls it."""
    x = tf_input(call)
    source = pathlib.Path(_saved(x.dtype.name, call.backward).name)
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(source, folder, dirs_exist_ok=True)
        path = pathlib.Path(folder, "saved_model.pb")
        model = saved_model_pb2.SavedModel.FromString(path.read_bytes())
        functions = model.meta_graphs[0].graph_def.library.function
        edit([node for function in functions for node in function.node_def], call)
        path.write_bytes(model.SerializeToString())
        return tf.saved_model.load(folder).run(x)


FROM_FILES = {
    "edited GraphDef": Door(through_graph_def, ("session", "raw", "tf"), BUILD_ERRORS),
    "edited SavedModel": Door(through_saved_model, ("saved_model", "raw", "tf"), BUILD_ERRORS),
}
