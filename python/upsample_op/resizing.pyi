from upsample_op._arguments import _DataFormat
from upsample_op.ops import _Tensor

def resize(
    images: _Tensor,
    size: _Tensor,
    method: str = "bilinear",
    data_format: _DataFormat = "channels_last",
    antialias: bool = False,
    name: str | None = None,
) -> _Tensor: ...
