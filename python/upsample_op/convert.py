"""Converts whole models from stock layers to ours and back, in place."""

from __future__ import annotations

import contextlib
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from upsample_op import _model_walk, _pairs, _stand_ins, _traces
from upsample_op._keras import is_layer, is_stock, module_of, name_of
from upsample_op._report import FOLDED, LEFT, REPLACED, Entry, Report

if TYPE_CHECKING:
    from upsample_op._types import Layer, Model

# Stock layers of either Keras that convert_model leaves alone, and why.
_OTHERS = {
    "UpSampling1D": "there are kernels for two dimensions only",
    "UpSampling3D": "there are kernels for two dimensions only",
    "Lambda": "what it computes can't be seen",
}

# Where a model keeps whether XLA compiled it, while it holds ops for which XLA has no kernels.
_JIT_BEFORE = "_jit_compile_before_upsample_op"


def convert_model(
    model: Model, fold: bool = False, copy: bool = False, verbose: bool = False
) -> Model:
    """Makes this package's kernels do the upsampling of a model, which it changes in place.

    Every stock `UpSampling2D` whose interpolation has kernels becomes an
    `upsample_op.UpSampling2D`, wherever the model keeps it: in graphs, nested models, wrappers,
    attributes, lists and dicts. `Resizing` layers, `keras.ops.image.resize` in a graph and
    `tf.image.resize` in one of tf_keras become `upsample_op.resize`. A user's own classes stay, but
    not what they hold. All else stays: objects, weights, names, optimizer, classes and methods of
    the model. What had been compiled for it is compiled anew.

    Args:
        model: a model (or layer) of any kind, of Keras 3 or tf_keras. Layers that it makes in
            `build` or `call` can be seen only after that.
        fold: makes a nearest upsampling and the convolution behind it one transposed convolution of
            the images from before. That is the same function up to rounding, with 2.25 times fewer
            multiplications for a kernel of 3 and a factor of 2, and the upsampled images are never
            made. Concatenations of channels with upsampled images are folded too, for the part that
            is upsampled. This happens in Functional and Sequential models where nothing else reads
            the upsampled images, and for neighbours in lists that a layer keeps. It happens while a
            graph is traced (`fit`, `predict`, `tf.function`), if the images are large and many
            enough to make it faster. Eager calls compute one layer after the other. A gradient with
            respect to the upsampled images themselves is None in such a graph, as if nothing had
            read them.
        copy: leaves the model as it is and changes a copy, which is not compiled.
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
    changed = [part for part in parts.values() if _stand_ins.base_of(part)]
    changed = [part for part in changed if _stand_ins.adopt(part)]
    if fold:
        folded = [pair[1] for pair in _pairs.pairs_of(parts.values()) if not _why_left(pair[0])]
        folded = [part for part in dict.fromkeys(folded) if not _is_folding(part)]
        changed += [part for part in folded if _stand_ins.adopt(part, _stand_ins.FOLDING)]
    _forget_traces(parts, changed)
    report = conversion_report(model)
    if verbose:
        print(report)
    if not report.paths(REPLACED) and not report.paths(FOLDED):
        warnings.warn(
            "nothing was replaced. What layers compute in a `call` of their own can't be seen, but "
            f"`upsample_op.enabled()` reaches it.\n{report}",
            UserWarning,
            stacklevel=2,
        )
    return model


def restore_model(model: Model, copy: bool = False) -> Model:
    """Undoes `convert_model`: makes stock layers do the upsampling, for runtimes without the op.

    `model` and `copy` are those of `convert_model`, and so are the errors.
    """
    model = _copy_of(model) if copy else model
    parts = _model_walk.parts_of(model)
    changed = [part for part in parts.values() if _is_upsampling(part) or _is_folding(part)]
    for part in changed:
        _stand_ins.release(part)
    _forget_traces(parts, changed)
    return model


def conversion_report(model: Model) -> Report:
    """Returns what upsamples in a model: replaced, folded, or left alone and why.

    Args:
        model: a model, converted or not.

    Returns:
        a sequence of entries with `path`, `layer`, `verdict` and `reason`; its string is a table.
    """
    parts = _model_walk.parts_of(model)
    paths = {id(part): path for path, part in parts.items()}
    pairs = _pairs.pairs_of(parts.values())
    into = {}
    for first, second in pairs:
        if _is_folding(second):
            follows = "" if getattr(second, "_inbound_nodes", ()) else ", where that follows it"
            into[id(first)] = f"into {paths[id(second)]}{follows}"
    entries = []
    for path, part in parts.items():
        if _is_upsampling(part) and id(part) in into:
            verdict, reason = FOLDED, into[id(part)]
        elif _is_upsampling(part):
            verdict, reason = REPLACED, ""
        elif _is_own(part):
            verdict, reason = REPLACED, "its class is of this package, and restore_model leaves it"
        else:
            verdict, reason = LEFT, _why_left(part)
        if verdict != LEFT or reason:
            entries.append(Entry(path, type(part).__name__, verdict, reason))
    return Report(tuple(entries))


def _is_upsampling(part: Layer) -> bool:
    return _stand_ins.is_stand_in(part)


def _is_own(part: Layer) -> bool:
    """Returns whether it was of this package's classes, or a derived one, before any conversion."""
    own = any(base.__module__.startswith(f"{__package__}.") for base in type(part).__mro__)
    return own and not _is_upsampling(part) and not _is_folding(part)


def _is_folding(part: Layer) -> bool:
    return _stand_ins.is_stand_in(part, _stand_ins.FOLDING)


def _why_left(part: Layer) -> str:
    """Returns why something that upsamples, or may upsample, was left alone, or ""."""
    if _is_upsampling(part):
        return ""
    if _stand_ins.base_of(part):
        return _stand_ins.why_not(part) or "it is not converted"
    if any(base.__name__ == "UpSampling2D" and name_of(base) for base in type(part).__mro__):
        return "a class of its own, which may compute otherwise"
    for name, reason in _OTHERS.items():
        if is_stock(part, name):
            return reason
    if not name_of(type(part)) and is_layer(part) and not getattr(part, "built", True):
        return "it is not built, and may make layers then"
    return ""


def _forget_traces(parts: Mapping[str, Layer], changed: Sequence[Layer]) -> None:
    """Makes everything that may have been traced with the changed layers be traced anew."""
    if not changed:
        return
    supports_jit = all(getattr(part, "supports_jit", True) for part in changed)
    for part in parts.values():
        _traces.forget(part)
        if not supports_jit and getattr(part, "jit_compile", False):
            part.__dict__[_JIT_BEFORE] = part.jit_compile
            part.jit_compile = False
        elif supports_jit and _JIT_BEFORE in part.__dict__:
            part.jit_compile = part.__dict__.pop(_JIT_BEFORE)


def _copy_of(model: Model) -> Model:
    """Returns a model that was saved and loaded, and compared.

    Raises:
        ValueError: the copy differs from the model, or the model can't be saved or loaded.
    """
    parts = _model_walk.parts_of(model)
    classes = {type(part).__name__: type(part) for part in parts.values()}
    try:
        with tempfile.TemporaryDirectory() as folder, _uncompiled(parts.values()):
            path = f"{folder}/model.keras"
            model.save(path)
            copy = module_of(type(model)).models.load_model(
                path, custom_objects=classes, compile=False, safe_mode=False
            )
    except Exception as error:
        culprit = _first_that_cannot_be_made_again(parts, classes)
        raise ValueError(
            f"{culprit} can't be saved and loaded, so there is no copy; convert the model in place"
        ) from error
    found = _model_walk.parts_of(copy)
    for path, part in parts.items():
        other = found.get(path)
        if type(other) is not type(part):
            raise ValueError(f"{_named(path, part)} is lost in a copy; convert the model in place")
        if not _are_equal(getattr(part, "weights", ()), getattr(other, "weights", ())):
            raise ValueError(
                f"{_named(path, part)} has other weights in a copy; convert the model in place"
            )
        # A file doesn't hold the states of random numbers.
        for before, after in zip(_states_of(part), _states_of(other), strict=False):
            after.assign(before)
    return copy


@contextlib.contextmanager
def _uncompiled(parts: Iterable[Layer]) -> Iterator[None]:
    """Keeps the arguments of `compile`, such as losses of any kind, from being saved."""
    compiled = [part.__dict__ for part in parts if "_compile_config" in part.__dict__]
    kept = [(attributes, attributes.pop("_compile_config")) for attributes in compiled]
    try:
        yield
    finally:
        for attributes, config in kept:
            attributes["_compile_config"] = config


def _states_of(part: Layer) -> list[Any]:
    kept = set(map(id, getattr(part, "weights", ())))
    return [variable for variable in getattr(part, "variables", ()) if id(variable) not in kept]


def _are_equal(before: Sequence[Any], after: Sequence[Any]) -> bool:
    pairs = zip(map(np.asarray, before), map(np.asarray, after), strict=False)
    return len(before) == len(after) and all(a.tobytes() == b.tobytes() for a, b in pairs)


def _first_that_cannot_be_made_again(parts: dict[str, Layer], classes: Mapping[str, type]) -> str:
    """Returns path and class of the innermost layer that its configuration can't make again."""
    for path, part in reversed(parts.items()):
        if not hasattr(part, "get_config"):
            continue
        try:
            with module_of(type(part)).utils.custom_object_scope(classes):
                type(part).from_config(part.get_config())
        except Exception:
            return _named(path, part)
    return _named("", next(iter(parts.values())))


def _named(path: str, part: Layer) -> str:
    return f"{path or 'the model'} ({type(part).__name__})"
