"""Network -> a Python file with a PyTorch module: one class for each block, channels first.

windows     what PyTorch says for the layers that slide; elements for the others; helpers for those that it lacks
frozen      what is said around a module whose weights are frozen
classes     lists of terms as classes
"""

from __future__ import annotations

import re

from ...convert import folded
from ...convert.graph import Graph, graph_of
from ...convert.items import Item
from ...convert.options import check, once
from ...convert.parameters import numbered
from ...convert.program import program
from ...convert.words import Call, Speak, Words
from ...errors import LayerError
from ...network import Facts, Network, Node
from ..python import camel, distinct, docstring, shown, wrapped
from . import elements, training  # noqa: F401  (elements fill the vocabulary)
from .classes import Class, first
from .frozen import held_still
from .helpers import HELPERS, helpers
from .windows import CONVOLUTIONS, TORCH, convolution, is_uneven, same_window

_NORM = re.compile(r"nn\.(BatchNorm\dd)\(([^()=]+), ([a-z]+=[^()]*)\)")


def torch_code(network: Network) -> str:
    """The file. Raises LayerError where PyTorch has no such layer."""
    once(network)
    graph = graph_of(network)
    items = folded(graph)
    made = program(graph, items, speaker(uneven(items)), "steps", implicit=False)
    known = distinct(made.blocks, camel, ("F", *HELPERS))
    classes = [*(Class(made, camel(block.title), block) for block in made.blocks), Class(made, numbered(camel(network.name), known))]
    body = "\n\n\n".join("\n".join(part for line in one.lines() for part in wrapped(line)) for one in classes)
    used = helpers(body)
    body, norms = said_once(body)
    code = "\n\n\n".join([*norms, *used, body])
    return docstring(network, f"Written by cnncli. {usage(graph)}", training.words(network)) + f"\n\n{imports(code)}\n{code}\n"


def usage(graph: Graph) -> str:
    """What goes in."""
    shapes = [shown(first(node.output)) for node in graph.nodes[: graph.heads]]
    return f"Channels come first: an image is {' and '.join(shapes)}."


def imports(code: str) -> str:
    """The imports that some code needs, and the space behind them."""
    lines = ["from functools import partial\n"] if "partial(" in code else []
    lines += ["import torch"] if "torch." in code else []
    lines += ["from torch import nn"]
    lines += ["from torch.nn import functional as F"] if "F." in code else []
    return "\n".join(lines) + ("\n" if "partial(" in code else "\n\n")


def said_once(body: str) -> tuple[str, list[str]]:
    """Where all batch norms have the same options, these are said once."""
    found = _NORM.findall(body)
    kinds = {(name, options) for name, _, options in found}
    if len(kinds) != 1 or body.count("BatchNorm") != len(found):
        return body, []
    [(name, options)] = kinds
    return _NORM.sub(r"\1(\2)", body), [f"{name} = partial(nn.{name}, {options})"]


def speaker(unequal: set[int]) -> Speak:
    """A function that gives the words of a node."""
    known: dict[tuple[Facts, bool], Words] = {}

    def speak(node: Node) -> Words:
        key = (node.facts, node.index in unequal)
        if key not in known:
            known[key] = Words(*modules(node, node.index in unequal))
        return known[key]

    return speak


def modules(node: Node, unequal: bool) -> tuple[Call, ...]:
    """The modules of a node; a merge has none."""
    check(node)
    if node.layer.merges:
        return ()
    x = node.facts.shapes[0]
    try:
        made = convolution(node.layer, x, same_window) if unequal else TORCH[node.kind](node.layer, x)
    except LayerError as error:
        raise LayerError(f"{node.name}: {error}") from None
    return held_still(made, node) if node.layer.frozen else made


def uneven(items: list[Item]) -> set[int]:
    """The convolutions in blocks some of whose uses need one pixel more after than before: one helper does for all."""
    nodes: dict[str, list[Node]] = {}
    waiting = [("", items)]
    for title, some in waiting:
        for item in some:
            waiting.extend((title, branch) for branch in item.branches or ())
            if item.body is not None:
                waiting.append((item.title, item.body))
            elif item.node.kind in CONVOLUTIONS:
                nodes.setdefault(title, []).append(item.node)
    found: set[int] = set()
    for title, alike in nodes.items():
        if title and any(is_uneven(node.layer, node.facts.shapes[0]) for node in alike):
            found.update(node.index for node in alike if _slides(node))
    return found


def _slides(node: Node) -> bool:
    """Whether it is a convolution with `same` and more than one tap."""
    return getattr(node.layer, "padding", "") == "same" and max(node.facts.weights[0].shape[:-2]) > 1
