from typing import Any, TypeAlias

from upsample_op._report import Report

# Keras has no types.
_Model: TypeAlias = Any

def convert_model(
    model: _Model, fold: bool = False, copy: bool = False, verbose: bool = False
) -> _Model: ...
def restore_model(model: _Model, copy: bool = False) -> _Model: ...
def conversion_report(model: _Model) -> Report: ...
