"""A model whose results can be computed from the same state again and again."""

import numpy as np
import tensorflow as tf

_LEARNING_RATE = 1e-6
# What TensorFlow calls resizing, and what this package does.
_STOCK_OPS = ("ResizeNearestNeighbor", "ResizeBilinear", "ResizeBicubic", "ResizeArea")
_OUR_OP = "UpsampleOp>Upsample2D"


class Subject:
    """A model, inputs for it, targets, and the state that it had at first.

    Args:
        model: of either Keras.
        inputs: array or nest of arrays.
    """

    def __init__(self, model, inputs):
        self.model = model
        self.inputs = inputs
        self._state = [_array(variable) for variable in model.variables]
        generator = np.random.default_rng(1)
        self._targets = [
            generator.standard_normal(tensor.shape, np.float32)
            for tensor in _outputs(model(inputs, training=False))
        ]

    def results(self, salt=None):
        """Returns {what: array}: outputs, the loss, and gradients of the first training step.

        Args:
            salt: a seed for changing the last bit of each weight and input, or None for none.
        """
        found = self.outputs(salt=salt)
        loss, gradients = tf.function(self._differentiate)(self._reset(salt))
        found["loss"] = loss.numpy()
        for index, gradient in enumerate(gradients):
            # Where nothing reads a weight there is none, before and after.
            found[f"gradient {index}"] = np.zeros(()) if gradient is None else gradient.numpy()
        self._reset(None)
        return found

    def outputs(self, model=None, salt=None):
        """Returns the outputs alone, of this model or of another one that was made of its file."""
        model = model or self.model
        outputs = tf.function(lambda x: _outputs(model(x, training=False)))(self._reset(salt))
        return {f"output {index}": output.numpy() for index, output in enumerate(outputs)}

    def kernels(self):
        """Returns how many ops of this package, and resizes of TensorFlow's, prediction has."""
        predict = tf.function(lambda x: _outputs(self.model(x, training=False)))
        graph = predict.get_concrete_function(self._reset(None)).graph.as_graph_def()
        ops = [node.op for node in graph.node]
        ops += [node.op for function in graph.library.function for node in function.node_def]
        return ops.count(_OUR_OP), sum(op in _STOCK_OPS for op in ops)

    def step(self, jit_compile):
        """Returns a function that does a whole training step, compiled from the model as it is."""

        @tf.function(jit_compile=jit_compile)
        def step(inputs):
            loss, gradients = self._differentiate(inputs)
            for variable, gradient in zip(self._variables(), gradients, strict=True):
                if gradient is not None:
                    variable.assign_sub(_LEARNING_RATE * gradient)
            return loss

        inputs = tf.nest.map_structure(tf.constant, self.inputs)
        return lambda: float(step(inputs))

    def _differentiate(self, inputs):
        with tf.GradientTape() as tape:
            outputs = _outputs(self.model(inputs, training=True))
            pairs = zip(outputs, self._targets, strict=True)
            loss = tf.add_n([tf.reduce_mean(tf.square(output - y)) for output, y in pairs])
        gradients = tape.gradient(loss, self._variables())
        return loss, [g if g is None else tf.convert_to_tensor(g) for g in gradients]

    def _variables(self):
        return [_raw(variable) for variable in self.model.trainable_variables]

    def _reset(self, salt):
        """Gives the model the state that it had at first; returns the inputs."""
        tf.keras.utils.set_random_seed(0)
        generator = None if salt is None else np.random.default_rng(salt)
        for variable, value in zip(self.model.variables, self._state, strict=True):
            _raw(variable).assign(_salted(value, generator))
        return tf.nest.map_structure(lambda x: tf.constant(_salted(x, generator)), self.inputs)


def _outputs(value):
    """Returns the tensors with numbers to differentiate, of whatever a model returns."""
    return [tensor for tensor in tf.nest.flatten(value) if tensor.dtype.is_floating]


def _salted(value, generator):
    if generator is None or value.dtype != np.float32:
        return value
    signs = generator.choice(np.array([-1, 1], np.float32), value.shape)
    return value * (1 + signs * np.finfo(np.float32).eps)


def _array(variable):
    return np.array(_raw(variable))


def _raw(variable):
    """Returns TensorFlow's variable, which Keras 3 keeps in one of its own."""
    return variable if isinstance(variable, tf.Variable) else variable.value
