"""What could stand in the place of a layer: the dense layer between the same numbers, the separable and the 1x1 convolution."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

from ..errors import LayerError
from ..layers import KINDS, Layer
from ..network import Input, Network

_SHARED = ("kernel", "stride", "padding", "dilation", "bias", "activation")


def alternatives(network: Network) -> Iterator[Network]:
    """Networks that take and give as much as this one, as far as they fit, each of one layer on one input."""
    nodes = network.nodes
    last = nodes[network.outputs[0]]
    layers = [node.layer for node in nodes if node.inputs]
    incoming = [node.output for node in nodes if not node.inputs]
    if len(incoming) == 1:
        alone = layers[0] if len(layers) == 1 else None
        for name, layer in _others(alone, last.output[-1]) if alone else ():
            yield from _placed(name, incoming[0], layer)
        bias = any(getattr(layer, "bias", True) for layer in layers)
        dense = KINDS["dense"](units=prod(last.output), bias=bias)
        yield from _placed("dense on all numbers", (prod(incoming[0]),), dense)


def _others(layer: Layer, channels: int) -> Iterator[tuple[str, Layer]]:
    """Convolutions with the same options."""
    if layer.kind not in ("conv", "depthwise_conv", "separable_conv"):
        return
    shared: dict[str, Any] = {name: getattr(layer, name) for name in _SHARED}
    if layer.kind != "conv" or getattr(layer, "groups", 1) > 1:
        yield "plain conv", KINDS["conv"](filters=channels, **shared)
    if layer.kind != "separable_conv":
        yield "separable_conv", KINDS["separable_conv"](filters=channels, **shared)
    one = {**shared, "kernel": 1, "padding": "same" if layer.padding == "same" else "valid", "dilation": 1}  # type: ignore[attr-defined]
    yield "1x1 conv", KINDS["conv"](filters=channels, **one)


def _placed(name: str, shape: tuple[int, ...], layer: Layer) -> Iterator[Network]:
    """The layer alone on an input; nothing where it does not fit."""
    network = Network(name)
    place = network.place(Input(shape=shape), (), "input").index
    try:
        network.outputs = (network.place(layer, (place,)).index,)
    except LayerError:
        return
    yield network
