"""What keras.applications has of the architectures that ship, and how its weights expect the images."""

# mypy: ignore-missing-imports
from __future__ import annotations

import os
import re
import warnings
from typing import Any

from ..errors import RefusedError

SIZE = (224, 224, 3)  # at which every one of them can be built

# name -> Keras' name, and its preprocess_input in the words of keras.applications.imagenet_utils; none: the model has it within.
APPLICATIONS = {
    "convnext_tiny": ("ConvNeXtTiny", "none"),
    **{f"densenet{n}": (f"DenseNet{n}", "torch") for n in (121, 169, 201)},
    **{f"efficientnet_b{n}": (f"EfficientNetB{n}", "none") for n in range(8)},
    "inception_v3": ("InceptionV3", "tf"),
    "mobilenet": ("MobileNet", "tf"),
    "mobilenet_v2": ("MobileNetV2", "tf"),
    "mobilenet_v3_large": ("MobileNetV3Large", "none"),
    "mobilenet_v3_small": ("MobileNetV3Small", "none"),
    **{f"resnet{n}": (f"ResNet{n}", "caffe") for n in (50, 101, 152)},
    **{f"vgg{n}": (f"VGG{n}", "caffe") for n in (16, 19)},
    "xception": ("Xception", "tf"),
}

# The affine map of each mode, in the order red, green, blue: inputs are bytes * scale + offset. caffe's network reads blue first.
MODES = {
    "none": ((1.0, 1.0, 1.0), (0.0, 0.0, 0.0)),
    "tf": ((1 / 127.5,) * 3, (-1.0, -1.0, -1.0)),
    "torch": ((1 / 58.395, 1 / 57.12, 1 / 57.375), (-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225)),
    "caffe": ((1.0, 1.0, 1.0), (-123.68, -116.779, -103.939)),
}


def application(name: str, weights: str | None, top: bool = False) -> Any:
    """keras.applications' model, with its head or without. Raises RefusedError where its weights cannot be had."""
    import keras

    made = getattr(keras.applications, APPLICATIONS[name][0])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of sizes other than those that it was trained with
            return made(weights=weights, include_top=top, input_shape=None if top else SIZE)
    except Exception as error:  # Keras raises a bare Exception where it cannot download
        raise RefusedError(unfetched(APPLICATIONS[name][0], str(error))) from None


def unfetched(title: str, reason: str) -> str:
    """What to do where the weights are not here and cannot be fetched."""
    url = re.search(r"https?://\S+?\.h5", reason)
    if url is None:
        return f"the weights of {title} cannot be loaded: {reason.strip()}"
    file = os.path.join(os.environ.get("KERAS_HOME", "~/.keras"), "models", url[0].rsplit("/", 1)[-1])
    return (
        f"the weights of {title} are not here and cannot be fetched; download {url[0]} where there is a network and put it "
        f"at {file}, name a file with weights: PATH, or train without: weights: random"
    )
