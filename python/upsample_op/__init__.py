"""Upsampling for TensorFlow: `UpSampling2D` from hand-written kernels, with all its gradients.

    import upsample_op
    layer = upsample_op.UpSampling2D(size=2, interpolation="bilinear")

Importing this package loads neither TensorFlow nor the compiled kernels; the first use of a name
that needs them does. Where TensorFlow and Keras are imported anyway, before or after, the ops and
the layer are registered with them, so that saved models that use them can be loaded.
"""

import importlib

# Type checkers know it by this name. It isn't imported from typing, because that import takes
# longer than all of ours.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from upsample_op import kernels, reference
    from upsample_op._library import build_info, library_path
    from upsample_op.conv import UpSampleConv2D
    from upsample_op.convert import conversion_report, convert_model, restore_model
    from upsample_op.layers import UpSampling2D
    from upsample_op.ops import upsample2d
    from upsample_op.resizing import resize
    from upsample_op.switch import disable, enable, enabled

__version__ = "0.1.0"

# The module of each public name.
_MODULES = {
    "UpSampleConv2D": "conv",
    "UpSampling2D": "layers",
    "build_info": "_library",
    "conversion_report": "convert",
    "convert_model": "convert",
    "disable": "switch",
    "enable": "switch",
    "enabled": "switch",
    "kernels": None,
    "library_path": "_library",
    "reference": None,
    "resize": "resizing",
    "restore_model": "convert",
    "upsample2d": "ops",
}

_NEED_TENSORFLOW = ("conv", "convert", "layers", "ops", "resizing", "switch")

__all__ = [
    "UpSampleConv2D",
    "UpSampling2D",
    "__version__",
    "build_info",
    "conversion_report",
    "convert_model",
    "disable",
    "enable",
    "enabled",
    "kernels",
    "library_path",
    "reference",
    "resize",
    "restore_model",
    "upsample2d",
]

if not TYPE_CHECKING:  # type checkers accept any name of a module with a __getattr__

    def __getattr__(name):
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        if _MODULES[name] in _NEED_TENSORFLOW:
            importlib.import_module(f"{__name__}._library").import_tensorflow()
        module = importlib.import_module(f"{__name__}.{_MODULES[name] or name}")
        value = getattr(module, name) if _MODULES[name] else module
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


importlib.import_module(f"{__name__}._registration").start()
