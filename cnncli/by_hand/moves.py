"""Layers that move numbers about, merge them, or leave them alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

from ..layers.spatial import Resize
from ..layers.window import both_sides
from .array import Array, strides
from .places import Table, pixels, places
from .rules import Weights, rule
from .variable import Value, dot, mean, total

AT_REST = (
    "dropout", "spatial_dropout", "drop_path", "gaussian_noise", "random_flip", "random_crop", "random_translation", "random_rotation",
    "random_zoom", "random_contrast", "random_brightness",
)  # fmt: skip


@rule("flatten", "reshape", *AT_REST)
def kept(layer: Any, weights: Weights, x: Array) -> Iterable[Value]:
    """The same numbers in the same order; what acts in training alone does nothing."""
    return x.values


@rule("permute")
def permute(layer: Any, weights: Weights, x: Array) -> Iterable[Value]:
    return x.moved([axis - 1 for axis in layer.axes]).values


def picked(x: Array, tables: Sequence[Table]) -> list[Value]:
    """One pixel, with all its channels, for each position that comes out."""
    return [value for place in places(x.shape[:-1], tables) for value in pixels(x, place, 0, x.shape[-1])]


def shifted(x: Array, sides: Iterable[tuple[int, int]]) -> list[Value]:
    """The map with so many pixels of zeros more on each side, or fewer where these are below 0."""
    axes = zip(x.shape[:-1], sides, strict=True)
    return picked(x, [[[p if 0 <= p < n else None] for p in range(-before, n + after)] for n, (before, after) in axes])


@rule("pad")
def pad(layer: Any, weights: Weights, x: Array) -> Iterable[Value]:
    return shifted(x, both_sides(layer.padding, len(x.shape) - 1, "padding"))


@rule("crop")
def crop(layer: Any, weights: Weights, x: Array) -> Iterable[Value]:
    return shifted(x, [(-before, -after) for before, after in both_sides(layer.cropping, len(x.shape) - 1, "cropping")])


def mixed(x: Array, tables: list[list[list[tuple[int, Fraction]]]]) -> Iterator[Value]:
    """Pixels mixed by their shares along each axis."""
    steps = strides(x.shape[:-1])
    for position in product(*tables):
        ways = [*product(*position)]
        found = [sum(pixel * step for (pixel, _), step in zip(way, steps, strict=True)) for way in ways]
        shares = [prod([share for _, share in way]) for way in ways]
        yield from (dot(pixels(x, found, channel, channel + 1), shares) for channel in range(x.shape[-1]))


@rule("resize")
def resize(layer: Any, weights: Weights, x: Array) -> Iterable[Value]:
    return mixed(x, [layer.shares(n, m) for n, m in zip(x.shape[:-1], layer.output(x.shape)[:-1], strict=True)])


@rule("upsample")
def upsample(layer: Any, weights: Weights, x: Array) -> Iterable[Value]:
    return resize(Resize(size=layer.output(x.shape)[:-1], mode=layer.mode), weights, x)


@rule("depth_to_space", "space_to_depth")
def pixel_shuffle(layer: Any, weights: Weights, x: Array) -> Iterable[Value]:
    shape, order = layer.dealt(x.shape)
    return Array(shape, x.values).moved(order).values


@rule("channel_shuffle")
def channel_shuffle(layer: Any, weights: Weights, x: Array) -> Iterable[Value]:
    *around, channels = x.shape
    dealt = Array((*around, layer.groups, channels // layer.groups), x.values)
    axes = len(around)
    return dealt.moved([*range(axes), axes + 1, axes]).values


@rule("channel_slice")
def channel_slice(layer: Any, weights: Weights, x: Array) -> Iterator[Value]:
    for start in range(0, len(x.values), x.shape[-1]):
        yield from x.values[start : start + x.shape[-1]][layer.start : layer.stop]


@rule("channel_pad")
def channel_pad(layer: Any, weights: Weights, x: Array) -> Iterator[Value]:
    for start in range(0, len(x.values), x.shape[-1]):
        yield from [0] * layer.before + x.values[start : start + x.shape[-1]] + [0] * layer.after


@rule("concat")
def concat(layer: Any, weights: Weights, *xs: Array) -> Iterator[Value]:
    for position in range(prod(xs[0].shape[:-1])):
        for x in xs:
            yield from x.values[position * x.shape[-1] : (position + 1) * x.shape[-1]]


@rule("add")
def add(layer: Any, weights: Weights, *xs: Array) -> Iterator[Value]:
    return (total(values) for values in aligned(xs))


@rule("subtract")
def subtract(layer: Any, weights: Weights, *xs: Array) -> Iterator[Value]:
    return (first - second for first, second in aligned(xs))


@rule("average")
def average(layer: Any, weights: Weights, *xs: Array) -> Iterator[Value]:
    return (mean(values) for values in aligned(xs))


@rule("maximum")
def maximum(layer: Any, weights: Weights, *xs: Array) -> Iterator[Value]:
    return (max(values) for values in aligned(xs))


@rule("minimum")
def minimum(layer: Any, weights: Weights, *xs: Array) -> Iterator[Value]:
    return (min(values) for values in aligned(xs))


@rule("multiply")
def multiply(layer: Any, weights: Weights, *xs: Array) -> Iterator[Value]:
    """An axis of length 1 is read again at every position along it."""
    out = layer.output(*(x.shape for x in xs))
    for position in product(*map(range, out)):
        found: Value = 1
        for x in xs:
            place = sum(at * step for at, step, length in zip(position, strides(x.shape), x.shape, strict=True) if length > 1)
            found = x.values[place] * found
        yield found


def aligned(xs: Sequence[Array]) -> Iterator[tuple[Value, ...]]:
    """What stands at each place of all."""
    return zip(*(x.values for x in xs), strict=True)
