"""Whole models: stock layers to ours and back, in place."""

import tempfile
import warnings

import numpy as np
import tensorflow as tf

from upsample_op import _model_walk, _traces
from upsample_op._report import LEFT, REPLACED, Entry, Report
from upsample_op.layers import UpSampling2D

_StockUpSampling2D = UpSampling2D.__base__

# Layers of either Keras, by the names of their classes, that convert_model leaves alone, and why.
_OTHERS = {
    "UpSampling1D": "there are kernels for two dimensions only",
    "UpSampling3D": "there are kernels for two dimensions only",
    "Resizing": "it resizes to a size",
    "Resize": "it resizes to a size",
    "Lambda": "what it computes can't be seen",
}


def convert_model(model, *, copy=False, verbose=False):
    """Has this package's layer do the upsampling of a model, which it changes in place.

    Every layer whose class is the stock `UpSampling2D` itself and whose interpolation has kernels
    becomes an `upsample_op.UpSampling2D`, wherever the model keeps it: in graphs, nested models,
    wrappers, attributes, lists and dicts. All else stays: objects, weights, names, optimizer,
    classes and methods of the model. What had been compiled for it is compiled anew.

    Args:
        model: a model (or layer) of any kind. What it makes in `build` or `call` can be seen only
            after that.
        copy: leaves the model as it is, and changes a copy, which is not compiled.
        verbose: prints the report, see `conversion_report`.

    Returns:
        the model, or its copy.

    Raises:
        ValueError: `copy` is asked for, and a model like this one can't be saved and loaded.

    Warns:
        UserWarning: no layer of the model runs on this package's kernels.
    """
    model = _copy_of(model) if copy else model
    parts = _model_walk.parts_of(model)
    replaced = [part for part in parts.values() if type(part) is _StockUpSampling2D]
    replaced = [layer for layer in replaced if not UpSampling2D.why_not(layer)]
    for layer in replaced:
        UpSampling2D.adopt(layer)
    _forget_traces(parts, replaced)
    report = conversion_report(model)
    if verbose:
        print(report)
    if not report.paths(REPLACED):
        warnings.warn(f"nothing was replaced; what upsamples:\n{report}", UserWarning, stacklevel=2)
    return model


def restore_model(model, *, copy=False):
    """Undoes `convert_model`: has the stock layer do the upsampling, for runtimes without the op.

    The reverse of `convert_model`, with the same arguments and errors.
    """
    model = _copy_of(model) if copy else model
    parts = _model_walk.parts_of(model)
    replaced = [part for part in parts.values() if type(part) is UpSampling2D]
    for layer in replaced:
        layer.release()
    _forget_traces(parts, replaced)
    return model


def conversion_report(model):
    """Returns what upsamples in a model: replaced, or left alone and why.

    Args:
        model: converted or not.

    Returns:
        a sequence of entries with `path`, `layer`, `verdict` and `reason`; its string is a table.
    """
    entries = []
    for path, part in _model_walk.parts_of(model).items():
        verdict, reason = _judge(part)
        if verdict:
            entries.append(Entry(path, type(part).__name__, verdict, reason))
    return Report(tuple(entries))


def _judge(part):
    """Returns the verdict and the reason; "" of what does not upsample."""
    kind = type(part)
    if kind is UpSampling2D:
        return REPLACED, ""
    if kind is _StockUpSampling2D:
        return LEFT, UpSampling2D.why_not(part) or "it is not converted"
    if isinstance(part, _StockUpSampling2D):
        return LEFT, "a class of its own, which may compute otherwise"
    if not kind.__module__.startswith(("keras.", "tf_keras.")):
        is_unbuilt = _model_walk.is_layer(part) and not getattr(part, "built", True)
        return (LEFT, "it is not built, and may make layers then") if is_unbuilt else ("", "")
    if kind.__name__ == "UpSampling2D":
        return LEFT, f"it is of {kind.__module__.split('.')[0]}, and tf.keras is another one"
    return (LEFT, _OTHERS[kind.__name__]) if kind.__name__ in _OTHERS else ("", "")


def _forget_traces(parts, replaced):
    """Has everything that may have been traced with the replaced layers traced anew."""
    if not replaced:
        return
    supports_jit = all(getattr(layer, "supports_jit", True) for layer in replaced)
    for part in parts.values():
        _traces.forget(part)
        if not supports_jit and getattr(part, "jit_compile", False):
            part.jit_compile = False


def _copy_of(model):
    """Returns a model that was saved and loaded, and compared.

    Raises:
        ValueError: it differs from the model, or can't be saved or loaded.
    """
    parts = _model_walk.parts_of(model)
    classes = {type(part).__name__: type(part) for part in parts.values()}
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/model.keras"
            model.save(path)
            copy = tf.keras.models.load_model(
                path, custom_objects=classes, compile=False, safe_mode=False
            )
    except Exception as error:
        culprit = _first_that_cannot_be_made_again(parts, classes)
        raise ValueError(
            f"{culprit} can't be saved and loaded, so there is no copy; convert the model in place"
        ) from error
    found = _model_walk.parts_of(copy)
    for path, part in parts.items():
        if path not in found or type(found[path]) is not type(part):
            raise ValueError(f"{_named(path, part)} is lost in a copy; convert the model in place")
        for name in ("weights", "variables"):
            before, after = getattr(part, name, ()), getattr(found[path], name, ())
            if not _are_equal(before, after):
                raise ValueError(
                    f"{_named(path, part)} has other {name} in a copy; convert the model in place"
                )
    return copy


def _are_equal(before, after):
    pairs = zip(map(np.asarray, before), map(np.asarray, after), strict=False)
    return len(before) == len(after) and all(a.tobytes() == b.tobytes() for a, b in pairs)


def _first_that_cannot_be_made_again(parts, classes):
    """Returns the path and class of the innermost layer whose configuration makes no layer."""
    for path, part in reversed(parts.items()):
        if not hasattr(part, "get_config"):
            continue
        try:
            with tf.keras.utils.custom_object_scope(classes):
                type(part).from_config(part.get_config())
        except Exception:
            return _named(path, part)
    return _named("", next(iter(parts.values())))


def _named(path, part):
    return f"{path or 'the model'} ({type(part).__name__})"
