"""Which layer of one network is which of another, by their structure alone: names, and how padding is written, may differ.

Both networks are reduced to the layers with weights, the merges and the input. Two layers are alike when they are of one class, have
weights of equal shapes, and read layers that are alike; every such class of layers gets a number. From the last layer both networks
are then walked upwards in step, which settles which of several that are alike is which. Shapes that come out, and what a position
sees of the input, must agree too.
"""

from __future__ import annotations

from typing import Any

from ...layers.activation import ACTIVATIONS
from ...network import Network, Node
from ...receptive_field import receptive_fields
from ..errors import RefusedError

UNORDERED = ("add", "multiply", "average", "maximum", "minimum")
LEADING = ("rescale", "normalize")
SAME_WORK = {"dense": "conv", "depthwise_conv": "conv"}  # of size 1; with as many groups as channels

BENDING = {kind: kind for kind in ACTIVATIONS if kind != "linear"}
BENDING["hard_sigmoid"] = "relu6"  # which it is, moved and scaled, and is written so in keras.applications

Label = tuple[Any, ...]


class Core:
    """A network reduced to what decides which weights go where."""

    def __init__(self, network: Network, numbers: dict[Label, int]) -> None:
        self.network, self.numbers = network, numbers
        self.of: list[int] = []  # of each node: the one that stands for it, itself or one above
        self.alike: list[int] = []  # of each node: the number of its class
        for node in network.nodes:
            reads = [self.of[index] for index in node.inputs]
            passed = (node.inputs and not weighty(node) and len(set(reads)) == 1) or self.leads(node, reads)
            self.of.append(reads[0] if passed else node.index)
            self.alike.append(self._number(node, reads) if self.of[-1] == node.index else self.alike[reads[0]])

    def leads(self, node: Node, reads: list[int]) -> bool:
        """Whether a layer only brings the images to another range, before all others."""
        return node.kind in LEADING and len(reads) == 1 and not self.network.nodes[reads[0]].inputs

    def reads(self, index: int) -> list[int]:
        """What stands for the inputs of a node; where their order means nothing, sorted by class."""
        node = self.network.nodes[index]
        found = [self.of[origin] for origin in node.inputs]
        return sorted(found, key=self.alike.__getitem__) if node.kind in UNORDERED else found

    def activations(self, index: int, until: int) -> tuple[str, ...]:
        """What bends the numbers on the way from the node `until` down to the node `index`, both included."""
        found = []
        while True:
            node = self.network.nodes[index]
            fused = getattr(node.layer, "activation", None)
            found += [BENDING[kind] for kind in (node.kind, fused.kind if fused is not None else "") if kind in BENDING]
            if index == until:
                return tuple(found)
            index = node.inputs[0]

    def _number(self, node: Node, reads: list[int]) -> int:
        classes = [(self.alike[index], self.activations(origin, index)) for index, origin in zip(reads, node.inputs, strict=True)]
        label = (*label_of(node), *(sorted(classes) if node.kind in UNORDERED else classes))
        return self.numbers.setdefault(label, len(self.numbers))


def weighty(node: Node) -> bool:
    """Whether a layer has weights, its own or those of its first use."""
    return bool(node.facts.weights) or node.shared is not None


def label_of(node: Node) -> Label:
    """What must be equal in two layers that are the same, without what they read."""
    arrays = [(weight.name, tuple([length for length in weight.shape if length != 1])) for weight in node.facts.weights]
    return (SAME_WORK.get(node.kind, node.kind), node.shared is not None, *arrays)


def matched(ours: Network, end: int, theirs: Network, of: str) -> dict[int, int]:
    """For each node with weights that leads to the node `end` of `ours`, the one of `theirs`.

    Raises RefusedError with the first difference; `of` is what theirs is called.
    """
    numbers: dict[Label, int] = {}
    here, there = Core(ours, numbers), Core(theirs, numbers)
    last = here.of[end]
    twins = [node.index for node in theirs.nodes if there.of[node.index] == node.index and there.alike[node.index] == here.alike[last]]
    if not twins:
        raise RefusedError(f"the weights of {of} do not fit: {difference(here, there)}")
    found: dict[int, int] = {}
    waiting = [(last, twins[-1])]
    while waiting:
        one, other = waiting.pop()
        known = found.setdefault(one, other)
        if known != other:
            names = " and ".join([theirs.nodes[index].name for index in (known, other)])
            raise RefusedError(f"the weights of {of} do not fit: {ours.nodes[one].name} is there twice, as {names}")
        waiting += [pair for pair in zip(here.reads(one), there.reads(other), strict=True) if found.get(pair[0]) != pair[1]]
    compare(ours, theirs, found, of)
    return {one: other for one, other in found.items() if ours.nodes[one].facts.weights}


def compare(ours: Network, theirs: Network, found: dict[int, int], of: str) -> None:
    """Refuse layers that give another shape, or see something else of the input."""
    fields, others = receptive_fields(ours), receptive_fields(theirs)
    for one, other in sorted(found.items()):
        here, there = ours.nodes[one], theirs.nodes[other]
        if here.output != there.output and here.facts.elements == there.facts.elements == here.output[-1] == there.output[-1]:
            continue  # (1, 1, C) and (C,) are one vector
        seen = [(field.size, field.stride, field.start) for field in (fields[one], others[other])]
        if here.output != there.output or seen[0] != seen[1]:
            what = f"{here.output}, field {seen[0]}", f"{there.output}, field {seen[1]}"
            raise RefusedError(f"the weights of {of} do not fit: {here.name} gives {what[0]}; there {there.name} gives {what[1]}")


def difference(here: Core, there: Core) -> str:
    """The first layers of both networks that the other lacks."""
    told = []
    for core, other, place in ((here, there, "here"), (there, here, "there")):
        known = {other.alike[index] for index in other.of}
        node = next((core.network.nodes[index] for index in core.of if core.alike[index] not in known), None)
        told.append(f"{place} {described(node)}" if node is not None else f"{place} nothing more")
    return f"the first difference is {told[0]}, {told[1]}"


def described(node: Node) -> str:
    """conv_3, a conv with kernel (3, 3, 16, 32)"""
    arrays = " and ".join([f"{weight.name} {weight.shape}" for weight in node.facts.weights]) or "no weights"
    return f"{node.name}, {node.kind} with {arrays}"
