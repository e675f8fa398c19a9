"""The bias of a linear layer, where it is an addition of its own behind the layer.

Exporters write it so for kernels without a bias input, and where they moved the channels in between.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from ...errors import LayerError
from ...layers.affine import Affine
from . import indexing
from .constant import Constant
from .node import Node
from .step import Step, make
from .view import Order, Stretch, View, whole

_ADDITIONS = ("Add", "Sum")
_NUMBERS_UNREAD = ("Shape", "Size")  # these read how long a tensor's axes are, and none of its numbers
Kind = TypeVar("Kind", bound=Affine)


def place_affine(
    step: Step, cls: type[Kind], options: Mapping[str, Any], arrays: Mapping[str, Constant | None], source: int, order: Order
) -> View:
    """Add a linear layer with the bias that it reads, or with the one that is added right behind it."""
    bias = arrays["bias"]
    layer = make(cls, **options, bias=bias is not None)
    if bias is None:
        output = layer.output(step.shape(source))
        bias = take_bias(step, whole(source, output, order, step.builder.batch), len(output) - 1, output[-1])
        layer = layer if bias is None else make(cls, **options, bias=True)
    return step.made(step.place(layer, [source], {**arrays, "bias": bias}), order)


def take_bias(step: Step, view: View, axis: int, channels: int) -> Constant | None:
    """The array with a number for each channel that is added to what a node makes; the addition is then part of the layer."""
    name = step.node.outputs[0]
    while True:
        node = _only_reader(step, name)
        if node is None or node.domain not in ("", "ai.onnx") or step.builder.is_opaque(node):
            return None
        if node.op in _ADDITIONS:
            array = _other_input(step, node, name)
            if array is None or array.figures or not is_per_channel(array, view, axis, channels):
                return None
            step.builder.absorbed.add(node)
            return array
        moved = _moved(step, node, name, view)
        if moved is None:
            return None
        view, name = moved, node.outputs[0]


def is_per_channel(array: Constant, view: View, axis: int, channels: int) -> bool:
    """Whether an array, stretched over a tensor, has one number for each channel of the layer that the tensor shows."""
    if not array.shape or len(array.shape) > view.rank or array.count != channels:
        return False
    padded = (1,) * (view.rank - len(array.shape)) + array.shape
    return all(n == 1 or dim == (Stretch(axis, channels),) for n, dim in zip(padded, view.dims, strict=True))


def _only_reader(step: Step, name: str) -> Node | None:
    """The one node that reads the numbers of a tensor, which is no output of the file."""
    graph = step.builder.graph
    readers = [node for node in graph.users_of(name) if node.op not in _NUMBERS_UNREAD]
    return readers[0] if len(readers) == 1 and not graph.is_output(name) else None


def _other_input(step: Step, node: Node, name: str) -> Constant | None:
    """The array that is added to a tensor."""
    others = [each for each in node.inputs if each != name]
    return step.builder.graph.constants.get(others[0]) if len(node.inputs) == 2 and len(others) == 1 else None


def _moved(step: Step, node: Node, name: str, view: View) -> View | None:
    """The tensor behind a node that only moves its numbers; None where the node does more, or where it cannot be said."""
    if node.inputs[:1] != [name]:
        return None
    arrays: indexing.Arrays = [step.builder.graph.constants.get(each) for each in node.inputs]
    try:
        if node.op == "Identity":
            return view
        if node.op == "Transpose":
            return view.permuted(indexing.permutation(node, view.rank), node)
        if node.op == "Flatten":
            return view.reshaped(indexing.flattened(view.shape, node), node)
        if node.op in ("Squeeze", "SqueezeOnes", "Unsqueeze"):
            return view.reshaped(indexing.squeezed(view.shape, node, indexing.axes_of(node, arrays)), node)
        if node.op == "Reshape":
            wanted = indexing.row(indexing.given(arrays, 1, "its shape"), "its shape")
            return view.reshaped(indexing.target(view.shape, wanted, bool(node.whole("allowzero"))), node)
    except LayerError:
        return None  # the node itself is told when it is placed
    return None
