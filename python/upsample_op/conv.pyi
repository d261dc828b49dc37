from typing import Any

from upsample_op.ops import _Tensor

# Keras has no types; a base of type Any gives the layer all that a layer has.
_StockConv2D: Any

class UpSampleConv2D(_StockConv2D):  # type: ignore[misc]
    size: tuple[int, int]

    def __init__(
        self,
        filters: int,
        kernel_size: int | tuple[int, int] | list[int],
        size: int | tuple[int, int] | list[int] = (2, 2),
        **kwargs: Any,
    ) -> None: ...
    def call(self, inputs: _Tensor) -> _Tensor: ...
    def convolution_op(self, inputs: _Tensor, kernel: _Tensor) -> _Tensor: ...
    def compute_output_shape(self, input_shape: Any) -> Any: ...
    def quantize(self, mode: str | None = None, **kwargs: Any) -> None: ...
    def get_config(self) -> dict[str, Any]: ...
