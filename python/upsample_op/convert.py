"""Whole models: stock layers to ours and back."""

import tensorflow as tf

from upsample_op.layers import UpSampling2D

_StockUpSampling2D = tf.keras.layers.UpSampling2D


def convert_model(model):
    """Returns a copy of a model in which this package's layer does the upsampling.

    Args:
        model: a functional or sequential Keras model.

    Returns:
        a model of the same layers, but with `upsample_op.UpSampling2D` for every stock
        `UpSampling2D`, nested models included, but not layers inside a wrapper such as
        TimeDistributed. Its weights start as a copy of the model's; it is not compiled.

    Raises:
        ValueError: the model is of a kind that Keras can't clone.
    """
    return _replace(model, _StockUpSampling2D, UpSampling2D)


def restore_model(model):
    """Returns a copy with the stock layer again, for a runtime that lacks the custom op.

    The reverse of `convert_model`, with the same arguments and errors.
    """
    return _replace(model, UpSampling2D, _StockUpSampling2D)


def _replace(model, old, new):
    def clone(layer):
        # Exactly `old`: ours derives from the stock layer.
        if type(layer) is old:
            return new.from_config(layer.get_config())
        if isinstance(layer, tf.keras.Model):
            return _replace(layer, old, new)
        return layer.__class__.from_config(layer.get_config())

    copy = tf.keras.models.clone_model(model, clone_function=clone)
    copy.set_weights(model.get_weights())
    return copy
