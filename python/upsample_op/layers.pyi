from typing import Any

from upsample_op._arguments import _DataFormat
from upsample_op.ops import _Tensor

# Keras has no types; a base of type Any gives the layer all that a layer has.
_StockUpSampling2D: Any

class UpSampling2D(_StockUpSampling2D):  # type: ignore[misc]
    size: tuple[int, int]
    data_format: _DataFormat
    interpolation: str

    # Any interpolation: what has no kernel here runs the stock layer's code.
    def __init__(
        self,
        size: int | tuple[int, int] | list[int] = (2, 2),
        data_format: _DataFormat | None = None,
        interpolation: str = "nearest",
        **kwargs: Any,
    ) -> None: ...
    def call(self, inputs: _Tensor) -> _Tensor: ...
    def compute_output_spec(self, inputs: _Tensor) -> _Tensor: ...
