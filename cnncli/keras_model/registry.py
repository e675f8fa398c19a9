"""The counterparts: how each kind of layer is made in Keras, and how a network of them becomes a model."""

# mypy: ignore-missing-imports
from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras

from ..errors import LayerError
from ..layers import Layer, Shape
from ..network import Network, Node
from .freeze import freeze

LAST = {"data_format": "channels_last"}  # whatever the user's keras.json says
COUNTERPARTS: dict[str, Callable[..., Any]] = {}


def counterpart(*kinds: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Enter a function (layer, name, *input shapes) -> keras layer as what makes `kinds`."""

    def enter(function: Callable[..., Any]) -> Callable[..., Any]:
        COUNTERPARTS.update(dict.fromkeys(kinds, function))
        return function

    return enter


def make(layer: Layer, name: str | None, *shapes: Shape) -> Any:
    """The Keras layer that does what `layer` does with inputs of these shapes. Raises LayerError where Keras cannot."""
    if layer.kind not in COUNTERPARTS:
        raise LayerError(
            f"{layer.kind} is a layer of a model that was read, no kind of its own; it has no counterpart to be built in Keras"
        )
    return COUNTERPARTS[layer.kind](layer, name, *shapes)


def by_axes(kind: str, x: Shape, *classes: Any) -> Any:
    """The one of several classes that is for as many axes as the map `x` has: 1, 2, 3."""
    axes = len(x) - 1
    if not 1 <= axes <= len(classes):
        raise LayerError(f"Keras has {kind} for maps of 1 to {len(classes)} axes; this one has {axes}")
    return classes[axes - 1]


@counterpart("input")
def input_layer(layer: Any, name: str | None) -> Any:
    return keras.layers.InputLayer(shape=layer.shape, name=name)


def keras_names(network: Network) -> list[str]:
    """What the nodes are called in Keras: as here, but for letters that it refuses, which become `_`."""
    names: dict[str, None] = {}
    given = {node.name for node in network.nodes}
    for node in network.nodes:
        name = lawful(node.name)
        while name in names or (name != node.name and name in given):
            name += "_"
        names[name] = None
    return list(names)


def lawful(name: str) -> str:
    """The name as Keras (no `/`) and the scopes of TensorFlow accept it."""
    return re.sub(r"^[^A-Za-z0-9]", r"x_", re.sub(r"[^A-Za-z0-9_.-]", "_", name)) or "x"


class UnbuiltError(Exception):
    """Keras refuses a layer that it should have: the node, and what it says."""

    def __init__(self, node: Node, error: Exception) -> None:
        super().__init__(f"{node.place}: {node.name}: {type(error).__name__}: {error}")
        self.node, self.error = node, error


def build(network: Network) -> Any:
    """The network as a functional keras.Model. Raises LayerError where Keras has no such layer, UnbuiltError where it refuses one."""
    tensors: list[Any] = []
    layers: list[Any] = []
    for node, name in zip(network.nodes, keras_names(network), strict=True):
        try:
            shapes = [network.nodes[index].output for index in node.inputs]
            made = make(node.layer, name, *shapes) if node.shared is None else layers[node.shared]
            read = [tensors[index] for index in node.inputs]
            tensors.append(made(read if node.layer.merges else read[0]) if read else made.output)
        except LayerError as error:
            where = str(node.place or network.name)
            named = where if where.endswith(f":{node.name}") else f"{where}: {node.name}"  # of a model's file the name is the place
            raise LayerError(f"{named}: {error}") from None
        except Exception as error:
            raise UnbuiltError(node, error) from error
        layers.append(made)
        if node.shared is None:
            freeze(made, node)
    inputs = [tensor for node, tensor in zip(network.nodes, tensors, strict=True) if not node.inputs]
    outputs = [tensors[index] for index in network.outputs or (-1,)]
    lone = [group[0] if len(group) == 1 else group for group in (inputs, outputs)]
    with deep(len(tensors)):
        return keras.Model(*lone, name=lawful(network.name))


@contextmanager
def deep(layers: int) -> Iterator[None]:
    """Room for Keras to walk through so many layers, which it does by recursion."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, 1000 + 2 * layers))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
