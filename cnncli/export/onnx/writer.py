"""The graph that is being written: nodes, and the arrays they read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

from ...errors import LayerError
from ...importers.onnx import messages
from ...importers.onnx.node import FIGURES
from ...layers import Shape
from ...network import Node
from . import weights
from .message import Message

Write = Callable[["Writer", Node, list[str]], str]
Trained = Callable[[Node], Mapping[str, Any]]  # a node -> its weights, NumPy arrays in ONNX' layout
OPERATORS: dict[str, Write] = {}


def writes(*kinds: str) -> Callable[[Write], Write]:
    """Enter the function that writes a kind of layer."""

    def enter(function: Write) -> Write:
        OPERATORS.update(dict.fromkeys(kinds, function))
        return function

    return enter


def onnx_shape(shape: Shape) -> Shape:
    """(*size, C) without its batch as (C, *size)."""
    return (*shape[-1:], *shape[:-1])


def per_channel(count: int, shape: Shape) -> Shape:
    """The shape of an array with a number for each channel of a tensor (N, C, *size)."""
    return (count, *(1 for _ in shape[:-1]))


class Writer:
    """What is written of one network. The last node of a layer and its output bear the layer's name, those before it name/operator."""

    def __init__(self, trained: Trained | None = None) -> None:
        self._trained, self._arrays = trained, dict[str, Any]()
        self.nodes: list[Message] = []
        self.arrays: list[Message] = []
        self.layer = ""
        self._ops: list[tuple[str, list[str], str, dict[str, Any]]] = []
        self._named: set[str] = set()
        self._shared: dict[str, str] = {}

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Add a node to the layer at hand; its output."""
        output = self._free(f"{self.layer}/{kind}")
        self._ops.append((kind, list(inputs), output, attributes))
        return output

    def weight(self, name: str, shape: Shape, inputs: int = 0, value: Sequence[float] | float = 0.0) -> str:
        """An array of the layer at hand: the trained one, or else random for so many inputs, or filled with a value, or with these.

        A layer in another place of the network that has the same weights reads the same array. Raises LayerError where the weights
        are trained, but not this one.
        """
        full = f"{self.layer}.{name}"
        if self._shared.get(self.layer):
            return f"{self._shared[self.layer]}.{name}"
        if self._trained is not None:
            if name not in self._arrays:
                raise LayerError(f"the {name} of {self.layer} is not among the trained weights")
            if self._arrays[name].size != prod(shape):
                raise LayerError(f"the {name} of {self.layer} has shape {shape} here, and {self._arrays[name].shape} in its file")
            self.arrays.append(weights.stored(full, shape, self._arrays[name]))
        elif inputs:
            self.arrays.append(weights.spread(full, shape, inputs, len(self.arrays)))
        elif isinstance(value, (int, float)):
            self.arrays.append(weights.filled(full, shape, float(value)))
        else:
            self.arrays.append(weights.floats(full, shape, value))
        return full

    def wholes(self, numbers: Sequence[int]) -> str:
        """A row of whole numbers: a shape, or pads. Equal ones are one."""
        name = "=".join(("wholes", ",".join(map(str, numbers))))
        if name not in self._named:
            self._named.add(name)
            self.arrays.append(weights.wholes(name, numbers))
        return name

    def constant(self, shape: Shape, *numbers: float) -> str:
        """Figures that are no weights: they stand in the graph itself."""
        many = numbers if len(numbers) > 1 else numbers * (shape[0] if shape else 1)
        return self.op("Constant", value=weights.floats("", shape, many))

    def place(self, node: Node, name: str, inputs: list[str], shared: str | None) -> str:
        """Write a layer; its output, which has its name."""
        self.layer, self._ops = name, []
        if shared is not None:
            self._shared[name] = self._shared.get(shared, shared)
        elif self._trained is not None and node.facts.weights:
            self._arrays = dict(self._trained(node))
        self._named.add(name)
        made = OPERATORS[node.kind](self, node, inputs)
        if not self._ops or self._ops[-1][2] != made:
            self.op("Identity", made)
        last = self._ops[-1][2]
        for kind, read, output, attributes in self._ops:
            title = name if output == last else output
            written = [attribute(key, value) for key, value in attributes.items() if value is not None]
            message = Message(messages.NODE, input=read, output=title, name=title, op_type=kind, attribute=written)
            if kind == "Constant":  # every array in the graph itself is an option: see constant
                message.add("metadata_props", Message(messages.ENTRY, key=FIGURES, value="yes"))
            self.nodes.append(message)
        return name

    def _free(self, name: str) -> str:
        """A name that is not taken."""
        title, number = name, 1
        while title in self._named:
            number += 1
            title = f"{name}_{number}"
        self._named.add(title)
        return title


_KINDS = {float: ("f", 1), int: ("i", 2), str: ("s", 3), Message: ("t", 4), list: ("ints", 7)}


def attribute(name: str, value: Any) -> Message:
    """An option of a node."""
    value = int(value) if isinstance(value, bool) else list(value) if isinstance(value, tuple) else value
    field, kind = _KINDS[type(value)]
    return Message(messages.ATTRIBUTE, name=name, type=kind).add(field, value)
