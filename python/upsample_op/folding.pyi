from upsample_op._arguments import _DataFormat, _Size
from upsample_op.ops import _Tensor

def pays(images: _Tensor, data_format: _DataFormat = "channels_last") -> bool: ...
def add_bias(
    images: _Tensor, bias: _Tensor, data_format: _DataFormat = "channels_last"
) -> _Tensor: ...
def widen(kernel: _Tensor, size: _Size) -> _Tensor: ...
def upsample_conv2d(
    inputs: _Tensor,
    kernel: _Tensor,
    size: _Size = (2, 2),
    padding: str = "same",
    data_format: _DataFormat = "channels_last",
) -> _Tensor: ...
