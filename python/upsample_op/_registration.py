"""Registers the ops with TensorFlow and the layer with Keras, now or when those are imported.

So a program that imports this package can load what was saved with it (models, SavedModels,
pickles) without using a name of it first. This module imports the standard library only, and
nothing of this package before TensorFlow is imported.
"""

from __future__ import annotations

import importlib
import os
import sys
import warnings

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

# The modules whose import is waited for, and how the names of this package's own modules begin.
_TENSORFLOW, _KERAS, _LEGACY_KERAS = "tensorflow", "keras", "tf_keras"
_OWN = __package__ + "."

# This package's modules that are running. One that imports TensorFlow has yet to define what is
# registered, so the last one to end registers it.
_running: set[str] = set()


def start() -> None:
    """Registers what can be registered now, and the rest as soon as it can."""
    sys.meta_path.insert(0, _Finder())
    _register()


class _Finder:
    """Finds what other finders find, and learns when that has been imported."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Returns another finder's spec of a module that is waited for, and None for others."""
        if name not in (_TENSORFLOW, _KERAS, _LEGACY_KERAS) and not name.startswith(_OWN):
            return None
        for finder in sys.meta_path:
            if isinstance(finder, _Finder) or not hasattr(finder, "find_spec"):
                continue
            if (spec := finder.find_spec(name, path, target)) is not None:
                # A namespace package has no loader that runs anything.
                if hasattr(spec.loader, "exec_module"):
                    loader: Any = _Loader(spec.loader)
                    spec.loader = loader
                return spec
        return None


class _Loader:
    """Takes the place of another loader until the module has been imported."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Returns the module, or None for an ordinary one."""
        return self._loader.create_module(spec)

    def exec_module(self, module: Any) -> None:
        """Runs the module, and registers what had to wait for it."""
        module.__spec__.loader = module.__loader__ = self._loader
        own = {module.__name__} if module.__name__.startswith(_OWN) else set()
        _running.update(own)
        try:
            self._loader.exec_module(module)
        finally:
            _running.difference_update(own)
        _register(module)


def _register(imported: ModuleType | None = None) -> None:
    """Registers what is possible with the modules that have been imported completely.

    Args:
        imported: a module that has just run, but that Python still counts as being imported.
    """

    def is_whole(name: str) -> bool:
        module = sys.modules.get(name)
        spec = getattr(module, "__spec__", None)
        is_being_imported = getattr(spec, "_initializing", False)
        return module is not None and (module is imported or not is_being_imported)

    if _running or not is_whole(_TENSORFLOW):
        return
    # TensorFlow decides by these words which of the two tf.keras is.
    is_legacy = os.environ.get("TF_USE_LEGACY_KERAS") in ("true", "True", "1")
    has_keras = is_whole(_LEGACY_KERAS if is_legacy else _KERAS)
    try:
        importlib.import_module("upsample_op.ops")
        if has_keras:
            importlib.import_module("upsample_op.conv")
            importlib.import_module("upsample_op._stand_ins").register()
            importlib.import_module("upsample_op._patches").cover_imported()
    except Exception as error:  # another package's import must not fail because of this one
        warnings.warn(f"not registered with TensorFlow: {error}", RuntimeWarning, stacklevel=2)
