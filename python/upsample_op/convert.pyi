from typing import Any, TypeAlias

# Keras has no types.
_Model: TypeAlias = Any

def convert_model(model: _Model) -> _Model: ...
def restore_model(model: _Model) -> _Model: ...
