from upsample_op import kernels as kernels
from upsample_op import reference as reference
from upsample_op._library import build_info as build_info
from upsample_op._library import library_path as library_path
from upsample_op.conv import UpSampleConv2D as UpSampleConv2D
from upsample_op.convert import conversion_report as conversion_report
from upsample_op.convert import convert_model as convert_model
from upsample_op.convert import restore_model as restore_model
from upsample_op.layers import UpSampling2D as UpSampling2D
from upsample_op.ops import upsample2d as upsample2d
from upsample_op.resizing import resize as resize
from upsample_op.switch import disable as disable
from upsample_op.switch import enable as enable
from upsample_op.switch import enabled as enabled

__version__: str

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
