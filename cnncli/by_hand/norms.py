"""Normalisation, as at inference: batch normalisation with its moving averages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .array import Array
from .number import Number, exact
from .rules import Weights, rule
from .variable import Value, divide, mean, power, sqrt, total


def scaled(values: list[Value], weights: Weights, channels: int) -> Iterator[Value]:
    """Times gamma, plus beta, where there are such."""
    gamma = weights["gamma"].values if "gamma" in weights else None
    beta = weights["beta"].values if "beta" in weights else None
    for place, value in enumerate(values):
        value = value if gamma is None else gamma[place % channels] * value
        yield value if beta is None else value + beta[place % channels]


def standardized(x: Array, sets: Iterable[Iterable[int]], epsilon: float) -> list[Value]:
    """Each set of numbers, told by their places, to mean 0 and variance 1."""
    found: list[Value] = [0] * len(x.values)
    for places in sets:
        members = [(place, x.values[place]) for place in places]
        middle = mean([value for _, value in members])
        apart = [(place, value - middle) for place, value in members]
        deviation = sqrt(mean([one * one for _, one in apart]) + epsilon)
        for place, one in apart:
            found[place] = divide(one, deviation)
    return found


@rule("batch_norm")
def batch_norm(layer: Any, weights: Weights, x: Array) -> Iterator[Value]:
    middle, channels = weights["moving_mean"].values, x.shape[-1]
    deviations = [sqrt(variance + layer.epsilon) for variance in weights["moving_variance"].values]
    standard = [divide(value - middle[i % channels], deviations[i % channels]) for i, value in enumerate(x.values)]
    return scaled(standard, weights, channels)


@rule("layer_norm")
def layer_norm(layer: Any, weights: Weights, x: Array) -> Iterator[Value]:
    channels = x.shape[-1]
    sets = (range(start, start + channels) for start in range(0, len(x.values), channels))
    return scaled(standardized(x, sets, layer.epsilon), weights, channels)


@rule("group_norm")
def group_norm(layer: Any, weights: Weights, x: Array) -> Iterator[Value]:
    return grouped(x, weights, layer.groups, layer.epsilon)


@rule("instance_norm")
def instance_norm(layer: Any, weights: Weights, x: Array) -> Iterator[Value]:
    return grouped(x, weights, x.shape[-1], layer.epsilon)


def grouped(x: Array, weights: Weights, groups: int, epsilon: float) -> Iterator[Value]:
    """Each group of channels over the whole map."""
    channels = x.shape[-1]
    wide = channels // groups
    sets = ([place for place in range(len(x.values)) if place % channels // wide == group] for group in range(groups))
    return scaled(standardized(x, sets, epsilon), weights, channels)


@rule("local_response_norm")
def local_response_norm(layer: Any, weights: Weights, x: Array) -> Iterator[Value]:
    channels, half = x.shape[-1], layer.size // 2
    for place, value in enumerate(x.values):
        start, channel = place - place % channels, place % channels
        near = x.values[start + max(channel - half, 0) : start + min(channel + half + 1, channels)]
        yield divide(value, power(layer.k + layer.alpha * total([one * one for one in near]), layer.beta))


@rule("scale")
def scale(layer: Any, weights: Weights, x: Array) -> Iterator[Value]:
    return scaled(x.values, weights, x.shape[-1])


@rule("normalize")
def normalize(layer: Any, weights: Weights, x: Array) -> Iterator[Value]:
    """Its figures are its options, not weights to be given."""
    channels = x.shape[-1]
    middle, variance = each_channel(layer.mean, channels), each_channel(layer.variance, channels)
    return (divide(value - middle[i % channels], sqrt(variance[i % channels])) for i, value in enumerate(x.values))


@rule("rescale")
def rescale(layer: Any, weights: Weights, x: Array) -> Iterator[Value]:
    channels = x.shape[-1]
    factor, shift = each_channel(layer.scale, channels), each_channel(layer.offset, channels)
    return (factor[i % channels] * value + shift[i % channels] for i, value in enumerate(x.values))


def each_channel(figure: Any, channels: int) -> tuple[Number, ...]:
    """One for each channel, exact."""
    figures = figure if isinstance(figure, tuple) else (figure,)
    return tuple(map(exact, figures)) * (channels if len(figures) == 1 else 1)
