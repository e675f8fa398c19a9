"""The linear maps of convolutions and dense layers: dot products of a patch of the map with a kernel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from ..layers.transposed import Stamp
from .array import Array, strides
from .places import pixels, places, sliding
from .rules import Weights, rule
from .variable import Value, dot

Pair = tuple[Sequence[Value], Sequence[Value]]  # a patch, and the kernel that it meets: as long as each other


def conv_pairs(layer: Any, weights: Weights, x: Array) -> Iterator[Pair]:
    """For each number that comes out of a convolution, what is multiplied with what: taps, then the channels of each."""
    kernel, filters = weights["kernel"].values, layer.filters
    kernels = [kernel[number::filters] for number in range(filters)]
    each, wide = filters // layer.groups, x.shape[-1] // layer.groups
    for place in places(x.shape[:-1], sliding(layer.slides(x.shape), layer.places(x.shape))):
        for group in range(layer.groups):
            patch = pixels(x, place, group * wide, (group + 1) * wide)
            for number in range(group * each, (group + 1) * each):
                yield patch, kernels[number]


def depthwise_pairs(layer: Any, kernel: Array, x: Array) -> Iterator[Pair]:
    """The same of a depthwise convolution: the taps of one channel."""
    channels, multiplier = x.shape[-1], layer.multiplier
    kernels = [kernel.values[number :: channels * multiplier] for number in range(channels * multiplier)]
    for place in places(x.shape[:-1], sliding(layer.slides(x.shape), layer.places(x.shape))):
        for channel in range(channels):
            patch = pixels(x, place, channel, channel + 1)
            for number in range(channel * multiplier, (channel + 1) * multiplier):
                yield patch, kernels[number]


@rule("conv")
def conv(layer: Any, weights: Weights, x: Array) -> Iterator[Value]:
    return (dot(patch, kernel) for patch, kernel in conv_pairs(layer, weights, x))


@rule("depthwise_conv")
def depthwise_conv(layer: Any, weights: Weights, x: Array) -> Iterator[Value]:
    return (dot(patch, kernel) for patch, kernel in depthwise_pairs(layer, weights["kernel"], x))


@rule("separable_conv")
def separable_conv(layer: Any, weights: Weights, x: Array) -> Iterator[Value]:
    depthwise = [dot(patch, kernel) for patch, kernel in depthwise_pairs(layer, weights["depthwise_kernel"], x)]
    return mixed(depthwise, weights["pointwise_kernel"].values, layer.filters)


@rule("dense")
def dense(layer: Any, weights: Weights, x: Array) -> Iterator[Value]:
    return mixed(x.values, weights["kernel"].values, layer.units)


def mixed(values: list[Value], kernel: list[Value], units: int) -> Iterator[Value]:
    """The channels of each position, connected to each of `units`."""
    kernels = [kernel[unit::units] for unit in range(units)]
    wide = len(kernels[0])
    for start in range(0, len(values), wide):
        position = values[start : start + wide]
        yield from (dot(position, one) for one in kernels)


@rule("conv_transpose")
def conv_transpose(layer: Any, weights: Weights, x: Array) -> Iterator[Value]:
    """Each number that comes out gathers from the pixels whose stamp covers it."""
    kernel = weights["kernel"]
    each, wide = kernel.shape[-2], x.shape[-1] // layer.groups
    taps = strides(kernel.shape[:-2])
    tables = [_covering(stamp, step, tap) for stamp, step, tap in zip(layer.stamps(x.shape), strides(x.shape[:-1]), taps, strict=True)]
    for position in product(*tables):
        covering = [(sum(pixel for pixel, _ in way), sum(tap for _, tap in way)) for way in product(*position)]
        for group in range(layer.groups):
            patch = pixels(x, [pixel for pixel, _ in covering], group * wide, (group + 1) * wide)
            for number in range(each):
                starts = [(tap * each + number) * x.shape[-1] + group * wide for _, tap in covering]
                yield dot(patch, [weight for start in starts for weight in kernel.values[start : start + wide]])


def _covering(stamp: Stamp, step: int, tap_step: int) -> list[list[tuple[int, int]]]:
    """Along one axis, for each pixel that comes out: the pixels that reach it, and the tap by which they do."""
    found: list[list[tuple[int, int]]] = [[] for _ in range(stamp.length())]
    for pixel in range(stamp.size):
        for tap, offset in enumerate(range(0, stamp.extent, stamp.dilation)):
            place = pixel * stamp.stride + offset - stamp.before
            if 0 <= place < len(found):
                found[place].append((pixel * step, tap * tap_step))
    return found
