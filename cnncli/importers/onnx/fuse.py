"""Finding idioms in a graph, and putting one node in the place of each. The node keeps the name of the last of those it replaces."""

from __future__ import annotations

from .graph import Graph
from .idioms import IDIOMS, Idiom, Pattern
from .node import Node
from .sense import Covered, options_of

_TOLERANCE = 1e-3
_EITHER_WAY = {"Add", "Mul"}
_BY_ROOT: dict[str, list[Idiom]] = {}
for _idiom in IDIOMS:
    _BY_ROOT.setdefault(_idiom[0][0], []).append(_idiom)


class Match:
    """One attempt to lay a pattern over the graph: the tensors that its names stand for, and the nodes that it covers."""

    def __init__(self, fuser: Fuser) -> None:
        self.fuser = fuser
        self.names: dict[str, str] = {}
        self.nodes: list[Node] = []

    def covers(self, pattern: Pattern, tensor: str) -> bool:
        """Whether the pattern fits what a tensor is made of."""
        if isinstance(pattern, str):
            return self._named(pattern, tensor)
        constant = self.fuser.graph.constants.get(tensor)
        if isinstance(pattern, float):
            number = constant.number if constant else None
            return number is not None and abs(number - pattern) <= _TOLERANCE * abs(pattern)
        node = self.fuser.made.get(tensor)
        return node is not None and self.covers_node(pattern, node)

    def covers_node(self, pattern: Pattern, node: Node) -> bool:
        """Whether the pattern fits a node and what it reads."""
        op, *parts = pattern
        if alias(node, self.fuser.graph) != op or node.domain not in ("", "ai.onnx") or len(node.inputs) < len(parts):
            return False
        orders = [parts, parts[::-1]] if op in _EITHER_WAY else [parts]
        before = dict(self.names), list(self.nodes)
        for order in orders:
            self.nodes.append(node)
            if all(self.covers(part, tensor) for part, tensor in zip(order, node.inputs, strict=False)):
                return True
            self.names, self.nodes = dict(before[0]), list(before[1])
        return False

    def _named(self, name: str, tensor: str) -> bool:
        constant = self.fuser.graph.constants.get(tensor)
        if name[0] == "%" and constant is None:
            return False
        if name[0] == "#" and (constant is None or constant.count != 1):
            return False
        return self.names.setdefault(name, tensor) == tensor


def alias(node: Node, graph: Graph) -> str:
    """The operator; with the usual bounds its own name (Clip from 0 to 6 is Relu6), with unusual ones none."""
    if node.op == "Clip":
        return "Relu6" if bounds(node, graph) == (0, 6) else "Clip"
    if node.op == "HardSigmoid":
        usual = abs(node.real("alpha", 0.2) - 1 / 6) < _TOLERANCE and node.real("beta", 0.5) == 0.5
        return "HardSigmoid" if usual else ""
    return node.op


def bounds(node: Node, graph: Graph) -> tuple[float | None, float | None]:
    """The smallest and the largest that Clip lets through; None: none, or not known."""
    found: list[float | None] = []
    for at, name in enumerate(("min", "max"), 1):
        constant = graph.constants.get(node.inputs[at]) if len(node.inputs) > at else None
        found.append(constant.number if constant else node.real(name, 0.0) if name in node.attributes else None)
    return found[0], found[1]


class Fuser:
    """One pass over a graph."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.made = graph.makers()
        self.users = graph.users()
        self.outputs = {each.name for each in graph.outputs}
        self.gone: set[Node] = set()

    def run(self) -> None:
        """Replace idioms, from the end to the beginning, so that a whole is met before its parts."""
        instead: dict[Node, Node] = {}
        for node in reversed(self.graph.nodes):
            found = None if node in self.gone else self._whole(node)
            if found:
                instead[node] = found
        self.graph.nodes = [instead.get(node, node) for node in self.graph.nodes if node not in self.gone]

    def _whole(self, root: Node) -> Node | None:
        """The node that stands for the idiom ending in `root`, if one does."""
        for pattern, op, reads in _BY_ROOT.get(root.op, ()):
            match = Match(self)
            if match.covers_node(pattern, root) and self._closed(root, match.nodes):
                covered = Covered(match.nodes, {name: self.graph.constants.get(of) for name, of in match.names.items()}, self.graph)
                options = options_of(op, covered)
                if options is not None:
                    made = Node(op, [match.names[name] for name in reads], root.outputs, root.name, **options)
                    made.scopes = root.scopes
                    self.gone.update(node for node in match.nodes if node is not root)
                    return made
        return None

    def _closed(self, root: Node, nodes: list[Node]) -> bool:
        """Whether nobody else reads what the inner nodes make."""
        inner = set(nodes)
        made = [name for node in inner - {root} for name in node.outputs]
        return not inner & self.gone and not any(name in self.outputs or set(self.users.get(name, ())) - inner for name in made)
