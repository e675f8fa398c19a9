"""Making a graph plain before it is read: what can be worked out is, and choices that are none are laid open."""

from __future__ import annotations

from ...errors import LayerError
from . import arithmetic, messages  # noqa: F401  (arithmetic folds too)
from .fold import FOLDS, fold
from .graph import Graph
from .messages import message
from .node import Node


def settle(graph: Graph) -> None:
    """Bring the nodes into order, and work out what depends on no input."""
    graph.nodes = [choice_laid_open(node) if node.op == "If" else node for node in graph.nodes]
    graph.sort()
    graph.nodes = [node for node in graph.nodes if not _worked_out(graph, node)]


def _worked_out(graph: Graph, node: Node) -> bool:
    """Whether a node's outputs are arrays now."""
    needed = node.inputs[:1] if node.op == "CastLike" else node.inputs
    if node.op not in FOLDS or node.domain not in ("", "ai.onnx") or any(name and name not in graph.constants for name in needed):
        return False
    try:
        made = fold(node, [graph.constants.get(name) for name in node.inputs])
    except LayerError:
        return False  # whoever needs it is told
    graph.constants.update(zip(node.outputs, made, strict=False))
    return True


def choice_laid_open(node: Node) -> Node:
    """PyTorch writes squeeze(axis) as a choice: squeeze where the length is 1, else leave it. Other choices stay as they are."""
    graphs = node.subgraphs
    if set(graphs) != {"then_branch", "else_branch"}:
        return node
    branches = {}
    for name, graph in graphs.items():
        found = message(graph.span, messages.GRAPH)
        branches[name] = [Node.read(each) for each in found.get("node", ())[:4]]
    then, other = branches["then_branch"], branches["else_branch"]
    squeezes = [each for each in then if each.op == "Squeeze"]
    ops = sorted(each.op for each in then)
    if ops not in (["Squeeze"], ["Constant", "Squeeze"]) or [each.op for each in other] != ["Identity"]:
        return node
    made = squeezes[0]
    axes = _axes(made, then)
    if axes is None or made.inputs[:1] != other[0].inputs:
        return node
    plain = Node("SqueezeOnes", made.inputs[:1], node.outputs, node.name, axes=axes)
    plain.scopes = node.scopes
    return plain


def _axes(squeeze: Node, nodes: list[Node]) -> list[int] | None:
    """The axes that a squeeze names, in an attribute or a constant beside it."""
    for each in nodes:
        if each.op == "Constant" and each.outputs == squeeze.inputs[1:]:
            values = fold(each, [])[0].values
            return [int(value) for value in values] if values else None
    return squeeze.wholes("axes")
