"""keras-unet-collection, StarDist, CARE, segmentation-models, medicai and kecam."""

import functools
import tempfile

from zoo.family import Family, images


def _unet_collection(kind, *arguments, **options):
    from keras_unet_collection import models

    model = getattr(models, kind)((64, 64, 3), *arguments, **options)
    return model, images(2, 64, 64, 3)


_FILTERS = [16, 32, 64, 128]
_U2_FILTERS = {"filter_num_down": [16, 32, 64, 128], "filter_mid_num_down": [8, 8, 16, 32]}
_U2_FILTERS |= {"filter_4f_num": [128, 128], "filter_4f_mid_num": [64, 64]}

UNET_COLLECTION = Family(
    "keras_unet_collection",
    ("keras-unet-collection==0.1.13",),
    {
        f"keras-unet-collection {name}": functools.partial(_unet_collection, *arguments, **options)
        for name, arguments, options in (
            ("U-Net", ("unet_2d", _FILTERS, 3), {"batch_norm": True, "unpool": "nearest"}),
            ("U-Net bilinear", ("unet_2d", _FILTERS, 3), {"unpool": "bilinear"}),
            ("U2-Net", ("u2net_2d", 2), {"deep_supervision": True, **_U2_FILTERS}),
            ("UNet++", ("unet_plus_2d", _FILTERS, 3), {"unpool": "nearest"}),
            ("attention U-Net", ("att_unet_2d", _FILTERS, 3), {"batch_norm": True}),
            ("UNet 3+", ("unet_3plus_2d", 3, _FILTERS), {}),
            ("R2U-Net", ("r2_unet_2d", _FILTERS, 3), {"unpool": "nearest"}),
        )
    },
)


def _stardist():
    from stardist.models import Config2D, StarDist2D

    config = Config2D(n_rays=16, n_channel_in=1, unet_n_filter_base=16, net_conv_after_unet=32)
    with tempfile.TemporaryDirectory() as folder:
        return StarDist2D(config, name="zoo", basedir=folder).keras_model, images(2, 64, 64, 1)


def _care():
    from csbdeep.models import CARE, Config

    config = Config("YXC", 1, 1, unet_n_depth=3, unet_n_first=16)
    with tempfile.TemporaryDirectory() as folder:
        return CARE(config, name="zoo", basedir=folder).keras_model, images(2, 64, 64, 1)


STARDIST = Family(
    "stardist",
    (
        "stardist==0.9.2",
        "csbdeep==0.8.2",
        "tifffile==2026.3.3",
        "tqdm==4.70.1",
        "ImageIO==2.38.1",
        "scikit-image==0.26.0",
        "numba==0.68.1",
        "llvmlite==0.50.0",
        "networkx==3.6.1",
        "lazy-loader==0.6",
    ),
    {"StarDist 2D": _stardist, "CARE": _care},
    {"TF_USE_LEGACY_KERAS": "1"},
)


def _segmentation_models(kind, size=64):
    import segmentation_models

    model = getattr(segmentation_models, kind)(
        "resnet18", input_shape=(size, size, 3), encoder_weights=None
    )
    return model, images(2, size, size, 3)


SEGMENTATION_MODELS = Family(
    "segmentation_models",
    (
        "segmentation-models==1.0.1",
        "image-classifiers==1.0.0",
        "efficientnet==1.0.0",
        "Keras-Applications==1.0.8",
        "scikit-image==0.26.0",
        "ImageIO==2.38.1",
        "networkx==3.6.1",
        "lazy-loader==0.6",
        "tifffile==2026.3.3",
    ),
    {
        "segmentation-models U-Net": functools.partial(_segmentation_models, "Unet"),
        "segmentation-models FPN": functools.partial(_segmentation_models, "FPN"),
        "segmentation-models Linknet": functools.partial(_segmentation_models, "Linknet"),
        "segmentation-models PSPNet": functools.partial(_segmentation_models, "PSPNet", 96),
    },
    {"SM_FRAMEWORK": "tf.keras", "TF_USE_LEGACY_KERAS": "1"},
)


def _medicai(kind, encoder="resnet18", **options):
    from medicai import models

    model = getattr(models, kind)(
        input_shape=(64, 64, 3), encoder_name=encoder, num_classes=2, **options
    )
    return model, images(2, 64, 64, 3)


MEDICAI = Family(
    "medicai",
    (
        "medicai==0.0.4",
        # 3.15 refuses a size that is a tensor in a graph, which medicai's layer makes.
        "keras==3.12.4",
        "tqdm==4.70.1",
        "PyYAML==6.0.4",
        "omegaconf==2.4.0",
        "typeguard==4.6.1",
        "nibabel==5.4.2",
        "pandas==3.1.1",
    ),
    {
        "medicai U-Net": functools.partial(_medicai, "UNet"),
        "medicai U-Net efficientnet": functools.partial(_medicai, "UNet", "efficientnet_b0"),
        "medicai UNet++": functools.partial(_medicai, "UNetPlusPlus"),
        "medicai attention U-Net": functools.partial(_medicai, "AttentionUNet"),
        "medicai SegFormer": functools.partial(_medicai, "SegFormer", "mit_b0"),
        "medicai DeepLabV3+": functools.partial(_medicai, "DeepLabV3Plus"),
    },
)


def _kecam(module, kind, shape=(64, 64, 3), **options):
    import importlib

    package = importlib.import_module(f"keras_cv_attention_models.{module}")
    model = getattr(package, kind)(input_shape=shape, pretrained=None, **options)
    return model, images(2, *shape)


KECAM = Family(
    "kecam",
    (
        "keras-cv-attention-models==1.4.3",
        "ftfy==6.3.1",
        "regex==2026.11.19",
        "tqdm==4.70.1",
        "wcwidth==0.9.4",
    ),
    {
        "kecam YOLOv8": functools.partial(_kecam, "yolov8", "YOLOV8_N"),
        "kecam EfficientDet": functools.partial(
            _kecam, "efficientdet", "EfficientDetD0", (128, 128, 3)
        ),
        "kecam Inception transformer": functools.partial(_kecam, "iformer", "IFormerSmall"),
        "kecam EfficientFormer": functools.partial(
            _kecam, "efficientformer", "EfficientFormerV2S0"
        ),
        "kecam Stable Diffusion decoder": functools.partial(
            _kecam, "stable_diffusion.encoder_decoder", "Decoder", (8, 8, 4)
        ),
    },
    {"TF_USE_LEGACY_KERAS": "1"},
)
