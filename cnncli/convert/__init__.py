"""Network -> the text of a spec, with blocks and repetitions for what recurs.

graph       the order in which the nodes are told
structure   nested items: branches, and the uses of the blocks that the network was written in (spans)
discovery   blocks for what recurs, where it was written without (recurrence, units, naming)
terms       what is said for each item (words, options), what is alike, and what is repeated (pace)
program     one block for all uses of one shape (abstraction), and its parameters
text        the lines of the file (labels, defaults, frozen, written)
"""

from __future__ import annotations

from ..layers import Layer
from ..network import Network
from .discovery import with_blocks
from .graph import Graph, graph_of
from .items import Item
from .options import check, readable, speaker
from .program import program
from .structure import Structure
from .text import Spec

__all__ = ["folded", "spec_text"]


def spec_text(network: Network, *, keep_order: bool = True, names: bool = False) -> str:
    """The network as a spec. Raises LayerError where the notation cannot say a layer.

    `keep_order`: the layers stay in their order; else each merge's branches are told one after another.
    `names`: every layer keeps its name; there are then no blocks, for a block's layers have no names of their own.
    """
    network.refuse_partly_shared("a spec")
    graph = graph_of(network, keep_order)
    known: set[Layer] = set()
    for node in graph.nodes:
        if node.inputs and node.layer not in known:
            check(node)
            readable(node)
            known.add(node.layer)
    speak = speaker()
    items = Structure(graph, blocks=False).items() if names else folded(graph, keep_order)
    made = program(graph, items, speak, "none" if names else "all", named=graph.labelled)
    return "\n".join(Spec(made, names).lines()) + "\n"


def folded(graph: Graph, own: bool = True) -> list[Item]:
    """The items of a network, in the blocks that it was written in. Where there are none, or they are not our `own`, more are found."""
    items = Structure(graph).items()
    if own and any(node.scope is not None for node in graph.nodes):
        return items
    return with_blocks(items, speaker(), (*graph.outputs, *graph.labelled))
