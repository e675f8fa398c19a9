"""Augmentations at work: each image of each batch varied by itself, on the device.

What happens to an image is drawn in numpy, as a few numbers (`draw`), so that it is the same on every backend;
that it happens is a handful of array operations (`apply`). Augmentations of places that follow one another make one stage,
so that an image is moved, or resampled, once. Values are those of the pixels, 0 to 255, before they are standardized.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Any

import numpy as np

Array = Any
SHIFTS = {"random_crop": "padding", "random_translation": "pixels"}  # and the option that says how far
MOVES = ("random_flip", *SHIFTS)  # whole pixels
TURNS = ("random_rotation", "random_zoom")  # pixels between pixels


class Stage:
    """One or several augmentations that are carried out together."""

    def draw(self, random: Array, count: int, mirrored: Array = False) -> Array:
        """(count, columns): the numbers that decide what happens to each of `count` images; an alternating flip takes those `mirrored`."""
        raise NotImplementedError

    def apply(self, images: Array, drawn: Array) -> Array:
        """Do it to (batch, *size, channels)."""
        raise NotImplementedError


class Move(Stage):
    """Flips and one shift by whole pixels. The border is mirrored about the outermost pixels, or black."""

    def __init__(self, layers: list[Any], size: tuple[int, ...]) -> None:
        self.layers, self.size = layers, size
        self.reflect = all(layer.mode == "reflect" for layer in layers if layer.kind != "random_flip")

    def draw(self, random: Array, count: int, mirrored: Array = False) -> Array:
        """Columns: mirrored top to bottom, down, mirrored left to right, right."""
        flips: Array = np.zeros((count, 2), bool)
        shifts: Array = np.zeros((count, 2))
        for layer in self.layers:
            if layer.kind == "random_flip":
                flipped = flip(layer, random, count, mirrored)
                flips ^= flipped
                shifts = np.where(flipped, -shifts, shifts)
            else:
                shifts = shifts + shift(layer, random, count)
        return np.stack([flips[:, 0], shifts[:, 0], flips[:, 1], shifts[:, 1]], axis=1)

    def apply(self, images: Array, drawn: Array) -> Array:
        from keras import ops

        batch, (height, width), channels = drawn.shape[0], self.size, images.shape[-1]
        drawn = ops.cast(drawn, "int32")
        rows, in_rows = self._sources(drawn[:, 0:1], drawn[:, 1:2], height)
        columns, in_columns = self._sources(drawn[:, 2:3], drawn[:, 3:4], width)
        first = ops.reshape(ops.arange(batch, dtype="int32") * (height * width), (batch, 1, 1))
        pixels = ops.reshape(images, (batch * height * width, channels))
        moved = ops.take(pixels, first + ops.expand_dims(rows, 2) * width + ops.expand_dims(columns, 1), axis=0)
        if self.reflect:
            return moved
        seen = ops.logical_and(ops.expand_dims(in_rows, 2), ops.expand_dims(in_columns, 1))
        return moved * ops.cast(ops.expand_dims(seen, 3), moved.dtype)

    def _sources(self, mirrored: Array, shifted: Array, size: int) -> tuple[Array, Array]:
        """Which row each row of each image comes from, and whether there is one."""
        from keras import ops

        place = ops.expand_dims(ops.arange(size, dtype="int32"), 0) - shifted
        inside = ops.logical_and(place >= 0, place < size)
        place = ops.abs(place)
        place = ops.clip(ops.where(place >= size, 2 * (size - 1) - place, place), 0, size - 1)
        return ops.where(mirrored > 0, size - 1 - place, place), inside


class Affine(Stage):
    """Rotations, zooms, flips and shifts as one map of the plane, resampled once, bilinearly."""

    def __init__(self, layers: list[Any], size: tuple[int, ...]) -> None:
        self.layers, self.size = layers, size
        self.fill = "constant" if any(layer.mode == "zeros" for layer in layers if layer.kind in SHIFTS) else "reflect"

    def draw(self, random: Array, count: int, mirrored: Array = False) -> Array:
        """Columns: the eight numbers of the map from places in the new image to places in the old."""
        height, width = self.size
        whole = np.tile(np.eye(3), (count, 1, 1))
        for layer in self.layers:  # the last one is the first to be undone
            whole = whole @ inverse(layer, random, count, mirrored)
        middle = np.array([[1, 0, (width - 1) / 2], [0, 1, (height - 1) / 2], [0, 0, 1]])
        whole = middle @ whole @ np.linalg.inv(middle)
        return whole.reshape(count, 9)[:, :8]

    def apply(self, images: Array, drawn: Array) -> Array:
        from keras import ops

        return ops.image.affine_transform(
            images, drawn, interpolation="bilinear", fill_mode=self.fill, fill_value=0.0, data_format="channels_last"
        )


class Contrast(Stage):
    """Stretch the distance to each channel's mean."""

    def __init__(self, layer: Any) -> None:
        self.amount, self.range = layer.amount, layer.value_range

    def draw(self, random: Array, count: int, mirrored: Array = False) -> Array:
        return random.uniform(1.0 - self.amount, 1.0 + self.amount, (count, 1))

    def apply(self, images: Array, drawn: Array) -> Array:
        from keras import ops

        around = len(images.shape) - 1
        mean = ops.mean(images, axis=tuple(range(1, around)), keepdims=True)
        return ops.clip(mean + (images - mean) * ops.reshape(drawn, (-1, *(1,) * around)), *self.range)


class Brightness(Stage):
    """Add to all values of an image."""

    def __init__(self, layer: Any) -> None:
        self.range = layer.value_range
        self.amount = layer.amount * (self.range[1] - self.range[0])

    def draw(self, random: Array, count: int, mirrored: Array = False) -> Array:
        return random.uniform(-self.amount, self.amount, (count, 1))

    def apply(self, images: Array, drawn: Array) -> Array:
        from keras import ops

        return ops.clip(images + ops.reshape(drawn, (-1, *(1,) * (len(images.shape) - 1))), *self.range)


TONES: dict[str, Callable[[Any], Stage]] = {"random_contrast": Contrast, "random_brightness": Brightness}  # values, not places


def flip(layer: Any, random: Array, count: int, mirrored: Array) -> Array:
    """(count, 2): whether each image is mirrored along each axis."""
    flipped = np.broadcast_to(np.reshape(mirrored, (-1, 1)), (count, 2)) if layer.alternate else random.random((count, 2)) < 0.5
    return flipped & np.array([layer.direction != "horizontal", layer.direction != "vertical"])


def shift(layer: Any, random: Array, count: int) -> Array:
    """(count, 2): by how many whole pixels each image moves along each axis."""
    reach = getattr(layer, SHIFTS[layer.kind])
    return random.integers(-reach, reach + 1, (count, 2))


def inverse(layer: Any, random: Array, count: int, mirrored: Array) -> Array:
    """(count, 3, 3): where, relative to the middle, each place (x, y, 1) of the new image was in the old one."""
    maps = np.tile(np.eye(3), (count, 1, 1))
    if layer.kind == "random_flip":
        maps[:, [1, 0], [1, 0]] = np.where(flip(layer, random, count, mirrored), -1.0, 1.0)
    elif layer.kind == "random_rotation":
        angle = np.deg2rad(random.uniform(-layer.degrees, layer.degrees, count))
        maps[:, 0, 0] = maps[:, 1, 1] = np.cos(angle)
        maps[:, 0, 1], maps[:, 1, 0] = -np.sin(angle), np.sin(angle)
    elif layer.kind == "random_zoom":
        maps[:, [0, 1], [0, 1]] = random.uniform(1.0 - layer.amount, 1.0 + layer.amount, (count, 1))
    elif layer.kind in SHIFTS:
        maps[:, [1, 0], 2] = -shift(layer, random, count)
    else:
        raise NotImplementedError(f"no map of the plane for {layer.kind}")
    return maps


def stages(layers: Iterable[Any], size: tuple[int, ...]) -> tuple[Stage, ...]:
    """What is to be done to images of `size`, in order; augmentations of places that stand together become one."""
    found: list[Stage] = []
    for places, group in groupby(layers, lambda layer: layer.kind in MOVES + TURNS):
        if places:
            found += places_of(list(group), size)
        else:
            found += [TONES[layer.kind](layer) for layer in group]
    return tuple(found)


def places_of(layers: list[Any], size: tuple[int, ...]) -> list[Stage]:
    """One stage where something turns or scales; else a stage for each shift with the flips before it."""
    if any(layer.kind in TURNS for layer in layers):
        return [Affine(layers, size)]
    groups: list[list[Any]] = [[]]
    for layer in layers:
        if layer.kind != "random_flip" and any(one.kind != "random_flip" for one in groups[-1]):
            groups.append([])
        groups[-1].append(layer)
    return [Move(group, size) for group in groups]
