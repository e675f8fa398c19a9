"""From the graph of a file to a Network: inputs, then every node in its place.

A node at fault has no output, and what depends on it is passed over in silence; so all faults of a file are told together.
"""

from __future__ import annotations

from ...errors import LayerError, SpecError
from ...layers import Layer, Shape, ShapesDiffer
from ...layers.activation import Linear
from ...layers.merge import listed
from ...layers.values import LARGEST
from ...network import Network, Scope
from ..model import printable
from ..opaque import SAME, Opaque, Requests
from . import inputs
from .constant import Constant
from .fold import FOLDS, fold
from .graph import Graph
from .node import Node
from .operators import OPERATORS
from .sharing import Holders
from .step import Step, Tensor, Weights
from .unknown import Unknown
from .view import View, channels_first, channels_last, turned, whole


class Builder:
    """One reading of one file."""

    def __init__(self, path: str, graph: Graph, network: Network, requests: Requests, input_size: str | None) -> None:
        self.path, self.graph, self.network, self.requests, self.input_size = path, graph, network, requests, input_size
        self.batch = 1
        self.tensors: dict[str, Tensor | None] = dict(graph.constants)  # None: what makes it is at fault
        self.unknown = Unknown(path, graph.opset)
        self.faults: list[str] = []
        self._laid: dict[tuple[int, object, object], int] = {}
        self._titles: set[str] = set()
        self.absorbed: set[Node] = set()  # additions that are the biases of layers before them
        self._learning: list[bool] = []
        self.holders = Holders(network, graph.constants)

    def run(self) -> None:
        """Place everything. Raises SpecError with all faults."""
        inputs.place(self)
        for node in self.graph.nodes:
            for name, tensor in zip(node.outputs, self._made(node), strict=False):
                self.tensors[name] = tensor
        for each in self.graph.outputs:
            self.network.outputs += tuple(self._output(each.name))
        self.network.notes = self.holders.notes()
        if not self.graph.outputs:
            self.faults.append(f"{self.path}: it names no output")
        faults = list(dict.fromkeys([*self.unknown.faults(), *self.faults]))
        if faults:
            raise SpecError(faults)

    def _made(self, node: Node) -> list[Tensor | None]:
        """The outputs of a node; None where it or what it needs is at fault."""
        given = [self.tensors.get(name) if name else None for name in node.inputs]
        nothing: list[Tensor | None] = [None] * len(node.outputs)
        request = self._request(node)
        known = all(tensor is not None or not name for tensor, name in zip(given, node.inputs, strict=True))
        try:
            if request is not None:
                return self._opaque(Step(self, node, given), request)
            if self.unknown.meets(node, given) or not known:
                return nothing
            made = self._placed(Step(self, node, given))
            self._agree(node, made)
            return [*made, *nothing[len(made) :]]
        except ShapesDiffer as error:
            gives = [f"{self._maker(tensor)} gives {tensor.shape}" for tensor in given if isinstance(tensor, View)]
            self._fault(node, f"{error.clause}; {listed(gives)}")
        except LayerError as error:
            self._fault(node, str(error))
        return nothing

    def _maker(self, view: View) -> str:
        """What people know a tensor by: the node that turned it, or else the layer."""
        return view.by.title if isinstance(view.by, Node) else self.network.nodes[view.source].name

    def _fault(self, node: Node, reason: str) -> None:
        self.faults.append(f"{self.path}: {node.title} ({node.op}): {printable(reason)}")

    def _placed(self, step: Step) -> list[Tensor]:
        """What a node makes: arrays of arrays; of tensors, what its operator says."""
        node = step.node
        if not step.views and node.op in FOLDS:
            return list(fold(node, step.arrays))
        made = OPERATORS[node.op](step)
        found: list[Tensor] = [made] if isinstance(made, (View, Constant)) else list(made)
        others = [name for name in node.outputs[len(found) :] if self.graph.is_read(name)]
        if others:
            raise LayerError(f"its output {others[0]} is read; cnncli follows the first alone")
        return found

    def _agree(self, node: Node, made: list[Tensor]) -> None:
        """Refuse a file that says otherwise of a tensor than what comes out. With another input than the file's it is left aside."""
        for name, tensor in zip(node.outputs, made, strict=False):
            declared = self.graph.declared.get(name)
            if declared is None or declared.shape is None or not isinstance(tensor, View) or self.input_size is not None:
                continue
            pairs = list(zip(declared.shape, tensor.shape, strict=False))[1:]
            if len(declared.shape) != tensor.rank or any(isinstance(said, int) and said != n for said, n in pairs):
                raise LayerError(f"{tensor.shape} comes out; the file says {tuple(each or '?' for each in declared.shape)}")

    def _output(self, name: str) -> list[int]:
        """The node of an output of the file, laid so that its shape is shown as the file has it."""
        view = self.tensors.get(name)
        if not isinstance(view, View):
            if isinstance(view, Constant):
                self.faults.append(f"{self.path}: the output {name} does not depend on the input")
            return []
        order = channels_first if self.network.channels_first else channels_last
        end = Node("Identity", [], [name])
        try:
            index = self.laid(view, order(view.rank), end)
            return [self.place(Linear(), (index,), end, "", {}) if index in self.network.outputs else index]  # another output is the same
        except LayerError as error:
            self.faults.append(f"{self.path}: the output {name}: {error}")
            return []

    def lies(self, view: View, order: tuple[int, ...]) -> bool:
        """Whether a tensor is some node's output in this order of axes already."""
        return (view.source, view.dims, order) in self._laid or turned(view, self.network.nodes[view.source].output, order) is None

    def laid(self, view: View, order: tuple[int, ...], reader: Node) -> int:
        """The node whose output is a tensor in this order of axes; one that turns it is placed when it lies otherwise."""
        key = (view.source, view.dims, order)
        if key not in self._laid:
            layer = turned(view, self.network.nodes[view.source].output, order)
            by, title = (view.by, "") if isinstance(view.by, Node) else (reader, f"{reader.title}/{layer.kind if layer else ''}")
            self._laid[key] = view.source if layer is None else self.place(layer, (view.source,), by, title, {})
        return self._laid[key]

    def place(self, layer: Layer, sources: tuple[int, ...], node: Node, title: str, arrays: Weights) -> int:
        """Add a layer. Arrays that an earlier one has already are that one's weights, where both are one layer."""
        held = {name: array for name, array in arrays.items() if array is not None}
        scope: Scope | None = None
        for part in node.scopes:
            scope = Scope(part, scope)
        weights = layer.weights(*[self.network.nodes[index].output for index in sources]) if held else ()
        for weight in weights:
            if weight.name in held and weight.count != held[weight.name].count:
                raise LayerError(f"its {weight.name} is {held[weight.name].shape}; {weight.count} numbers are needed, {weight.shape}")
        sharing = self.holders.find(held, weights, sources)
        placed = self.network.place(layer, sources, self._title(node, title), scope, f"{self.path}:{node.title}")
        if max(placed.output) > LARGEST:
            raise LayerError(f"{placed.output} comes out; {LARGEST} is the largest that an axis can be")
        if sharing.owner is not None:
            self.network.share(placed, sharing.owner)
        if sharing.borrowed:
            self.network.borrow(placed, sharing.borrowed)
        self.holders.add(placed, held, sharing)
        return placed.index

    def _request(self, node: Node) -> str | None:
        """The user's request to keep a node for its shape alone."""
        return self.requests.find(node.name, *node.outputs, node.op)

    def is_opaque(self, node: Node) -> bool:
        """Whether a node is kept for its shape alone."""
        return self._request(node) is not None

    def is_learned(self, index: int) -> bool:
        """Whether what a node makes depends on trainable weights."""
        for node in self.network.nodes[len(self._learning) :]:
            own = any(weight.trainable for weight in node.layer.weights(*node.facts.shapes))
            self._learning.append(own or any(self._learning[source] for source in node.inputs))
        return self._learning[index]

    def _title(self, node: Node, title: str) -> str:
        """The name of a layer: the node's, or that of its first output that is not taken yet."""
        found = next((name for name in (title, node.name, *node.outputs) if name and name not in self._titles), node.title)
        while found in self._titles:
            found += "'"
        self._titles.add(found)
        return found

    def _opaque(self, step: Step, request: str) -> list[Tensor | None]:
        """Layers of which the shape alone is known: as asked, or as the file declares it."""
        sources = tuple([self.laid(view, channels_first(view.rank), step.node) for view in step.views])
        asked = self.requests.shapes[request]
        made: list[Tensor | None] = []
        for name in step.node.outputs:
            if not self.graph.is_read(name):
                made.append(None)
                continue
            shape = self._opaque_shape(step, name, asked)
            index = self.place(Opaque(shape=shape), sources, step.node, "", {})
            self.network.partial = (*self.network.partial, index)
            made.append(whole(index, shape, channels_first(len(shape) + 1), self.batch))
        return made

    def _opaque_shape(self, step: Step, name: str, asked: object) -> Shape:
        if asked == SAME and step.views:
            view = step.views[0]
            return self.network.nodes[self.laid(view, channels_first(view.rank), step.node)].output
        declared = self.graph.declared.get(name)
        said = asked if isinstance(asked, tuple) else declared.shape[1:] if declared and declared.shape and self.input_size is None else ()
        if not said or not all(isinstance(n, int) and 0 < n < 2**31 for n in said):
            title = step.node.title
            raise LayerError(f"what comes out of it is not in the file; say it: --opaque {title}=64x56x56, or --opaque {title}=same")
        return (*said[1:], said[0])
