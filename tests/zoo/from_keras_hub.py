"""keras-hub: backbones and tasks of Keras 3, which are functional models of their own classes."""

from zoo.family import Family, images


def _resnet(image_shape=(None, None, 3)):
    import keras_hub

    return keras_hub.models.ResNetBackbone(
        input_conv_filters=[64],
        input_conv_kernel_sizes=[7],
        stackwise_num_filters=[64, 64, 64, 64],
        stackwise_num_blocks=[1, 1, 1, 1],
        stackwise_num_strides=[1, 2, 2, 2],
        block_type="basic_block",
        image_shape=image_shape,
    )


def _vae():
    """Returns Stable Diffusion 3's autoencoder, smaller, but with its parts and kinds of layers."""
    from keras_hub.src.models.vae.vae_backbone import VAEBackbone

    filters = [32, 64, 64, 64]
    model = VAEBackbone(filters, [1] * 4, filters[::-1], [2] * 4)
    return model, images(1, 64, 64, 3)


def _vae_decoder():
    import keras

    latent = keras.Input((8, 8, 16))
    # The decoder is a single layer, which can't be saved alone.
    return keras.Model(latent, _vae()[0].decoder(latent)), images(1, 8, 8, 16)


def _basnet():
    import keras_hub

    encoder = keras_hub.models.ResNetBackbone(
        input_conv_filters=[64],
        input_conv_kernel_sizes=[7],
        stackwise_num_filters=[64, 128, 256, 512],
        stackwise_num_blocks=[2, 2, 2, 2],
        stackwise_num_strides=[1, 2, 2, 2],
        block_type="basic_block",
    )
    backbone = keras_hub.models.BASNetBackbone(encoder, num_classes=1, image_shape=(64, 64, 3))
    return keras_hub.models.BASNetImageSegmenter(backbone), images(2, 64, 64, 3)


def _deeplab():
    import keras_hub

    backbone = keras_hub.models.DeepLabV3Backbone(
        _resnet(),
        spatial_pyramid_pooling_key="P5",
        upsampling_size=8,
        dilation_rates=[2, 4, 6],
        low_level_feature_key="P2",
        image_shape=(96, 96, 3),
    )
    return keras_hub.models.DeepLabV3ImageSegmenter(backbone, 3), images(2, 96, 96, 3)


def _retinanet():
    import keras_hub

    shape = (128, 128, 3)
    model = keras_hub.models.RetinaNetBackbone(
        _resnet(shape), min_level=3, max_level=7, use_p5=False, image_shape=shape
    )
    return model, images(2, *shape)


def _segformer():
    import keras_hub

    encoder = keras_hub.models.MiTBackbone(
        layerwise_depths=[1, 1, 1, 1],
        num_layers=4,
        layerwise_num_heads=[1, 2, 4, 8],
        layerwise_sr_ratios=[8, 4, 2, 1],
        max_drop_path_rate=0.1,
        layerwise_patch_sizes=[7, 3, 3, 3],
        layerwise_strides=[4, 2, 2, 2],
        image_shape=(64, 64, 3),
        hidden_dims=[16, 32, 64, 128],
    )
    backbone = keras_hub.models.SegFormerBackbone(encoder, projection_filters=32)
    return keras_hub.models.SegFormerImageSegmenter(backbone, 3), images(2, 64, 64, 3)


FAMILY = Family(
    "keras_hub",
    (
        "keras-hub==0.32.0",
        "kagglehub==0.3.13",
        "regex==2026.11.19",
        "tqdm==4.70.1",
        "tokenizers==0.23.3",
        "PyYAML==6.0.4",
    ),
    {
        "keras-hub VAE": _vae,
        "keras-hub VAE decoder": _vae_decoder,
        "keras-hub BASNet": _basnet,
        "keras-hub DeepLabV3": _deeplab,
        "keras-hub RetinaNet backbone": _retinanet,
        "keras-hub SegFormer": _segformer,
    },
)
