from types import ModuleType
from typing import Any, TypeAlias

from upsample_op._arguments import _DataFormat, _Interpolation, _Size

# TensorFlow has no types: any array-like, and in its graphs a symbolic tensor.
_Tensor: TypeAlias = Any

raw_ops: ModuleType

def upsample2d(
    inputs: _Tensor,
    size: _Size = (2, 2),
    interpolation: _Interpolation = "nearest",
    data_format: _DataFormat = "channels_last",
    name: str | None = None,
) -> _Tensor: ...
