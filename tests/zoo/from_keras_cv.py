"""keras-cv, which its makers have given up for keras-hub, with Keras 3."""

import sys
import types

from zoo.family import Family, images


def _package():
    # It imports a large package for loading data sets, which no model needs.
    sys.modules.setdefault("tensorflow_datasets", types.ModuleType("tensorflow_datasets"))
    import keras_cv

    return keras_cv


def _resnet(shape=(None, None, 3), filters=(64, 64, 64, 64), blocks=1):
    return _package().models.ResNetBackbone(
        stackwise_filters=list(filters),
        stackwise_blocks=[blocks] * 4,
        stackwise_strides=[1, 2, 2, 2],
        include_rescaling=False,
        input_shape=shape,
        block_type="basic_block",
    )


def _decoder():
    """Returns Stable Diffusion's decoder, in its full size, for an image of 64 by 64 pixels."""
    model = _package().models.stable_diffusion.Decoder(64, 64, download_weights=False)
    return model, images(1, 8, 8, 4)


def _deeplab():
    model = _package().models.DeepLabV3Plus(_resnet((96, 96, 3)), num_classes=3)
    return model, images(2, 96, 96, 3)


def _retinanet():
    model = _package().models.RetinaNet(
        _resnet((128, 128, 3)), num_classes=3, bounding_box_format="xywh"
    )
    return model, images(2, 128, 128, 3)


def _basnet():
    backbone = _resnet(filters=(64, 128, 256, 512), blocks=2)
    model = _package().models.BASNet(backbone, num_classes=1, input_shape=(64, 64, 3))
    return model, images(2, 64, 64, 3)


FAMILY = Family(
    "keras_cv",
    (
        "keras-cv==0.9.0",
        "kagglehub==0.3.13",
        "regex==2026.11.19",
        "tqdm==4.70.1",
        "dm-tree==0.1.10",
    ),
    {
        "keras-cv Stable Diffusion decoder": _decoder,
        "keras-cv DeepLabV3Plus": _deeplab,
        "keras-cv RetinaNet": _retinanet,
        "keras-cv BASNet": _basnet,
    },
)
