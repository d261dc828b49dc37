"""All that a conversion and its reverse must leave as it was."""

import json

import numpy as np


class Inventory:
    """The configuration, layers, classes, attributes and weights of a model at one time.

    Args:
        model: a model of either Keras.
    """

    def __init__(self, model):
        layers = list(model._flatten_layers())
        self._kept = {
            "the configuration": _configuration(model),
            "layers or their names": [(id(layer), layer.name) for layer in layers],
            "classes": [type(layer) for layer in layers],
            "attributes": [sorted(vars(layer)) for layer in layers],
            "weights' names": [getattr(v, "path", v.name) for v in model.variables],
            "weights": [np.asarray(variable).tobytes() for variable in model.variables],
        }

    def changes(self, after):
        """Returns what differs in a later inventory of the same model."""
        return [what for what, kept in self._kept.items() if kept != after._kept[what]]


def _configuration(model):
    try:
        return json.dumps(model.get_config(), sort_keys=True, default=repr)
    except NotImplementedError as error:  # a subclass may have none
        return str(error)
