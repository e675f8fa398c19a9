"""Pooling. The largest passes its gradient to the first of several equal ones in a window; over a whole map these share it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .array import Array
from .places import Table, pixels, places, sliding
from .rules import Weights, rule
from .variable import Value, mean, plain


def pool_windows(layer: Any, x: Array) -> Iterator[list[Value]]:
    """For each number that comes out, those on the map that its window holds."""
    counts = layer.output(x.shape)[:-1]
    return binned(x, sliding(layer.slides(x.shape), counts))


def binned(x: Array, tables: list[Table]) -> Iterator[list[Value]]:
    """For each position and each channel, what its pixels hold."""
    for place in places(x.shape[:-1], tables):
        inside = [pixel for pixel in place if pixel is not None]
        for channel in range(x.shape[-1]):
            yield pixels(x, inside, channel, channel + 1)


@rule("max_pool")
def max_pool(layer: Any, weights: Weights, x: Array) -> Iterator[Value]:
    return map(max, pool_windows(layer, x))


@rule("avg_pool")
def avg_pool(layer: Any, weights: Weights, x: Array) -> Iterator[Value]:
    return map(mean, pool_windows(layer, x))


def bins(layer: Any, x: Array) -> Iterator[list[Value]]:
    """For each number that comes out, those that its bin holds."""
    sizes = zip(x.shape[:-1], layer.output(x.shape)[:-1], strict=True)
    tables: list[Table] = [[[*range(o * n // m, -(-(o + 1) * n // m))] for o in range(m)] for n, m in sizes]
    return binned(x, tables)


@rule("adaptive_avg_pool")
def adaptive_avg_pool(layer: Any, weights: Weights, x: Array) -> Iterator[Value]:
    return map(mean, bins(layer, x))


@rule("adaptive_max_pool")
def adaptive_max_pool(layer: Any, weights: Weights, x: Array) -> Iterator[Value]:
    return map(max, bins(layer, x))


@rule("global_avg_pool")
def global_avg_pool(layer: Any, weights: Weights, x: Array) -> Iterator[Value]:
    return (mean(one.values) for one in x.channels())


@rule("global_max_pool")
def global_max_pool(layer: Any, weights: Weights, x: Array) -> Iterator[Value]:
    for one in x.channels():
        largest = plain(max(one.values))
        yield mean([value for value in one.values if plain(value) == largest])
