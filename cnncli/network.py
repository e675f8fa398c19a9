"""A network: layers placed in order. A layer's output shape is known the moment it is placed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from math import prod
from typing import NamedTuple

from .errors import LayerError
from .layers import Layer, Shape, Weight, Work
from .layers.base import layer
from .layers.values import Axes
from .layers.window import SAME_PIXEL, Windows


@layer("input")
class Input(Layer):
    """Where images come in. It is a layer too, so that nothing downstream asks whether there is one.

    -> shape
    """

    shape: Axes

    def output(self, *none: Shape) -> Shape:
        return self.shape

    def weights(self, *none: Shape) -> tuple[Weight, ...]:
        return ()

    def work(self, *none: Shape) -> Work:
        return Work()

    def windows(self, *none: Shape) -> Windows:
        return SAME_PIXEL


class Facts:
    """All that a layer says of inputs of given shapes. Nodes with equal layers and shapes share one."""

    def __init__(self, layer: Layer, shapes: tuple[Shape, ...]) -> None:
        self.layer, self.shapes = layer, shapes
        self.output: Shape = layer.output(*shapes)

    @cached_property
    def weights(self) -> tuple[Weight, ...]:
        return self.layer.weights(*self.shapes)

    @cached_property
    def work(self) -> Work:
        return self.layer.work(*self.shapes)

    @cached_property
    def windows(self) -> Windows:
        return self.layer.windows(*self.shapes)

    @cached_property
    def elements(self) -> int:
        """The numbers in one output."""
        return prod(self.output)


class Later(Facts):
    """What a layer says where an earlier layer has its weights: all of them, or those of some names."""

    def __init__(self, layer: Layer, shapes: tuple[Shape, ...], names: frozenset[str]) -> None:
        super().__init__(layer, shapes)
        self._names = names

    @cached_property
    def weights(self) -> tuple[Weight, ...]:
        return tuple([weight for weight in super().weights if weight.name not in self._names])


class Scope(NamedTuple):
    """One use of a block: its name, and the use that it stands in.

    The name is the user's, or that of the block with a number. `block` is the name of the block where the scope is from a spec.
    """

    name: str
    parent: Scope | None
    block: str = ""


class Node:
    """A layer in its place: what feeds it, what it is called, where it was written.

    `shared` is the index of the node where the same layer was first used, when this is a later use: its weights are those, not more.
    `borrowed` names the weights that it shares with other layers, and the node that has each, where it shares some and not all.
    `automatic_name` is the name that it had before `Network.rename`; empty where it was not renamed.
    `merged` names those that its file stores together with equal arrays of other nodes; they are its own, and counted.
    """

    __slots__ = ("automatic_name", "borrowed", "facts", "index", "inputs", "merged", "name", "place", "scope", "shared")

    def __init__(self, index: int, inputs: tuple[int, ...], facts: Facts, name: str, scope: Scope | None, place: object) -> None:
        self.index, self.inputs, self.facts, self.name, self.scope, self.place = index, inputs, facts, name, scope, place
        self.automatic_name = ""
        self.shared: int | None = None
        self.borrowed: dict[str, Node] = {}
        self.merged: dict[str, Node] = {}

    @property
    def layer(self) -> Layer:
        return self.facts.layer

    @property
    def kind(self) -> str:
        return self.facts.layer.kind

    @property
    def output(self) -> Shape:
        return self.facts.output


class Network:
    """Nodes in topological order: each reads only nodes before it.

    `outputs` are the indices of the nodes that leave the network; `labels` the names that users gave to the outputs of layers,
    `output_names` those that they gave to the outputs of the network.
    `partial` are the nodes of which nothing is known but their shape (opaque layers of a file): every total misses what they hold.
    `channels_first` tells that the file it was read from writes its shapes so, and that they are shown so; here they never are.
    `notes` are what a reader of its figures has to know of that file, each with a title.
    """

    def __init__(self, name: str = "network", source: str = "") -> None:
        self.name, self.source = name, source
        self.nodes: list[Node] = []
        self.outputs: tuple[int, ...] = ()
        self.partial: tuple[int, ...] = ()
        self.channels_first = False
        self.notes: tuple[tuple[str, str], ...] = ()
        self.labels: dict[str, int] = {}
        self.output_names: dict[str, int] = {}
        self._known: dict[tuple[Layer, tuple[Shape, ...]], Facts] = {}
        self._later: dict[tuple[Layer, tuple[Shape, ...], frozenset[str]], Later] = {}
        self._numbers: dict[str, int] = {}
        self._names: set[str] = set()

    @property
    def named_outputs(self) -> dict[str, int]:
        """The index of each output's node, by the name that the user gave it, or else the node's.

        Where nothing says otherwise, the last node is the output.
        """
        if self.output_names:
            return self.output_names
        return {self.nodes[index].name: index for index in self.outputs or (len(self.nodes) - 1,)}

    @property
    def node_names(self) -> dict[str, int]:
        """The index of the node that each name leads to: the names of nodes, those that users gave to their outputs, automatic names."""
        names = {node.name: node.index for node in self.nodes}
        for name, index in self.labels.items():
            names.setdefault(name, index)
        for node in self.nodes:
            if node.automatic_name:
                names.setdefault(node.automatic_name, node.index)
        return names

    def shown(self, shape: Shape) -> Shape:
        """A shape as its file writes it: the channels first, or as it is."""
        return (*shape[-1:], *shape[:-1]) if self.channels_first else shape

    def reserve(self, names: Sequence[str]) -> None:
        """Keep names that users gave from being given automatically."""
        self._names.update(names)

    def place(
        self, layer: Layer, inputs: tuple[int, ...], name: str | None = None, scope: Scope | None = None, place: object = None
    ) -> Node:
        """Add a layer that reads the outputs of the nodes `inputs`. Raises LayerError where their shapes do not fit.

        Who places one layer a second time calls `share` on the node that is returned.
        """
        nodes = self.nodes
        key = (layer, tuple([nodes[index].facts.output for index in inputs]))
        facts = self._known.get(key)
        if facts is None:
            facts = self._known[key] = Facts(*key)
        node = Node(len(nodes), inputs, facts, name or self.next_name(layer.kind), scope, place)
        nodes.append(node)
        return node

    def rename(self, node: Node, name: str) -> None:
        """Give a node the name that the user gave its output; its automatic name still leads to it."""
        node.automatic_name = node.automatic_name or node.name
        node.name = name

    def share(self, node: Node, first: Node) -> None:
        """`node`, which has just been placed, is another use of the layer that was placed as `first`; without weights it shares none."""
        if not node.facts.weights:
            return
        node.shared = first.index
        self._leave_out(node, frozenset(weight.name for weight in node.facts.weights))

    def borrow(self, node: Node, owners: Mapping[str, Node]) -> None:
        """The weights of these names of `node`, which has just been placed, are those of other nodes; its others are its own."""
        node.borrowed = dict(owners)
        self._leave_out(node, frozenset(owners))

    def _leave_out(self, node: Node, names: frozenset[str]) -> None:
        """Count the weights of these names elsewhere."""
        key = (node.facts.layer, node.facts.shapes, names)
        node.facts = self._later.setdefault(key, Later(*key))

    def refuse_partly_shared(self, form: str) -> None:
        """Refuse layers that share some of their weights and not all (LayerError): `form` shares layers as a whole."""
        for node in self.nodes:
            for name, owner in node.borrowed.items():
                raise LayerError(f"the {name} of {node.name} is that of {owner.name}; {form} shares whole layers only")

    def with_layers(self, instead: Mapping[int, Layer]) -> Network:
        """The same network with other layers at some nodes."""
        made = Network(self.name, self.source)
        for node in self.nodes:
            placed = made.place(instead.get(node.index, node.layer), node.inputs, node.name, node.scope, node.place)
            placed.automatic_name = node.automatic_name
            if node.shared is not None:
                made.share(placed, made.nodes[node.shared])
            if node.borrowed:
                made.borrow(placed, {name: made.nodes[owner.index] for name, owner in node.borrowed.items()})
            placed.merged = {name: made.nodes[owner.index] for name, owner in node.merged.items()}
        made.outputs, made.partial, made.channels_first = self.outputs, self.partial, self.channels_first
        made.labels, made.output_names = self.labels, self.output_names
        made.notes = self.notes
        return made

    def learning(self) -> list[bool]:
        """Of each node, whether training computes a gradient there: something trainable lies in it, or on the way to it."""
        found: list[bool] = []
        for node in self.nodes:
            own = node if node.shared is None else self.nodes[node.shared]
            trainable = any(weight.trainable for weight in own.facts.weights)
            trainable = trainable or any(weight.trainable for owner in own.borrowed.values() for weight in owner.facts.weights)
            found.append(trainable or any(found[index] for index in node.inputs))
        return found

    def next_name(self, kind: str) -> str:
        """conv_1, conv_2, ...: the first that no user has taken."""
        while True:
            number = self._numbers[kind] = self._numbers.get(kind, 0) + 1
            name = f"{kind}_{number}"
            if name not in self._names:
                return name
