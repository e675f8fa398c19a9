"""What training alone does: dropout, noise, random changes of the images."""

from __future__ import annotations

from ...layers import Layer
from ...layers.activation import Linear
from ...layers.augment import RandomBrightness, RandomContrast, RandomFlip, RandomRotation
from ...layers.regularize import Dropout, DropPath, GaussianNoise, SpatialDropout
from ..elementwise import idle
from .use import Use, is_number
from .vocabulary import keras, operation


@keras("Dropout")
def dropout(use: Use) -> Layer:
    """With a noise_shape of the image alone, [None, 1, 1, 1], it drops whole images: stochastic depth."""
    rate, noise = use.number("rate"), use.get("noise_shape", None)
    if not 0 <= rate <= 1:
        raise use.fail("rate", "a number from 0 to 1")
    whole = isinstance(noise, list) and len(noise) == len(use.x) + 1 and noise[1:] == [1] * len(use.x)
    return DropPath(rate=rate) if whole else Dropout(rate=rate)


@keras("GaussianNoise")
def gaussian_noise(use: Use) -> Layer:
    """Keras 2 allowed any deviation; above 1 it is kept by name."""
    stddev = use.number("stddev")
    if stddev < 0:
        raise use.fail("stddev", "a number from 0")
    return GaussianNoise(stddev=stddev) if stddev <= 1 else idle("gaussian_noise")


@keras("SpatialDropout*")
def spatial_dropout(use: Use) -> Layer:
    use.map()
    return SpatialDropout(rate=use.number("rate"))


@keras("StochasticDepth")  # of keras.applications.convnext
def stochastic_depth(use: Use) -> Layer:
    return DropPath(rate=use.number("drop_path_rate"))


@keras("Identity")
@operation("Identity", "StopGradient", "Cast", "SaturateCast", "Copy", "ConvertToTensor")
def identity(use: Use) -> Layer:
    return Linear()


_IDLE = {
    "ActivityRegularization": "activity_regularization", "GaussianDropout": "gaussian_dropout",
    "AlphaDropout": "alpha_dropout", "RandomTranslation": "random_translation", "RandomZoom": "random_zoom", "RandomShear": "random_shear",
    "RandomHue": "random_hue", "RandomSaturation": "random_saturation", "RandomSharpness": "random_sharpness",
    "RandomColorJitter": "random_color_jitter", "RandomColorDegeneration": "random_color_degeneration",
    "RandomGaussianBlur": "random_gaussian_blur", "RandomGrayscale": "random_grayscale", "RandomInvert": "random_invert",
    "RandomErasing": "random_erasing", "RandomElasticTransform": "random_elastic_transform", "RandomPerspective": "random_perspective",
    "RandomPosterization": "random_posterization", "RandAugment": "rand_augment", "AugMix": "aug_mix",
}  # fmt: skip


@keras(*_IDLE)
def idle_layer(use: Use) -> Layer:
    return idle(_IDLE[use.cls])


@keras("RandomFlip")
def random_flip(use: Use) -> Layer:
    mode = use.word("mode", "horizontal_and_vertical", "horizontal", "vertical", "horizontal_and_vertical")
    return RandomFlip(direction="both" if mode == "horizontal_and_vertical" else mode)


RANDOM_AMOUNTS = {"RandomRotation": "random_rotation", "RandomContrast": "random_contrast", "RandomBrightness": "random_brightness"}


@keras(*RANDOM_AMOUNTS)
def random_amount(use: Use) -> Layer:
    """Where the range is as far either way it is one number; else it is kept by name."""
    factor = use.get("factor")
    if isinstance(factor, list) and len(factor) == 2 and all(map(is_number, factor)) and factor[0] == -factor[1]:
        factor = factor[1]
    if not is_number(factor) or not 0 <= factor <= 1:
        return idle(RANDOM_AMOUNTS[use.cls])
    return _AMOUNTS[use.cls](use, float(factor))


def value_range(use: Use) -> tuple[float, float]:
    """The least and the largest value of the images; Keras' default where the file has none."""
    values = use.get("value_range", [0, 255])
    if not isinstance(values, list) or len(values) != 2 or not all(map(is_number, values)) or values[0] >= values[1]:
        raise use.fail("value_range", "two numbers, the smaller one first")
    return float(values[0]), float(values[1])


def _rotation(use: Use, factor: float) -> Layer:
    return RandomRotation(degrees=360.0 * factor) if factor <= 0.5 else idle("random_rotation")


def _contrast(use: Use, factor: float) -> Layer:
    return RandomContrast(amount=factor, value_range=value_range(use))


def _brightness(use: Use, factor: float) -> Layer:
    return RandomBrightness(amount=factor, value_range=value_range(use))


_AMOUNTS = {"RandomRotation": _rotation, "RandomContrast": _contrast, "RandomBrightness": _brightness}
