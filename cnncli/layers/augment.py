"""Augmentations: each training image a little different every time. At inference they do nothing, and the shape is kept.

Source: Shorten & Khoshgoftaar 2019, doi:10.1186/s40537-019-0197-0 (a survey).
"""

from __future__ import annotations

from typing import ClassVar

from ..errors import LayerError
from .base import Layer, Shape, layer, shown, size_of
from .values import Amount, Angle, BelowOne, Border, Direction, Rate, ValueRange


class Augmentation(Layer):
    """What augmentations share; `margin` is the option by which an image may move, which its mirrored border must cover."""

    view = True
    margin: ClassVar[str | None] = None
    mode: str = "zeros"

    def output(self, x: Shape) -> Shape:
        if len(x) != 3:
            raise LayerError(f"{self.kind} needs an image, (height, width, channels); it gets {shown(x)}")
        if self.margin and self.mode == "reflect" and getattr(self, self.margin) >= min(x[:-1]):
            raise LayerError(f"reflect mirrors fewer pixels than the image has, {min(x[:-1])}; use mode: zeros", self.margin)
        return x


@layer("random_flip")
class RandomFlip(Augmentation):
    """Mirror half of the images: left and right (horizontal), top and bottom (vertical), or either (both).

    (H, W, C) -> (H, W, C)     nothing at inference

    With both, a recipe decides for each axis by itself. The layer is Keras' RandomFlip, which decides once for both axes.
    """

    direction: Direction = "horizontal"


@layer("random_crop")
class RandomCrop(Augmentation):
    """Pad every side by `padding`, then cut the original size out at random.

    (H, W, C) -> (H, W, C)     nothing at inference

    Source: He et al. 2015, arXiv:1512.03385, section 4.2.
    """

    padding: Amount = 4
    mode: Border = "reflect"
    margin = "padding"


@layer("random_translation")
class RandomTranslation(Augmentation):
    """Move the image by up to `pixels` along each axis.

    (H, W, C) -> (H, W, C)     nothing at inference

    A recipe moves it by whole pixels and mirrors it about the outermost pixels (unless it also turns or zooms). The layer is Keras'
    RandomTranslation, which moves by fractions of pixels and repeats the outermost pixel where it mirrors.
    """

    pixels: Amount = 2
    mode: Border = "reflect"
    margin = "pixels"


@layer("random_rotation")
class RandomRotation(Augmentation):
    """Turn the image by up to `degrees` either way.

    (H, W, C) -> (H, W, C)     nothing at inference

    As Keras' RandomRotation with fill_mode reflect.
    """

    degrees: Angle = 10.0


@layer("random_zoom")
class RandomZoom(Augmentation):
    """Enlarge or shrink the image: 1 - `amount` to 1 + `amount` times its height and width are shown in its place.

    (H, W, C) -> (H, W, C)     nothing at inference

    As Keras' RandomZoom with fill_mode reflect.
    """

    amount: BelowOne = 0.1


class Tone(Augmentation):
    """Augmentations of values, not of places: any map will do. The results stay within `value_range`."""

    value_range: tuple[float, ...]

    def check(self) -> None:
        if self.value_range[0] >= self.value_range[1]:
            raise LayerError(f"value_range is the least and the largest value; {list(self.value_range)} is empty", "value_range")

    def output(self, x: Shape) -> Shape:
        size_of(x, self.kind)
        return x


@layer("random_contrast")
class RandomContrast(Tone):
    """Stretch the distance to each channel's mean by a factor from 1 - `amount` to 1 + `amount`, and clip to `value_range`.

    (*size, C) -> (*size, C)     nothing at inference
    """

    amount: Rate = 0.2
    value_range: ValueRange = (0.0, 255.0)


@layer("random_brightness")
class RandomBrightness(Tone):
    """Add up to `amount` times the width of `value_range`, either way, and clip to that range.

    (*size, C) -> (*size, C)     nothing at inference
    """

    amount: Rate = 0.2
    value_range: ValueRange = (0.0, 255.0)
