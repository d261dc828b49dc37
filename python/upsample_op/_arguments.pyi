from typing import Final, Literal, SupportsIndex, TypeAlias

# What callers may pass, for the stubs of the public modules. An integer of NumPy is one too.
_Size: TypeAlias = SupportsIndex | tuple[SupportsIndex, SupportsIndex] | list[int]
_Interpolation: TypeAlias = Literal["nearest", "bilinear"]
_DataFormat: TypeAlias = Literal["channels_last", "channels_first"]

INTERPOLATIONS: Final[tuple[_Interpolation, ...]]
DATA_FORMATS: Final[dict[_DataFormat, Literal["NHWC", "NCHW"]]]

def check_size(size: _Size) -> tuple[int, int]: ...
def check_interpolation(interpolation: str) -> _Interpolation: ...
def layout_of(data_format: str) -> Literal["NHWC", "NCHW"]: ...
def is_integer(value: object) -> bool: ...
