"""Augmentations: at work in training alone."""

# mypy: ignore-missing-imports, allow-subclassing-any, allow-untyped-decorators
from __future__ import annotations

from typing import Any

import keras
from keras import ops

from ..layers import Shape
from .own import Own, own
from .registry import LAST, counterpart

FLIPS = {"horizontal": "horizontal", "vertical": "vertical", "both": "horizontal_and_vertical"}
FILLS = {"reflect": "reflect", "zeros": "constant"}


class Augmentation(Own):
    """What our augmentations share: a source of chance, and rest outside training."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.seed = keras.random.SeedGenerator()

    def call(self, inputs: Any, training: bool = False) -> Any:
        return self.vary(inputs) if training else inputs

    def vary(self, images: Any) -> Any:
        """Each image a little different."""
        raise NotImplementedError

    def draw(self, images: Any, low: float, high: float) -> Any:
        """One random number for each image."""
        shape = (ops.shape(images)[0], *(1,) * (len(images.shape) - 1))
        return keras.random.uniform(shape, low, high, dtype=images.dtype, seed=self.seed)


@own
class RandomShiftedCrop(Augmentation):
    """Pad every side by `padding` (`mode` reflect or zeros), then cut the original size out at random."""

    options = ("padding", "mode")
    padding: int
    mode: str

    def vary(self, images: Any) -> Any:
        sides = [(0, 0), *[(self.padding, self.padding)] * 2, (0, 0)]
        wide = ops.pad(images, sides, mode=FILLS[self.mode])
        for axis in (1, 2):
            places = [-1 if number == axis else 1 for number in range(4)]
            start = ops.cast(ops.floor(self.draw(images, 0.0, 2 * self.padding + 1)), "int32")
            wide = ops.take_along_axis(wide, start + ops.reshape(ops.arange(images.shape[axis], dtype="int32"), places), axis=axis)
        return wide


class Tone(Augmentation):
    """Changes of values, which stay within `value_range`; models of earlier versions have none, and get Keras' default."""

    options = ("amount", "value_range")
    amount: float
    value_range: tuple[float, float]

    def __init__(self, **given: Any) -> None:
        super().__init__(**{"value_range": (0.0, 255.0), **given})

    def vary(self, images: Any) -> Any:
        return ops.clip(self.change(images), *self.value_range)

    def change(self, images: Any) -> Any:
        """Each image changed, before it is clipped."""
        raise NotImplementedError


@own
class Contrast(Tone):
    """Stretch the distance to each channel's mean by a factor from 1 - `amount` to 1 + `amount`. As Keras' RandomContrast."""

    def change(self, images: Any) -> Any:
        mean = ops.mean(images, axis=tuple(range(1, len(images.shape) - 1)), keepdims=True)
        return mean + (images - mean) * self.draw(images, 1.0 - self.amount, 1.0 + self.amount)


@own
class Brightness(Tone):
    """Add up to `amount` times the width of `value_range`, either way. As Keras' RandomBrightness."""

    def change(self, images: Any) -> Any:
        low, high = self.value_range
        return images + (high - low) * self.draw(images, -self.amount, self.amount)


@counterpart("random_flip")
def random_flip(layer: Any, name: str | None, x: Shape) -> Any:
    return keras.layers.RandomFlip(FLIPS[layer.direction], name=name, **LAST)


@counterpart("random_crop")
def random_crop(layer: Any, name: str | None, x: Shape) -> Any:
    return RandomShiftedCrop(padding=layer.padding, mode=layer.mode, name=name)


@counterpart("random_translation")
def random_translation(layer: Any, name: str | None, x: Shape) -> Any:
    height, width = (min(layer.pixels / n, 1.0) for n in x[:2])
    fill = FILLS[layer.mode]
    return keras.layers.RandomTranslation(height, width, fill_mode=fill, name=name, **LAST)


@counterpart("random_rotation")
def random_rotation(layer: Any, name: str | None, x: Shape) -> Any:
    return keras.layers.RandomRotation(layer.degrees / 360.0, name=name, **LAST)


@counterpart("random_zoom")
def random_zoom(layer: Any, name: str | None, x: Shape) -> Any:
    return keras.layers.RandomZoom(layer.amount, name=name, **LAST)


@counterpart("random_contrast")
def random_contrast(layer: Any, name: str | None, x: Shape) -> Any:
    return Contrast(amount=layer.amount, value_range=layer.value_range, name=name)


@counterpart("random_brightness")
def random_brightness(layer: Any, name: str | None, x: Shape) -> Any:
    return Brightness(amount=layer.amount, value_range=layer.value_range, name=name)
