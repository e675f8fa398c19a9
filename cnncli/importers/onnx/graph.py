"""The graph of an ONNX file: its nodes in an order in which each reads what is there already, its inputs, outputs and arrays."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heappop, heappush
from typing import NamedTuple

from ...errors import LayerError
from ..model import MOST_LAYERS
from . import messages
from .constant import Constant, tensor
from .messages import message
from .node import Node
from .wire import Span

OLDEST, NEWEST = 7, 28  # opset: that of ONNX 1.23; a later one may mean another thing by the same word
_KERNELS = {"Conv", "ConvTranspose", "Gemm", "MatMul", "Dense"}
Dimension = int | str | None  # a length, the name of an open one, or nothing said


class Declared(NamedTuple):
    """What a file says of a tensor: its name, and its shape with the batch, if it tells one."""

    name: str
    shape: tuple[Dimension, ...] | None

    @classmethod
    def read(cls, span: Span) -> Declared:
        found = message(span, messages.VALUE)
        shape: Span | None = None
        if "type" in found:
            of = message(found["type"], messages.TYPE)
            shape = message(of["tensor_type"], messages.TENSOR_TYPE).get("shape") if "tensor_type" in of else None
        if shape is None:
            return cls(found.get("name", ""), None)
        dims = [message(each, messages.DIMENSION) for each in message(shape, messages.SHAPE).get("dim", ())]
        return cls(found.get("name", ""), tuple([dim["dim_value"] if "dim_value" in dim else dim.get("dim_param") for dim in dims]))


class Graph:
    """One graph. `constants` are the arrays by name, `inputs` and `outputs` what the file declares of them."""

    def __init__(self, nodes: Iterable[Node] = (), opset: int = OLDEST) -> None:
        self.nodes, self.opset, self.source = list(nodes), opset, ""
        self.constants: dict[str, Constant] = {}
        self.inputs: list[Declared] = []
        self.outputs: list[Declared] = []
        self.declared: dict[str, Declared] = {}
        self._users: dict[str, list[Node]] | None = None
        self._ends: set[str] = set()
        self._leading: set[Node] | None = None

    @classmethod
    def read(cls, span: Span) -> Graph:
        """The graph of a ModelProto."""
        model = message(span, messages.MODEL)
        if "graph" not in model or "opset_import" not in model:
            raise LayerError("no ONNX model: it has no graph, or does not say which opset it is written in")
        graph = cls(opset=_opset(model["opset_import"]))
        graph.source = f"{model.get('producer_name', '')} {model.get('producer_version', '')}".strip()
        graph.fill(message(model["graph"], messages.GRAPH))
        functions = [message(each, messages.FUNCTION) for each in model.get("functions", ())]
        own = {(one.get("domain", ""), one.get("name", "")) for one in functions}
        for node in graph.nodes:
            if (node.domain, node.op) in own:
                raise LayerError(f"{node.title} calls {node.op}, a function of the file; lay it open first, with onnx.inliner")
        return graph

    def fill(self, found: messages.Message) -> None:
        """Take over what a GraphProto holds."""
        if len(found.get("node", ())) > 4 * MOST_LAYERS:
            raise LayerError(f"more than {4 * MOST_LAYERS} nodes")
        self.nodes = [Node.read(each) for each in found.get("node", ())]
        self.constants = dict(tensor(each) for each in found.get("initializer", ()))
        self.inputs = [each for each in map(Declared.read, found.get("input", ())) if each.name not in self.constants]
        self.outputs = [Declared.read(each) for each in found.get("output", ())]
        named = [*map(Declared.read, found.get("value_info", ())), *self.outputs]
        self.declared = {each.name: each for each in named if each.shape is not None}

    def makers(self) -> dict[str, Node]:
        """Which node makes a tensor. A tensor that two nodes make is refused."""
        made: dict[str, Node] = {}
        taken = {*self.constants, *(each.name for each in self.inputs)}
        for node in self.nodes:
            for name in node.outputs:
                if name and (name in made or name in taken):
                    raise LayerError(f"{name} is made twice: by {node.title}, and by {made[name].title if name in made else 'the file'}")
                made[name] = node
        made.pop("", None)
        return made

    def users(self) -> dict[str, list[Node]]:
        """Which nodes read a tensor."""
        found: dict[str, list[Node]] = {}
        for node in self.nodes:
            for name in dict.fromkeys(node.inputs):
                found.setdefault(name, []).append(node)
        return found

    def users_of(self, name: str) -> list[Node]:
        """Which nodes read a tensor, once the nodes are settled."""
        if self._users is None:
            self._users, self._ends = self.users(), {each.name for each in self.outputs}
        return self._users.get(name, [])

    def is_output(self, name: str) -> bool:
        """Whether a tensor is an output of the file."""
        self.users_of(name)
        return name in self._ends

    def is_read(self, name: str) -> bool:
        """Whether a node reads a tensor, or it is an output of the file."""
        return bool(name) and (bool(self.users_of(name)) or name in self._ends)

    def leads_to_kernel(self, node: Node) -> bool:
        """Whether a layer with a kernel depends on what a node makes."""
        if self._leading is None:
            self._leading = set()
            for each in reversed(self.nodes):
                readers = [reader for name in each.outputs for reader in self.users_of(name)]
                if any(reader.op in _KERNELS or reader in self._leading for reader in readers):
                    self._leading.add(each)
        return node in self._leading

    def sort(self) -> None:
        """Keep the nodes that the outputs need, each behind what it reads, else in the order of the file. Refuses a cycle."""
        made = self.makers()
        needed = self._needed(made)
        order = {node: index for index, node in enumerate(self.nodes) if node in needed}
        missing = {node: {made[name] for name in node.inputs if name in made} for node in order}
        readers: dict[Node, list[Node]] = {}
        for node, sources in missing.items():
            for source in sources:
                readers.setdefault(source, []).append(node)
        ready = [index for node, index in order.items() if not missing[node]]
        sorted_nodes: list[Node] = []
        while ready:
            node = self.nodes[heappop(ready)]
            sorted_nodes.append(node)
            for reader in readers.get(node, ()):
                missing[reader].discard(node)
                if not missing[reader]:
                    heappush(ready, order[reader])
        if len(sorted_nodes) < len(order):
            stuck = next(node for node in order if missing[node])
            raise LayerError(f"{stuck.title} ({stuck.op}) waits for what depends on it: the graph has a cycle")
        self.nodes = sorted_nodes

    def _needed(self, made: dict[str, Node]) -> set[Node]:
        """The nodes that the outputs depend on. Refuses what nothing makes."""
        known = {"", *self.constants, *(each.name for each in self.inputs)}  # "": left out
        if not all(each.name for each in self.outputs):
            raise LayerError("an output of the graph has no name")
        waiting = [(each.name, "the output") for each in self.outputs]
        needed: set[Node] = set()
        while waiting:
            name, reader = waiting.pop()
            if name not in known and name not in made:
                raise LayerError(f"{reader} needs {name or 'a tensor without a name'}, which nothing makes")
            if name in made and made[name] not in needed:
                needed.add(made[name])
                waiting += [(each, f"{made[name].title} ({made[name].op})") for each in made[name].inputs]
        return needed


def _opset(imports: list[Span]) -> int:
    """The version of ONNX's own operators."""
    for each in imports:
        found = message(each, messages.OPSET)
        if found.get("domain", "") in ("", "ai.onnx"):
            version = int(found.get("version", 0))
            if not OLDEST <= version <= NEWEST:
                bounds = f"{OLDEST} to {NEWEST} are read"
                raise LayerError(f"it is written in opset {version}; {bounds}; onnx.version_converter brings it there")
            return version
    raise LayerError("it does not say which version of ONNX's operators it is written in")
