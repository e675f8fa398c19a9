"""The `backbone` section: another network without its head, frozen as asked, from which `layers` go on."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, NamedTuple

from ..errors import CnncliError, SpecError, UsageError, nearest
from ..importers import is_model, load_model
from ..layers.base import Options
from ..layers.frozen import frozen
from ..layers.values import OneOf
from ..network import Input, Network, Node, Scope
from ..printable import quote
from .binding import bind
from .fault import HIDDEN, Fault, Mark, refusal
from .origin import WORDS, Origin
from .recipe import Freeze, Words
from .source import find
from .tree import Mapping as Tree

if TYPE_CHECKING:
    from ..layers import Shape
    from ..layers.values import Raw
    from .copying import File
    from .document import Document
    from .tree import Tree as AnyTree

Read = Callable[[str, "str | None"], "Document"]  # a spec's path and the size of its input -> the spec
POOLS = ("global_avg_pool", "global_max_pool", "adaptive_avg_pool", "adaptive_max_pool", "flatten")
PREPROCESSING = ("tf", "torch", "caffe", "none", "data")

Text = Annotated[str, Words()]
MaybeText = Annotated["str | None", Words()]
MaybeOrigin = Annotated["str | None", Origin()]
MaybeMode = Annotated["str | None", OneOf(*PREPROCESSING)]


class Backbone(Options):
    """The network that the layers go on from.

    `weights`: random, imagenet (keras.applications' own), or the path of a file or run; by default a `.keras` model's own, else random.
    `preprocess`: what the weights expect of the images, in the words of keras.applications (`data`: the images' own mean and deviation).
    `freeze`: all, or how many layers from the input on. `until`: the last layer, where it is not the last map before the head.
    """

    model: Text
    weights: MaybeOrigin = None
    preprocess: MaybeMode = None
    freeze: Freeze = 0
    until: MaybeText = None

    @property
    def source(self) -> str:
        """Where the weights come from: random, imagenet, or a path."""
        return self.weights or (self.model if self.model.endswith(".keras") else "random")


class Body(NamedTuple):
    """A backbone in its place."""

    options: Backbone
    path: str  # of the file that it was read from
    folder: str  # from which its paths are seen
    mark: Mark  # of its name
    layers: tuple[int, ...]  # its nodes without the input, in order
    still: int  # how many of them are frozen, from the first on
    name: AnyTree  # what names it in the spec
    files: tuple[File, ...]  # its spec and each that this extends; none where it is a model of another program

    @property
    def title(self) -> str:
        """What it is called: mobilenet_v2."""
        return title_of(self.path)


class Given(NamedTuple):
    """The input that the file itself names: its node, its shape, and where it stands."""

    node: int
    shape: Shape
    mark: object


class Graft:
    """One backbone being read."""

    def __init__(self, tree: AnyTree, names: Mapping[str, Raw], read: Read) -> None:
        self.options = bind(Backbone, tree, tree.mark, names)
        self.marks = {name: entry.mark for name, entry in tree.entries.items()} if isinstance(tree, Tree) else {}
        self.name = tree.entries.get("model", tree) if isinstance(tree, Tree) else tree
        self.mark = self.name.mark
        self.files: tuple[File, ...] = ()
        self.folder, self.bounds = self.mark.source.folder, self.mark.source.bounds
        self._check(self.options.model, self.mark)
        self.path = self._found()
        self._check(os.path.abspath(self.path), self.mark)
        if self.options.source not in WORDS:
            self._check(self.options.source, self.marks.get("weights", self.mark))
        self._read = read

    def _check(self, path: str, mark: Mark) -> None:
        """Refuse a file that must not be read."""
        if self.bounds is not None:
            self.bounds.check(os.path.join(self.folder, path), mark)

    def _found(self) -> str:
        """The file that `model` means."""
        model = self.options.model
        if is_model(model):
            return os.path.join(self.folder, model)
        try:
            return find(model, self.folder)
        except UsageError as error:
            raise refusal(str(error), self.mark) from None

    def read(self, size: str | None, where: Mark | None = None) -> Network:
        """The network that `model` means, with an input of another size. Raises SpecError at `where`."""
        try:
            network = load_model(self.path, (), size).network if is_model(self.path) else self._read_spec(size)
            network.refuse_partly_shared("a backbone")
        except CnncliError as error:
            fault = error.faults[0] if isinstance(error, SpecError) else error
            told = f"{fault.place}: {fault.message}" if isinstance(fault, Fault) else str(fault)
            if is_model(self.path) and self.bounds is not None and not self.bounds.contain(self.path):
                told = HIDDEN.format(self.path)
            with_size = f" with an input of {size}" if size else ""
            raise refusal(f"backbone {quote(self.options.model)}{with_size}: {told}", where or self.mark) from None
        if sum(not node.inputs for node in network.nodes) != 1:
            raise refusal(f"{quote(self.options.model)} has several inputs; a backbone reads one", self.mark)
        return network

    def _read_spec(self, size: str | None) -> Network:
        document = self._read(self.path, size)
        self.files = tuple(document.files)
        return document.network

    def place(self, network: Network, given: Given | None, size: str | None) -> tuple[Body, dict[str, int]]:
        """Place it behind the given input, or behind its own; returns it, and its layers by name."""
        found = self._fitting(given, size)
        kept = self._kept(found)
        still = self._still(len(kept) - 1)
        own = found.nodes[kept[0]]
        first = network.place(Input(shape=own.output), (), own.name, None, self.mark).index if given is None else given.node
        layers = self._copy([found.nodes[index] for index in kept[1:]], network, {own.index: first}, still)
        body = Body(self.options, self.path, self.folder, self.mark, layers, still, self.name, self.files)
        nodes = [network.nodes[index] for index in layers]
        return body, {name: node.index for node in nodes for name in (node.automatic_name, node.name) if name}

    def _fitting(self, given: Given | None, size: str | None) -> Network:
        """The backbone with the input that it is to have."""
        found = self.read(size)
        own = next(node for node in found.nodes if not node.inputs).output
        if given is None or given.shape == own:
            return found
        where = given.mark if isinstance(given.mark, Mark) else None
        if given.shape[-1] != own[-1] and self.options.source != "random":
            shown = ", ".join(map(str, given.shape))
            raise refusal(f"input is [{shown}]; the weights of {quote(self.options.model)} are for {own[-1]} channels", where)
        return self.read("x".join(map(str, given.shape)), where)

    def _copy(self, nodes: list[Node], network: Network, placed: dict[int, int], still: int) -> tuple[int, ...]:
        """Place the nodes, the first of them frozen; `placed` tells where the nodes that they read are."""
        network.reserve([name for node in nodes for name in (node.name, node.automatic_name) if name])
        scopes: dict[Scope | None, Scope] = {None: Scope(title_of(self.path), None)}
        uses: dict[int, Node] = {}
        for number, node in enumerate(nodes):
            layer = frozen(node.layer) if number < still and node.layer.weights(*node.facts.shapes) else node.layer
            inputs = tuple([placed[index] for index in node.inputs])
            made = network.place(layer, inputs, node.name, moved(node.scope, scopes), self.mark)
            made.automatic_name = node.automatic_name
            use = uses.setdefault(node.index if node.shared is None else node.shared, made)
            if use is not made:
                network.share(made, use)
            placed[node.index] = made.index
        return tuple([placed[node.index] for node in nodes])

    def _kept(self, network: Network) -> list[int]:
        """The input, and all that leads to the last layer of the backbone, which comes last."""
        until = self.options.until
        end = last_map(network) if until is None else network.node_names.get(until)
        if end is None:
            names = [node.name for node in network.nodes]
            hint = nearest(until or "", names) or f"; cnncli summarize {self.options.model} shows the names"
            raise refusal(f"{quote(self.options.model)} has no layer {quote(until or '')}{hint}", self.marks["until"])
        kept = ancestors(network, end)
        if len(kept) < 2:
            raise refusal(f"nothing of {quote(self.options.model)} is left without its head; say where it ends with until: NAME", self.mark)
        return kept

    def _still(self, layers: int) -> int:
        freeze = self.options.freeze
        if isinstance(freeze, str):
            return layers
        if freeze > layers:
            raise refusal(f"freeze is {freeze}; {quote(self.options.model)} has {layers} layers without its head", self.marks["freeze"])
        return freeze


def moved(scope: Scope | None, scopes: dict[Scope | None, Scope]) -> Scope:
    """The use of a block of another file, within the use that `scopes` has for None."""
    waiting = []
    while scope not in scopes:
        assert scope is not None
        waiting.append(scope)
        scope = scope.parent
    for one in reversed(waiting):
        scopes[one] = Scope(one.name, scopes[one.parent], one.block)
    return scopes[waiting[0] if waiting else scope]


def last_map(network: Network) -> int:
    """The last node before the head: before the first on every path to the output that pools the whole map or makes a vector of it."""
    nodes = network.nodes
    end = network.outputs[0] if network.outputs else len(nodes) - 1
    path = ancestors(network, end)
    read = {origin: index for index in path for origin in nodes[index].inputs}  # the last that reads each
    reach = 0
    for index in path:
        node = nodes[index]
        passed = reach <= index  # no connection leads past this node
        reach = max(reach, read.get(index, index))
        if node.inputs and passed and is_head(node, nodes[node.inputs[0]].output):
            return node.inputs[0]
    return end


def is_head(node: Node, x: Shape) -> bool:
    """Whether a layer ends the maps."""
    return len(x) > 1 and (node.kind in POOLS or len(node.output) == 1)


def ancestors(network: Network, end: int) -> list[int]:
    """All that leads to a node, and the node, in order."""
    wanted = {end}
    for index in range(end, -1, -1):
        if index in wanted:
            wanted.update(network.nodes[index].inputs)
    return sorted(wanted)


def title_of(path: str) -> str:
    """The name of a file without folder and ending."""
    return os.path.splitext(os.path.basename(path))[0]


def reread(body: Body, size: str | None) -> Network:
    """The network that a backbone was taken from, whole and not frozen, with an input of another size."""
    if is_model(body.path):
        return load_model(body.path, (), size).network
    from .document import load

    return load(body.path, {}, size).network
