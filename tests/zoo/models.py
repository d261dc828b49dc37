"""All families, and the models of all of them."""

from zoo import from_keras_cv, from_keras_hub, from_others

FAMILIES = (
    from_keras_hub.FAMILY,
    from_keras_cv.FAMILY,
    from_others.UNET_COLLECTION,
    from_others.STARDIST,
    from_others.SEGMENTATION_MODELS,
    from_others.MEDICAI,
    from_others.KECAM,
)

# {name of the model: its family}
MODELS = {model: family for family in FAMILIES for model in family.models}
