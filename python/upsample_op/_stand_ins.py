"""Stand-ins for Keras' own layers and operations in a converted model.

A stand-in is a class made of one of this package's and a stock one, in that order. A layer becomes
a stand-in by a change of its `__class__` alone, and a stock layer again in the same way. It keeps
all that it has.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from upsample_op import _mixins, layers
from upsample_op._keras import is_stock, loaded, module_of, name_of, stock_of

if TYPE_CHECKING:
    from upsample_op._types import Layer, Table, Tensor

# What stands before a stock class, by its name. `Resize` is the operation behind
# `keras.ops.image.resize`, and `TFOpLambda` is a call of a TensorFlow function in a graph of
# tf_keras.
UPSAMPLING = {
    "UpSampling2D": _mixins.Upsampling,
    "Resizing": _mixins.Resizing,
    "Resize": _mixins.Resizing,
    "TFOpLambda": _mixins.ResizingCall,
}
FOLDING = {"Conv2D": _mixins.Folding}

# Where the stock classes are in either Keras.
_PLACES = ("layers", "src.ops.image", "src.layers.core.tf_op_layer")

# What `adopted` sets in a layer, and where the layer keeps the values from before.
_SET = ("supports_jit",)
_BEFORE = "_before_upsample_op"

# The classes, by the names under which a pickle finds them in this module.
_made: dict[str, type] = {}


def register() -> None:
    """Makes the classes for the imported Kerases, so that those can load them."""
    for keras in loaded():
        places = [sys.modules.get(f"{keras.__name__}.{name}") for name in _PLACES]
        for name, before in {**UPSAMPLING, **FOLDING}.items():
            for stock in (getattr(place, name, None) for place in places):
                if stock is not None:
                    _class_of(before, stock)


def __getattr__(name: str) -> type:
    """Returns the class that a pickle asks for, even if its Keras hasn't been imported yet."""
    for keras in ("tf_keras", "keras"):
        if name not in _made and name.startswith(f"{keras}_"):
            importlib.import_module(keras)
            register()
    if name in _made:
        return _made[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def base_of(part: Layer, table: Table = UPSAMPLING) -> Any:
    """Returns what a table has for a stock layer's class, or None if it has nothing."""
    for name, before in table.items():
        if is_stock(part, name) and before.upsamples(part):
            return before
    return None


def is_stand_in(part: Layer, table: Table = UPSAMPLING) -> bool:
    """Returns whether a layer's class was made here, or is `UpSampling2D` itself."""
    kind = type(part)
    return len(kind.__bases__) == 2 and kind.__bases__[0] in table.values()


def adopt(part: Layer, table: Table = UPSAMPLING) -> bool:
    """Makes a stock layer a stand-in, unless that would run stock's code anyway."""
    if why_not(part, table):
        return False
    # This isn't set by setattr, because Keras would then keep track of it.
    part.__dict__[_BEFORE] = {name: part.__dict__[name] for name in _SET if name in part.__dict__}
    kind: type = type(part)
    object.__setattr__(part, "__class__", _class_of(base_of(part, table), kind))
    part.adopted()
    return True


def release(part: Layer) -> None:
    """Makes a stand-in the stock layer again that it was."""
    stock = stock_of(type(part))
    object.__setattr__(part, "__class__", stock)
    # What was loaded from a file was never a stock layer. Only Keras 3 has this attribute.
    default = {"supports_jit": True} if name_of(stock) == "keras" else {}
    before = part.__dict__.pop(_BEFORE, default)
    for name in _SET:
        part.__dict__.pop(name, None)
    part.__dict__.update(before)


def why_not(part: Layer, table: Table = UPSAMPLING) -> str:
    """Returns why a stock layer keeps its class, or ""."""
    kind: type = type(part)
    return _class_of(base_of(part, table), kind).why_not(part)


def _with_parameters_of(
    stock_call: Callable[..., Any], call: Callable[..., Any]
) -> Callable[..., Any]:
    """Returns a method with a stock one's signature, from which Keras reads how to call it.

    What Keras 2 has read stays with a layer for good, even when it is a stock layer again.
    """
    signature = inspect.signature(stock_call)

    def method(self: Layer, *args: Any, **kwargs: Any) -> Tensor:
        given = signature.bind(self, *args, **kwargs)
        return call(*given.args, **given.kwargs)

    made: Any = method
    made.__name__, made.__doc__, made.__signature__ = "call", call.__doc__, signature
    return made


@functools.cache
def _class_of(before: type[Any], stock: type[Any]) -> type[Any]:
    if stock is stock_of(layers.UpSampling2D):
        return layers.UpSampling2D
    is_folding = before in FOLDING.values()
    # Keras makes the keys of a weights file from the names of classes, and a convolution has
    # weights, so its name is stock's. Other names show in repr() and summary() that they are this
    # package's.
    name = stock.__name__ if is_folding else f"upsample_op.{stock.__name__}"
    saved_name = f"Folding{stock.__name__}" if is_folding else stock.__name__
    # A pickle finds the class here. This module has one for each Keras.
    place = f"{name_of(stock)}_{saved_name}"
    members: dict[str, Any] = {
        "__module__": __name__,
        "__qualname__": place,
        "__doc__": before.__doc__,
    }
    if "call" in vars(before) and hasattr(stock, "call"):
        members["call"] = _with_parameters_of(stock.call, before.call)
    kind = type(name, (before, stock), members)
    _made[place] = kind
    return module_of(stock).saving.register_keras_serializable("upsample_op", saved_name)(kind)
