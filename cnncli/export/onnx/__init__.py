"""A network as an ONNX file.

The graph has the channels first, as ONNX has them, and any number of images at once: an input is (N, C, *size). A layer's node, and
the tensor that it makes, have the layer's name. Weights are those that are given, else random and the same every time.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ... import __version__
from ...errors import LayerError
from ...importers.onnx import messages
from ...layers.base import KINDS
from ...layers.frozen import bare
from ...network import Network, Node
from ...printable import list_names
from . import operators  # noqa: F401  (fill the table)
from .message import Message
from .writer import OPERATORS, Trained, Writer, onnx_shape

OPSET = 21  # the first in which each kind of layer that has an operator can use it (GroupNormalization by channels)
IR_VERSION = 10  # of the file format, as old as the opset
NO_METADATA: Mapping[str, str] = MappingProxyType({})
MOST_BYTES = 2**31 - 1  # of one protocol buffer
_FLOAT = 1


def export(network: Network, trained: Trained | None = None, doc: str = "", metadata: Mapping[str, str] = NO_METADATA) -> list[bytes]:
    """The bytes of the file, in pieces. Raises LayerError where ONNX has no word for a layer.

    `trained` gives the weights of a node in ONNX' layout; `doc` and `metadata` are for those who read the file.
    """
    _refuse_unknown(network)
    network.refuse_partly_shared("this exporter")
    writer = Writer(trained)
    names = _names(network)
    for node in network.nodes:
        if node.kind != "input":
            inputs = [names[index] for index in node.inputs]
            writer.place(node, names[node.index], inputs, None if node.shared is None else names[node.shared])
    graph = Message(messages.GRAPH, name=network.name, node=writer.nodes, initializer=writer.arrays)
    graph.add("input", [_declared(names[node.index], node) for node in network.nodes if node.kind == "input"])
    outputs = network.outputs or (len(network.nodes) - 1,)
    graph.add("output", [_declared(names[index], network.nodes[index]) for index in outputs])
    graph.add("value_info", [_declared(names[node.index], node) for node in network.nodes if node.inputs and node.index not in outputs])
    model = Message(messages.MODEL, ir_version=IR_VERSION, producer_name="cnncli", producer_version=__version__, graph=graph)
    model.add("opset_import", Message(messages.OPSET, domain="", version=OPSET))
    if doc:
        model.add("doc_string", doc)
    model.add("metadata_props", [Message(messages.ENTRY, key=key, value=value) for key, value in metadata.items()])
    if model.length > MOST_BYTES:
        raise LayerError(f"the file would have {model.length} bytes; an ONNX file in one piece has at most {MOST_BYTES}")
    return model.pieces


def _refuse_unknown(network: Network) -> None:
    """Refuse layers that no operator serves, all of them at once."""
    found: dict[str, list[str]] = {}
    for node in network.nodes:
        if bare(node.layer) is not KINDS.get(node.kind) or (node.kind not in OPERATORS and node.kind != "input"):
            found.setdefault(node.kind, []).append(node.name)
    if found:
        told = "; ".join(f"{kind} ({list_names(names, 9)})" for kind, names in found.items())
        raise LayerError(f"these layers cannot be written as ONNX: {told}")


def _names(network: Network) -> list[str]:
    """A name for each node of the network, no two the same."""
    made: dict[str, None] = {}
    for node in network.nodes:
        name = node.name
        while name in made:
            name += "'"
        made[name] = None
    return list(made)


def _declared(name: str, node: Node) -> Message:
    """A tensor's name, type and shape."""
    dims = [Message(messages.DIMENSION, dim_param="N"), *(Message(messages.DIMENSION, dim_value=n) for n in onnx_shape(node.output))]
    tensor = Message(messages.TENSOR_TYPE, elem_type=_FLOAT, shape=Message(messages.SHAPE, dim=dims))
    return Message(messages.VALUE, name=name, type=Message(messages.TYPE, tensor_type=tensor))
