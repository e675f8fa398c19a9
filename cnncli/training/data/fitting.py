"""Images made to fit a network, only as asked: first the colour, then the size, then a border."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, reduce
from math import prod
from typing import TypedDict

import numpy as np

from ...errors import DataError
from .dataset import Array, DataSet, Shape

LARGEST = 8192  # pixels along an axis
_BLOCK = 1 << 23  # values resampled at a time
COLOURS = ("as_is", "grey", "rgb")


class Fit(TypedDict, total=False):
    """What may be asked for: a number of pixels, or one for each axis; `colour` is grey, rgb or as_is."""

    resize: int | tuple[int, ...] | None
    pad: int | tuple[int, ...] | None
    colour: str | None


class Fitting:
    """What is to be done to images before a network sees them."""

    def __init__(
        self, resize: int | tuple[int, ...] | None = None, pad: int | tuple[int, ...] | None = None, colour: str | None = None
    ) -> None:
        if colour not in (None, *COLOURS):
            raise DataError(f"colour is {colour}; expected {', '.join(COLOURS)}")
        self.resize, self.pad, self.colour = _numbers(resize, "resize", 1), _numbers(pad, "pad", 0), colour if colour != "as_is" else None

    def __bool__(self) -> bool:
        return any(one is not None for one in (self.resize, self.pad, self.colour))

    def __str__(self) -> str:
        size, border = ("×".join(map(str, one or ())) for one in (self.resize, self.pad))
        steps = (self.colour and f"made {self.colour}", size and f"resized to {size}", border and f"padded by {border} on each side")
        return ", ".join(step for step in steps if step)

    def per_axis(self, numbers: tuple[int, ...], axes: int) -> tuple[int, ...]:
        """`resize` or `pad` with a number for each of the axes. Raises DataError."""
        of_axes = _of_axes(numbers, axes, "resize or pad")
        assert of_axes is not None
        return of_axes

    def of(self, data: DataSet) -> DataSet:
        """The data set with all its images fitted."""
        if not self:
            return data
        fitted = {split: images._replace(x=self.apply(images.x, data.name)) for split, images in data.splits.items()}
        return data.replaced(source=f"{data.source}; {self}", grows=False, **fitted)

    def apply(self, x: Array, name: str) -> Array:
        """(n, *size, channels) bytes, fitted. `name` is whose images they are, for refusals."""
        axes = x.ndim - 2
        resize, pad = _of_axes(self.resize, axes, "resize"), _of_axes(self.pad, axes, "pad")
        if self.colour and x.shape[-1] != (1 if self.colour == "grey" else 3):
            if axes != 2 or x.shape[-1] not in (1, 3):
                raise DataError(f"{name} has {x.shape[-1]} channels; to become {self.colour} it must have 1 or 3")
            x = blockwise(grey, x) if self.colour == "grey" else np.repeat(x, 3, axis=-1)
        if resize and resize != x.shape[1:-1]:
            x = blockwise(lambda block: resized(block, resize), x)
        return np.pad(x, ((0, 0), *((one, one) for one in pad), (0, 0))) if pad and any(pad) else x


def grey(x: Array) -> Array:
    """Red, green and blue as one brightness: 0.299, 0.587, 0.114 (ITU-R BT.601-7, section 2.5.1), in 65,536ths, as Pillow has it."""
    red, green, blue = (x[..., channel : channel + 1].astype(np.uint32) for channel in range(3))
    return ((19595 * red + 38470 * green + 7471 * blue + 32768) >> 16).astype(np.uint8)


def resized(x: Array, size: Shape) -> Array:
    """Resample each axis of the size linearly. Where it shrinks, the triangle widens, so that every pixel counts (no aliasing).

    Pixels are squares, centred at halves: the rule of Pillow's BILINEAR and of `jax.image.resize`. Proportions are not kept.
    """

    def along(values: Array, axis: int) -> Array:
        (*before, old), after = values.shape[: axis + 1], values.shape[axis + 1 :]
        new = size[axis - 1]
        return (_weights(old, new) @ values.reshape(-1, old, prod(after))).reshape(*before, new, *after)

    return np.rint(reduce(along, range(1, len(size) + 1), x.astype(np.float32))).astype(np.uint8)  # no mean leaves 0 to 255


@lru_cache(maxsize=256)
def _weights(old: int, new: int) -> Array:
    """(new, old): what each old pixel gives to each new one."""
    scale = old / new
    centres, places = (np.arange(new) + 0.5) * scale, np.arange(old) + 0.5
    weights = np.maximum(0.0, 1.0 - abs(places[None] - centres[:, None]) / max(scale, 1.0))
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def enlarged(x: Array, size: Shape, channels: int) -> Array:
    """Small drawings in the middle of `size`: every pixel becomes a square, as large as a whole number allows; black around it."""
    times = enlargement(x.shape[1:-1], size)
    for axis in range(len(size)):
        x = np.repeat(x, times, axis=axis + 1)
    spare = [new - old for new, old in zip(size, x.shape[1:-1], strict=True)]
    x = np.pad(x, ((0, 0), *((one // 2, one - one // 2) for one in spare), (0, 0)))
    return np.repeat(x, channels, axis=-1) if x.shape[-1] == 1 else x


def enlargement(small: Shape, size: Shape) -> int:
    """How many times `small` fits into `size` along each axis; 0 where it does not."""
    return min(new // old for new, old in zip(size, small, strict=True)) if len(small) == len(size) else 0


def blockwise(change: Callable[[Array], Array], x: Array) -> Array:
    """Change images a few at a time, so that their wide copies stay small."""
    step = max(1, _BLOCK // max(1, x[0].size))
    first = change(x[:step])
    out = np.empty((len(x), *first.shape[1:]), np.uint8)
    out[:step] = first
    for start in range(step, len(x), step):
        out[start : start + step] = change(x[start : start + step])
    return out


def _numbers(value: int | tuple[int, ...] | None, option: str, least: int) -> tuple[int, ...] | None:
    if value is None:
        return None
    numbers = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    if not numbers or not all(isinstance(one, int) and least <= one <= LARGEST for one in numbers):
        raise DataError(f"{option} is {value}; expected a number of pixels from {least} to {LARGEST}, or one for each axis")
    return numbers


def _of_axes(numbers: tuple[int, ...] | None, axes: int, option: str) -> tuple[int, ...] | None:
    """One number for each axis. Raises DataError."""
    if numbers is None or len(numbers) == axes > 0:
        return numbers
    if len(numbers) != 1 or not axes:
        raise DataError(f"{option} has {len(numbers)} numbers; the images have {axes} axes")
    return numbers * axes
