"""The nodes of a network in the order in which they are told, and what each reads, by its place in that order."""

from __future__ import annotations

from ..errors import LayerError
from ..network import Network, Node


class Graph:
    """Nodes, the inputs first. `reads`, `lenders` and `outputs` are places in `nodes`; the first `heads` nodes are the inputs.

    `labelled` are the places of the outputs to which users gave names.
    """

    __slots__ = ("heads", "labelled", "lenders", "network", "nodes", "outputs", "reads")

    def __init__(self, network: Network, order: list[int]) -> None:
        self.network = network
        self.nodes: list[Node] = [network.nodes[index] for index in order]
        places = {index: place for place, index in enumerate(order)}
        self.reads = [tuple([places[index] for index in node.inputs]) for node in self.nodes]
        self.lenders = [None if node.shared is None else places[node.shared] for node in self.nodes]  # whose weights a node uses
        self.outputs = tuple([places[index] for index in network.outputs or (len(order) - 1,)])
        self.heads = sum(not node.inputs for node in self.nodes)
        self.labelled = tuple([places[index] for index in network.labels.values() if network.nodes[index].inputs])


def graph_of(network: Network, keep_order: bool = True) -> Graph:
    """The network as it is told: in its own order, or, where that is another program's, branch by branch.

    Raises LayerError where nothing reads a layer.
    """
    deep = depth_first(network)
    if len(deep) < len(network.nodes):
        unread = next(node for node in network.nodes if node.index not in set(deep))
        raise LayerError(f"nothing reads {unread.name}; a spec has no such layers")
    order = range(len(network.nodes)) if keep_order else deep
    return Graph(network, sorted(order, key=lambda index: bool(network.nodes[index].inputs)))


def depth_first(network: Network) -> list[int]:
    """The nodes that lead to outputs: before each what its first input needs, then what the others need in addition."""
    nodes, placed, order = network.nodes, [False] * len(network.nodes), list[int]()
    for output in network.outputs or (len(nodes) - 1,):
        path = [(output, iter(nodes[output].inputs))]
        while path:
            index, rest = path[-1]
            waiting = next((one for one in rest if not placed[one]), None)
            if waiting is not None:
                path.append((waiting, iter(nodes[waiting].inputs)))
                continue
            path.pop()
            if not placed[index]:
                placed[index] = True
                order.append(index)
    return order
