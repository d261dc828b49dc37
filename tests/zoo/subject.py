"""A model whose results can be computed from the same state again and again."""

import numpy as np
import tensorflow as tf

_LEARNING_RATE = 1e-6
# How far salt moves a number, in units of its last place. A convolution, which is a sum of some
# hundred terms, may be rounded by as much.
_UNITS = 8
# The names of TensorFlow's resizing ops, and of this package's.
_STOCK_OPS = ("ResizeNearestNeighbor", "ResizeBilinear", "ResizeBicubic", "ResizeArea")
_OUR_OP = "UpsampleOp>Upsample2D"


class Subject:
    """A model, inputs for it, targets, and the state that it had at first.

    Args:
        model: a model of either Keras.
        inputs: an array or a nest of arrays.
    """

    def __init__(self, model, inputs):
        self.model = model
        self.inputs = inputs
        self._state = [np.array(_raw(variable)) for variable in model.variables]
        generator = np.random.default_rng(1)
        self._targets = [
            generator.standard_normal(tensor.shape, np.float32)
            for tensor in _floats(model(inputs, training=False))
        ]
        self.reset()

    def compiled(self):
        """Returns `Compiled` for the model as it is. No later conversion changes it."""
        return Compiled(self)

    def outputs_of(self, model):
        """Returns the outputs of another model, which was made from this one's file."""
        predict = tf.function(lambda inputs: _floats(model(inputs, training=False)))
        return _numbered("output", predict(self.reset()))

    def step(self, jit_compile):
        """Returns a function that does a whole training step, compiled from the model as it is."""

        @tf.function(jit_compile=jit_compile)
        def step(inputs):
            loss, gradients = self.differentiate(inputs)
            for variable, gradient in zip(self._variables(), gradients, strict=True):
                if gradient is not None:
                    variable.assign_sub(_LEARNING_RATE * gradient)
            return loss

        inputs = self.reset()
        step(inputs)
        return lambda: float(step(inputs))

    def predict(self, inputs):
        """Returns the model's outputs, as tensors."""
        return _floats(self.model(inputs, training=False))

    def differentiate(self, inputs):
        """Returns the loss and its gradients, with None for weights that no output depends on."""
        with tf.GradientTape() as tape:
            outputs = _floats(self.model(inputs, training=True))
            pairs = zip(outputs, self._targets, strict=True)
            loss = tf.add_n([tf.reduce_mean(tf.square(output - y)) for output, y in pairs])
        gradients = tape.gradient(loss, self._variables())
        return loss, [g if g is None else tf.convert_to_tensor(g) for g in gradients]

    def reset(self, salt=None):
        """Gives the model the state that it had at first, and returns the inputs.

        Args:
            salt: a seed for changing the last bits of weights and inputs, or None for none.
        """
        tf.keras.utils.set_random_seed(0)
        generator = None if salt is None else np.random.default_rng(salt)
        for variable, value in zip(self.model.variables, self._state, strict=True):
            _raw(variable).assign(_salted(value, generator))
        return tf.nest.map_structure(lambda x: tf.constant(_salted(x, generator)), self.inputs)

    def _variables(self):
        return [_raw(variable) for variable in self.model.trainable_variables]


class Compiled:
    """Prediction and the first training step of a subject, traced once.

    Args:
        subject: a subject, whose model is traced as it is now.
    """

    def __init__(self, subject):
        self._subject = subject
        inputs = subject.reset()
        self._predict = tf.function(subject.predict).get_concrete_function(inputs)
        self._differentiate = tf.function(subject.differentiate).get_concrete_function(inputs)

    def outputs(self, salt=None):
        """Returns {what: array} of the outputs only."""
        found = _numbered("output", self._predict(self._subject.reset(salt)))
        self._subject.reset()
        return found

    def results(self, salt=None):
        """Returns {what: array} of outputs, the loss, and the first training step's gradients."""
        found = self.outputs(salt)
        loss, gradients = self._differentiate(self._subject.reset(salt))
        self._subject.reset()
        # If nothing reads a weight, there is no gradient, before and after.
        gradients = [tf.zeros(()) if gradient is None else gradient for gradient in gradients]
        return {**found, "loss": loss.numpy(), **_numbered("gradient", gradients)}

    def kernels(self):
        """Returns how many ops of this package, and TensorFlow resizes, prediction needs."""
        graph = self._predict.graph
        # A folded convolution leaves the upsampled images in the graph, but nothing reads them.
        needed = [tensor.op.name for tensor in tf.nest.flatten(graph.structured_outputs)]
        graph_def = tf.compat.v1.graph_util.extract_sub_graph(graph.as_graph_def(), needed)
        ops = [node.op for node in graph_def.node]
        ops += [node.op for function in graph_def.library.function for node in function.node_def]
        return ops.count(_OUR_OP), sum(op in _STOCK_OPS for op in ops)


def _numbered(kind, tensors):
    return {f"{kind} {index}": tensor.numpy() for index, tensor in enumerate(tensors)}


def _floats(value):
    """Returns the tensors that can have gradients among all that a model returns."""
    return [tensor for tensor in tf.nest.flatten(value) if tensor.dtype.is_floating]


def _salted(value, generator):
    if generator is None or value.dtype != np.float32:
        return value
    signs = generator.choice(np.array([-1, 1], np.float32), value.shape)
    return value * (1 + _UNITS * signs * np.finfo(np.float32).eps)


def _raw(variable):
    """Returns TensorFlow's variable, which Keras 3 wraps in one of its own."""
    return variable if isinstance(variable, tf.Variable) else variable.value
