"""Which values reach the layers that clip to a `value_range`, when a network is trained."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..layers.augment import RandomBrightness, Tone
from ..layers.norm import Normalize, Rescale
from ..network import Network, Node

Array = Any
Range = tuple[float, float]  # the least and the largest value
MARGIN = 0.01  # of the range of the values, by which they may leave that of a layer
WIDE = 4.0  # times the range of the values: a brightness that means so wide a range leaves nothing of an image


def mismatches(network: Network, scale: Array, offset: Array) -> Iterator[tuple[str, str, object]]:
    """(what is wrong, how to mend it, where) for each layer whose `value_range` is not that of the values it takes in training.

    Training hands the network bytes * scale + offset, both (channels,). Only values are followed whose range is known.
    """
    known = ranges(network, scale, offset)
    for node in network.nodes:
        layer = node.layer
        if not isinstance(layer, Tone) or node.inputs[0] not in known:
            continue
        low, high = known[node.inputs[0]]
        least, largest = layer.value_range
        margin = MARGIN * (high - low)
        clips = low < least - margin or high > largest + margin
        floods = isinstance(layer, RandomBrightness) and largest - least > WIDE * (high - low)
        if clips or floods:
            does = "clips them to" if clips else "takes them for values of"
            message = f"values from {low:.3g} to {high:.3g} reach {node.name} in training, and it {does} its value_range, "
            mend = f"write value_range: [{low:.3g}, {high:.3g}] there, or augment: [{node.kind}] in the recipe, which varies raw pixels"
            yield message + f"{least:g} to {largest:g}", mend, node.place


def ranges(network: Network, scale: Array, offset: Array) -> dict[int, Range]:
    """The range of the output of each node in training, where it is known."""
    known: dict[int, Range] = {}
    for node in network.nodes:
        if not node.inputs:
            known[node.index] = around([byte * a + b for byte in (0.0, 255.0) for a, b in zip(scale, offset, strict=True)])
        elif len(node.inputs) == 1 and node.inputs[0] in known:
            follow(node, known)
    return known


def follow(node: Node, known: dict[int, Range]) -> None:
    """Note the range behind a node, unless it is not known. What chance adds to it is left out."""
    before, layer = known[node.inputs[0]], node.layer
    if isinstance(layer, Tone):
        least, largest = layer.value_range
        known[node.index] = around([min(max(value, least), largest) for value in before])
    elif isinstance(layer, Rescale):
        known[node.index] = around([value * a + b for value in before for a in figures(layer.scale) for b in figures(layer.offset)])
    elif isinstance(layer, Normalize):
        means, variances = figures(layer.mean), figures(layer.variance)
        known[node.index] = around([(value - mean) / variance**0.5 for value in before for mean in means for variance in variances])
    elif layer.view:
        known[node.index] = before


def figures(value: float | tuple[float, ...]) -> tuple[float, ...]:
    """One figure of all channels, or that of each."""
    return value if isinstance(value, tuple) else (value,)


def around(values: list[float]) -> Range:
    """The range that holds all of some values."""
    return float(min(values)), float(max(values))
